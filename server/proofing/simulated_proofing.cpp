#include "server/proofing/simulated_proofing.hpp"

#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t most_remembered = 1000;

}  // namespace

Task<Result<ProofingStart>> SimulatedProofing::start(ProofingOrder order) {
    co_return ProofingStart{.url = public_origin_ + "/demo/face/" + order.proofing_id,
                            .reference = "simulated-" + order.proofing_id};
}

Task<Result<ProofingAnswer>> SimulatedProofing::query(Proofing proofing) {
    const auto found = decided_.find(proofing.id);
    if (found == decided_.end()) co_return ProofingAnswer{};
    co_return found->second;
}

void SimulatedProofing::decide(const std::string& proofing_id, ProofingAnswer answer) {
    if (decided_.size() >= most_remembered) decided_.clear();
    decided_.try_emplace(proofing_id, std::move(answer));
}

}  // namespace qrgate
