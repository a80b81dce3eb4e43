#include "server/proofing/real_name_check.hpp"

#include "server/config.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

class SimulatedRealNames final : public RealNameCheck {
public:
    std::string_view name() const noexcept override { return "simulated"; }
    Task<Result<bool>> belong_together(PersonKind, std::string, std::string) const override {
        co_return true;
    }
};

class NoRealNames final : public RealNameCheck {
public:
    std::string_view name() const noexcept override { return "none"; }
    Task<Result<bool>> belong_together(PersonKind, std::string, std::string) const override {
        co_return false;
    }
};

}  // namespace

const RealNameCheck& real_name_check(const Config& config) noexcept {
    static const SimulatedRealNames simulated;
    static const NoRealNames none;
    if (config.demo) return simulated;
    return none;
}

}  // namespace qrgate
