// The demo's provider: a page of ours with two buttons instead of a camera. Its verdicts take the way of real
// ones: signed, through the callback. App has it only in demo mode. I/O thread.
#pragma once

#include <map>

#include "server/proofing/proofing_provider.hpp"
#include "storage/task.hpp"

namespace qrgate {

class SimulatedProofing final : public ProofingProvider {
public:
    explicit SimulatedProofing(std::string public_origin) : public_origin_(std::move(public_origin)) {}

    std::string_view name() const noexcept override { return "simulated"; }
    Task<Result<ProofingStart>> start(ProofingOrder order) override;
    Task<Result<ProofingAnswer>> query(Proofing proofing) override;

    // What somebody pressed, for `query`: also when the callback is lost on its way.
    void decide(const std::string& proofing_id, ProofingAnswer answer);

private:
    std::string public_origin_;
    std::map<std::string, ProofingAnswer> decided_ = {};
};

}  // namespace qrgate
