// An answer's octets: status line, headers, and the ones every answer carries. Pure, any thread.
// Header values cannot smuggle a line: CR, LF, NUL and other controls are left out. Content-Length and
// Connection are ours: what a handler sets there is ignored (but for the Connection of a 101). No server
// name, no version.
#pragma once

#include <string>
#include <string_view>

#include "server/http.hpp"

namespace qrgate {

struct AnswerForm {
    bool keep_alive = true;
    bool http_1_1 = true;        // of the request: HTTP/1.0 wants to be told that the connection stays
    bool secure = false;         // HSTS
    bool head_only = false;      // HEAD
    std::string_view date = {};  // HTTP date; empty: none
    std::string_view content_security_policy = {};  // where the handler sets none
    std::string_view usual = {};  // usual_headers of the two above it, made once; empty: made each time
};

// The lines that nearly every answer carries alike: what append_head writes for an answer that sets none of
// them itself.
std::string usual_headers(std::string_view content_security_policy, bool secure);

// The body of the answer as it goes out: empty for HEAD, 1xx, 204, 304.
std::string_view body_of(const Response& response, const AnswerForm& form) noexcept;
std::string head_of(const Response& response, const AnswerForm& form);
void append_head(std::string& out, const Response& response, const AnswerForm& form);

}  // namespace qrgate
