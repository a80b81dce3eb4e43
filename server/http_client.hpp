// Calls that leave the house: SMS gateways, proofing providers, SOTER's check. libcurl on threads of its own,
// so that a service that hangs holds up nothing but its own callers; each call has a deadline for all of it.
// Certificates are verified, redirects are not followed, answers are bounded. Owned by App; I/O thread.
// Nothing of a call is logged: bodies and headers hold codes and keys.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "protocol/error.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

struct HttpCall {
    std::string method = "POST";
    std::string url = {};  // http:// or https://
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::chrono::milliseconds deadline{5000};
    std::size_t answer_limit = 65'536;
};
struct HttpReply {
    int status = 0;
    std::string body = {};
};

class HttpClient {
public:
    virtual ~HttpClient() = default;
    // Any status is a reply. timed_out: the deadline passed (it may have been received); busy: not connected,
    // refused, broken off, too long, or too many calls wait already.
    virtual Task<Result<HttpReply>> call(HttpCall call) = 0;
};

}  // namespace qrgate
