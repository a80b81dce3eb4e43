#include "server/revocation_list.hpp"

#include <algorithm>

#include "server/certificate_authority.hpp"
#include "server/clock.hpp"

namespace qrgate {

namespace {

using List = std::shared_ptr<const SignedRevocations>;

bool still_counts(const List& list, WallTime now) {
    return list && list->this_update <= now && now < list->next_update;
}

}  // namespace

bool RevocationList::is_fresh(WallTime now) const {
    const bool young = list_ && list_->this_update <= now && now < list_->this_update + life / 2;
    return young && changes_ == seen_changes_ && looked_at_ <= now && now < looked_at_ + look_every;
}

bool RevocationList::says_the_same(const std::vector<RevokedCertificate>& revoked) const {
    return std::ranges::equal(revoked, revoked_, [](const auto& a, const auto& b) {
        return a.serial == b.serial && a.revoked_at == b.revoked_at && a.reason == b.reason;
    });
}

asio::awaitable<Result<List>> RevocationList::current() {
    const WallTime now = clock_.now();
    if (is_fresh(now)) co_return list_;
    const std::uint64_t seen = changes_;
    auto revoked = co_await storage_.list_revoked_certificates(now);
    if (!revoked) {
        if (still_counts(list_, now)) co_return list_;
        co_return revoked.error();
    }
    const bool young = list_ && list_->this_update <= now && now < list_->this_update + life / 2;
    if (young && says_the_same(*revoked)) {
        looked_at_ = now;
        seen_changes_ = seen;
        co_return list_;
    }
    auto made = std::make_shared<SignedRevocations>();
    made->this_update = std::chrono::floor<std::chrono::seconds>(now);
    made->next_update = made->this_update + life;
    RevocationOrder order;
    // Microseconds since 1970 grow without being kept, also across restarts and nodes.
    number_ = std::max<std::int64_t>(
        number_ + 1, std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count());
    order.number = number_;
    order.this_update = made->this_update;
    order.next_update = made->next_update;
    order.revoked = *revoked;
    auto der = co_await authority_.sign_revocations(std::move(order));
    if (!der) co_return der.error();
    made->der = std::move(*der);
    // Another request may have made a newer one meanwhile.
    if (!list_ || list_->this_update <= made->this_update || list_->this_update > now) {
        list_ = made;
        revoked_ = std::move(*revoked);
        looked_at_ = now;
        seen_changes_ = seen;
    }
    co_return List(made);
}

}  // namespace qrgate
