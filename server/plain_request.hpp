// The short way for requests that everybody writes alike: a whole GET, HEAD or POST of HTTP/1.1 that lies in
// one piece of memory, read without copying anything. What it takes is a part of what parse_head takes, and
// it reads it the same (tests/server/plain_request_test.cpp, fuzz_headers compare the two); whatever is out
// of the ordinary is not judged here but left to that. Pure, any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "server/http.hpp"

namespace qrgate {

struct PlainRequest {
    RequestView view = {};  // method, path, query, body, headers
    std::size_t size = 0;   // octets of head and body
};

// False: incomplete, unusual or wrong; `out` is then of no use.
bool read_plain_request(std::string_view octets, std::size_t header_limit, std::size_t body_limit,
                        PlainRequest& out) noexcept;

}  // namespace qrgate
