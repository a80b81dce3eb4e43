// The password step of both doors (browser and phone): budgets, captcha, one hash whatever the account, one
// answer for unknown, wrong and locked. What differs (cookie or bearer token) is the caller's.
#pragma once

#include <optional>
#include <string>

#include "protocol/body_reader.hpp"
#include "protocol/password_policy.hpp"
#include "server/answers.hpp"
#include "server/captcha_check.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct PasswordAttempt {
    PersonKind kind = PersonKind::personal;
    std::string identity_number = {};
    std::string password = {};
    CaptchaAnswer captcha = {};
    int patience = 1;  // of the captcha that a refusal brings
};

// Reads kind, identity_number, password and the captcha's answer; faults collect in the reader.
// `as_typed`: a form without script; full-width digits, spaces and x are put right instead of refused.
PasswordAttempt read_password_attempt(BodyReader& body, bool as_typed, Language language);

// Reads kind and identity_number; `as_typed` as above.
void read_identity(BodyReader& body, bool as_typed, Language language, PersonKind& kind,
                   std::string& identity_number);

// Why this cannot be a new password: password_too_weak with the rule in words under `field`. The person's own
// number and phone (empty: not known) must not be in it.
std::optional<Problem> weak_password(PasswordPolicy policy, const std::string& field,
                                     std::string_view password, std::string_view identity_number,
                                     std::string_view phone, Language language);

// Why the password that is there cannot be the new one: password_too_weak under `new_password`.
Problem same_password(Language language);

// Whether the answer is to be a page: a form was sent by a browser without script.
bool wants_page(const Request& request);

// For the doors that compute a hash: while the line for hashes is full, `busy` before anything is read or
// looked up, so that a flood of passwords costs the others nothing. The page that a form without script wants
// is left to the handler, which refuses too. `as_login`: counted among the logins' outcomes.
AtOnce refused_while_full(Services& services, bool as_login = false);

// The person whose password this is. `holder` is what the captcha is bound to, `device` a known device
// cookie. captcha_wrong, credentials_wrong (each with a fresh captcha), password_must_change (too weak
// or too old; with a reset_ticket), too_many, busy, database_unavailable.
Task<boost::system::result<Person, Refusal>> check_password_attempt(Services& services,
                                                                    PasswordAttempt attempt, Digest holder,
                                                                    std::optional<std::string> device,
                                                                    Trace trace);

}  // namespace qrgate
