// Who checks that a person is who they say: an outside service that looks at a face (or anything of equal
// strength) and tells the server by its signed callback, never through the phone. We keep its verdict and its
// reference, no image. Providers: simulated (demo), http. Owned by App; I/O thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

struct ProofingOrder {
    std::string proofing_id = {};      // ours; comes back in the callback
    std::string identity_number = {};  // the provider compares both with its register
    std::string name = {};
    PersonKind kind = PersonKind::personal;
    std::string callback_url = {};
    std::string return_url = {};  // where the phone comes back to
};
struct ProofingStart {
    std::string url = {};        // what the phone opens
    std::string reference = {};  // the provider's own id
};
struct ProofingAnswer {
    ProofingState state = ProofingState::open;  // open: not decided yet
    std::string event_id = {};
    std::string reason = {};
};

class ProofingProvider {
public:
    virtual ~ProofingProvider() = default;
    virtual std::string_view name() const noexcept = 0;
    // busy, timed_out.
    virtual Task<Result<ProofingStart>> start(ProofingOrder order) = 0;
    // What became of it, when no callback came. busy, timed_out.
    virtual Task<Result<ProofingAnswer>> query(Proofing proofing) = 0;
};

}  // namespace qrgate
