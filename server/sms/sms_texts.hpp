// Every text we send, in one place: its name (which gateways with templates map to their own), its words and
// its gaps. The hints are the manual's words (FAQ 5). Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/sms/sms_sender.hpp"
#include "storage/storage.hpp"

namespace qrgate {

enum class SmsNotice : std::uint8_t {
    level_hint,          // SMS login wanted, level below 3
    shared_phone,        // SMS login wanted, several people have this phone
    already_registered,  // registration of a number that has an account
    certificate_added,
    certificate_disabled,  // ten wrong passphrases, and how to get a new one
    password_changed,
    phone_changed,  // to the old number
    many_tries,     // somebody types wrong passwords for this person
};

// "<code> 是您…的验证码，5分钟内有效。…"; names: certificate_code, login_code, registration_code, reset_code,
// phone_old_code, phone_new_code; values: code, minutes.
SmsText code_text(CodePurpose purpose, std::string to, std::string_view code, std::chrono::seconds life);
SmsText notice_text(SmsNotice notice, std::string to);

}  // namespace qrgate
