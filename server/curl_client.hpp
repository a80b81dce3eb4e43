// HttpClient with libcurl's multi interface: one thread of its own carries all its calls side by side, so a
// peer that hangs costs a slot until its deadline and delays nobody. Owned by App; `call` on the I/O thread.
// TLS 1.2 or newer, certificates and names verified; no redirects, no proxy (not from the environment
// either), no netrc, no cookies, http and https only. Connections to a peer are kept for its next call. The
// one invariant: every call that was taken is finished exactly once, on the home executor.
#pragma once

#include <memory>

#include "server/http_client.hpp"
#include "storage/task.hpp"

namespace qrgate {

class CurlClient final : public HttpClient {
public:
    // At most `limit` calls at a time; more are refused with busy. Throws std::runtime_error when libcurl
    // cannot be started.
    CurlClient(Executor home, std::size_t limit);
    ~CurlClient() override;
    CurlClient(const CurlClient&) = delete;
    CurlClient& operator=(const CurlClient&) = delete;

    Task<Result<HttpReply>> call(HttpCall call) override;
    // Breaks off what runs (busy), refuses what comes, joins. Twice is fine.
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
