#include "server/revocation_list.hpp"

#include <algorithm>

#include "server/certificate_authority.hpp"
#include "server/clock.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

using List = std::shared_ptr<const SignedRevocations>;

bool still_counts(const List& list, WallTime now) {
    return list && list->this_update <= now && now < list->next_update;
}

bool is_young(const List& list, WallTime now) {
    return list && list->this_update <= now && now < list->this_update + RevocationList::life / 2;
}

struct WhileLearning {
    bool& learns;
    ~WhileLearning() { learns = false; }
};

bool says_the_same(const std::vector<RevokedCertificate>& now,
                   const std::vector<RevokedCertificate>& before) {
    return std::ranges::equal(now, before, [](const auto& a, const auto& b) {
        return a.serial == b.serial && a.revoked_at == b.revoked_at && a.reason == b.reason;
    });
}

}  // namespace

bool RevocationList::is_fresh(const Kept& kept, WallTime now) const {
    return is_young(kept.list, now) && changes_ == kept.seen_changes && kept.looked_at <= now &&
           now < kept.looked_at + look_every;
}

Task<Result<void>> RevocationList::learn_issuers(std::vector<RevokedCertificate> of) {
    std::erase_if(of, [&](const RevokedCertificate& each) { return issuers_.contains(each.serial); });
    if (of.empty()) co_return Result<void>();
    if (learns_) co_return Errc::busy;
    learns_ = true;
    const WhileLearning ends{learns_};
    for (const RevokedCertificate& each : of) {
        auto found = co_await storage_.find_certificate(each.serial);
        if (!found) co_return found.error();
        if (!*found) continue;
        // None of ours: perhaps of a generation that this node has not read yet, so it is asked for again.
        std::string issuer = authority_.issuer_of((*found)->der);
        if (!issuer.empty()) issuers_.insert_or_assign(each.serial, std::move(issuer));
    }
    co_return Result<void>();
}

Task<Result<std::vector<RevokedCertificate>>> RevocationList::issued_by(
    std::string authority, std::vector<RevokedCertificate> revoked) {
    if (authority_.generations() == 1) co_return revoked;
    const Bytes* signer = authority_.certificate_of(authority);
    const std::string id = signer ? authority_.issuer_of(*signer) : std::string{};
    auto learned = co_await learn_issuers(revoked);
    if (!learned) co_return learned.error();
    std::erase_if(revoked, [&](const RevokedCertificate& each) {
        const auto known = issuers_.find(each.serial);
        return known == issuers_.end() || known->second != id;
    });
    co_return revoked;
}

Task<Result<List>> RevocationList::current(std::string authority) {
    if (!authority_.certificate_of(authority)) co_return Errc::not_found;
    const WallTime now = clock_.now();
    Kept& kept = kept_[authority];
    if (is_fresh(kept, now)) co_return kept.list;
    const std::uint64_t seen = changes_;
    auto revoked = co_await storage_.list_revoked_certificates(now);
    if (!revoked) {
        if (still_counts(kept.list, now)) co_return kept.list;
        co_return revoked.error();
    }
    if (is_young(kept.list, now) && says_the_same(*revoked, kept.revoked)) {
        kept.looked_at = now;
        kept.seen_changes = seen;
        co_return kept.list;
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
    auto own = co_await issued_by(authority, *revoked);
    if (!own && still_counts(kept.list, now)) co_return kept.list;
    if (!own) co_return own.error();
    order.revoked = std::move(*own);
    auto der = co_await authority_.sign_revocations(std::move(authority), std::move(order));
    if (!der) co_return der.error();
    made->der = std::move(*der);
    // Another request may have made a newer one meanwhile.
    if (!kept.list || kept.list->this_update <= made->this_update || kept.list->this_update > now) {
        kept.list = made;
        kept.revoked = std::move(*revoked);
        kept.looked_at = now;
        kept.seen_changes = seen;
    }
    co_return List(made);
}

}  // namespace qrgate
