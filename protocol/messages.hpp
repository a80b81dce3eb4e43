// The bytes we say: frames of the waiting browser (docs/protocol.md section 4) and API bodies. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "protocol/person.hpp"

namespace qrgate {

struct CodeFrame {
    std::uint64_t seq = 0;
    std::string_view origin;  // the url is origin/s/token
    std::string_view token;
    std::string_view short_code;  // shown form, with the dash
    std::int64_t expires_in = 0;
};
// Frames are written at the end of a buffer that its owner keeps, so that a push allocates nothing.
void append_code_frame(std::string& out, const CodeFrame& code);
void append_scanned_frame(std::string& out, std::uint64_t seq);
void append_confirmed_frame(std::string& out, std::uint64_t seq, bool needs_code);
void append_denied_frame(std::string& out, std::uint64_t seq);
void append_expired_frame(std::string& out, std::uint64_t seq);

// {"error":{"code":…,"message":…,"fields":…,"retry_after":…}} and what stands beside `error` (a fresh
// captcha, a reset_ticket). `fields` and `retry_after` only where present.
std::string error_body(const Problem& problem, Language language, const boost::json::object& beside = {});

// {id, kind, name_masked, level}
boost::json::object person_body(std::string_view id, PersonKind kind, std::string_view name, int level);

}  // namespace qrgate
