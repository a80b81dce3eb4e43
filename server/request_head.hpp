// A request's head, from octets to a Request, or why not. Pure; the one file that uses Beast's HTTP parser.
// Stricter than Beast 1.81, which takes Transfer-Encoding of many kinds, several or no Host, folded lines and
// repeated Content-Length (docs/decisions.md): anything that a proxy in front of us could read otherwise is
// refused.
#pragma once

#include <cstddef>
#include <string_view>

#include "protocol/error.hpp"
#include "server/http.hpp"

namespace qrgate {

// Finds the end of the head as octets arrive, and what can never become one. Looks at each octet once.
class HeadScanner {
public:
    enum class Outcome : unsigned char { needs_more, complete, malformed, too_long };

    // `buffer` begins with the request and only grows between calls.
    Outcome look(std::string_view buffer, std::size_t limit) noexcept;
    std::size_t size() const noexcept { return seen_; }  // of a complete head, with its empty line

private:
    std::size_t seen_ = 0;
    std::size_t line_begin_ = 0;
};

struct RequestHead {
    Request request = {};  // method, path, query, headers, http_1_1
    std::size_t content_length = 0;
    bool keep_alive = false;
    bool expects_continue = false;
};

struct HeadFault {
    int status = 400;
    Errc errc = Errc::bad_request;
};

// `head` is complete. Refused: see above; 413 for a Content-Length over `body_limit`.
boost::system::result<RequestHead, HeadFault> parse_head(std::string_view head, std::size_t header_limit,
                                                         std::size_t body_limit);

[[noreturn]] void throw_exception_from_error(const HeadFault& refusal, const boost::source_location& where);

}  // namespace qrgate
