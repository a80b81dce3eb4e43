// A proofing provider over HTTP (docs/operating.md, "Proofing provider"): POST URL/proofings begins one, GET
// URL/proofings/REFERENCE asks what became of it, both signed as callbacks are (callback_signature.hpp). What
// it answers is read strictly; anything else is busy. Owned by App; `http` and `clock` outlive it. I/O
// thread.
#pragma once

#include <chrono>

#include "server/proofing/proofing_provider.hpp"
#include "storage/task.hpp"

namespace qrgate {

class Clock;
class HttpClient;
struct HttpReply;

struct HttpProofingSettings {
    std::string url = {};  // without a slash at its end
    std::string key = {};
    std::chrono::milliseconds deadline{5000};
};

class HttpProofing final : public ProofingProvider {
public:
    HttpProofing(HttpClient& http, const Clock& clock, HttpProofingSettings settings)
        : http_(http), clock_(clock), settings_(std::move(settings)) {}

    std::string_view name() const noexcept override { return "http"; }
    Task<Result<ProofingStart>> start(ProofingOrder order) override;
    Task<Result<ProofingAnswer>> query(Proofing proofing) override;

private:
    Task<Result<HttpReply>> call(std::string method, std::string path, std::string body);

    HttpClient& http_;
    const Clock& clock_;
    HttpProofingSettings settings_;
};

}  // namespace qrgate
