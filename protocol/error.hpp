// Every way a request can fail, and what the outside is told.
// `Errc` is matched in code; its public code, status and texts come from one table in error.cpp.
// Codes and statuses are the contract of docs/protocol.md ("Codes"). Never puts secrets into a text.
// Pure values, any thread.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace qrgate {

enum class Errc : std::uint8_t {
    // public: each has a row in docs/protocol.md
    bad_request,
    password_too_weak,
    credentials_wrong,
    session_missing,
    token_missing,
    origin_refused,
    captcha_wrong,
    code_wrong,
    level_too_low,
    certificate_missing,
    certificate_unusable,
    signature_wrong,
    proof_wrong,
    passphrase_wrong,
    biometric_failed,
    consent_missing,
    proofing_needed,
    password_must_change,
    same_device,
    ticket_unknown,
    not_found,
    method_not_allowed,
    ticket_taken,
    ticket_state,
    certificate_limit,
    ticket_expired,
    too_large,
    unsupported_type,
    too_many,
    busy,
    database_unavailable,
    // internal: shown outside as `busy` (500 for internal_error); in_doubt as database_unavailable
    timed_out,
    in_doubt,        // the connection was lost while the statement was in flight: it may have been done
    conflict,        // a guarded statement found another state than the caller expected
    internal_error,  // a bug; logged with its request id
};

template <class T>
using Result = boost::system::result<T, Errc>;

// Called by Result::value() on an error: reaching it is a bug of the caller.
[[noreturn]] void throw_exception_from_error(Errc errc, const boost::source_location& where);

enum class Language : std::uint8_t { zh, en };

// The table row of an error: `code` is stable, the texts are for people and name the next step.
struct ErrorInfo {
    Errc errc;
    std::string_view code;
    int status;
    std::string_view zh;
    std::string_view en;
};
const ErrorInfo& info(Errc errc) noexcept;
std::span<const ErrorInfo> all_errors() noexcept;
std::string_view text(Errc errc, Language language) noexcept;

// Chooses from an Accept-Language value (RFC 9110, 12.5.4); zh where nothing else is clearly preferred.
Language choose_language(std::string_view accept_language) noexcept;

// A failure with what the person needs to mend it. `fields` maps a body field to its text.
struct Problem {
    Problem(Errc e) : errc(e) {}  // NOLINT: an Errc is a Problem without details
    Problem(Errc e, std::map<std::string, std::string> f) : errc(e), fields(std::move(f)) {}

    Errc errc;
    std::map<std::string, std::string> fields = {};
    std::optional<std::chrono::seconds> retry_after = {};
};

}  // namespace qrgate
