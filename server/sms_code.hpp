// Codes sent by text, for everything that needs one (login, registration, reset, certificate, change of
// phone): budgets, the code's row, the text. docs/protocol.md section 2 (lives) and 3. I/O thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "protocol/body_reader.hpp"
#include "server/answers.hpp"
#include "server/captcha_check.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Config;
struct SmsText;

// Whether texts can leave at all: a provider is configured, or this is the demo with its outbox.
bool sends_texts(const Config& config);

// 60 s between texts, caps per phone and hour, phone and day, address and hour: before anything is looked up,
// keyed by the number as typed, so that unknown phones behave like known ones.
Task<std::optional<Refusal>> spend_sms_budgets(Services& services, std::string phone, std::string address);

// What spend_sms_budgets would say now, with nothing counted: refuses before a captcha is used up, and lets
// nobody use up somebody's texts without having solved one.
Task<std::optional<Refusal>> look_at_sms_budgets(Services& services, std::string phone, std::string address);

// Before a text that a stranger asks for: room in the budgets of `whom` (a number as typed), then the
// captcha, then the budgets are spent. So a wrong captcha costs nobody a text and no waiting; it counts for
// its address. none: go on. Refusals after the captcha bring a fresh one.
Task<std::optional<Refusal>> guard_text(Services& services, std::string whom, CaptchaAnswer captcha,
                                        Digest holder, std::string address);

struct CodeOrder {
    CodePurpose purpose = CodePurpose::login;
    Digest holder_hash{};        // what the code is bound to: pre-session, phone session, registration …
    std::string person_id = {};  // empty: nobody (yet)
    std::string to = {};         // empty: a code that nobody gets; the same rows are written
    std::string challenge = {};  // what check_code gives back; may be empty
    int patience = 1;            // multiplies its life (patience_for)
};
struct SentCode {
    std::chrono::seconds life{};
};

// Writes the newest code of (purpose, holder) and has it sent.
// `order_code` returns when the provider took the text or refused it (busy, timed_out): for people who are
// logged in and are told. `order_code_quietly` returns when the row is durable, whatever becomes of the text:
// neither answer nor time says whether there was somebody to send to.
Task<Result<SentCode>> order_code(Services& services, CodeOrder order, Trace trace);
Task<Result<SentCode>> order_code_quietly(Services& services, CodeOrder order, Trace trace);

// Sends a text without waiting for the provider; metric and log tell when it fails. In demo mode it is in the
// outbox when this returns.
Task<void> send_quietly(Services& services, SmsText text);
// Waits for the provider. busy, timed_out.
Task<Result<void>> send_text(Services& services, SmsText text);

// What somebody typed, as storage compares it.
CodeProof code_proof(const Services& services, CodePurpose purpose, const Digest& holder_hash,
                     std::string_view typed);

// "sms_code", "code": exactly six digits, else a fault in words.
std::string read_code(BodyReader& body, std::string_view key, Language language);

}  // namespace qrgate
