// Evidence, audit and purge in memory.
#include <algorithm>

#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

void MemoryStorage::note(Note it, WallTime at, const Trace& trace) {
    audit_.push_back({.number = ++audit_number_,
                      .event = {.event = it.event,
                                .outcome = it.outcome,
                                .person_id = it.person_id,
                                .method = it.method,
                                .at = at,
                                .subject = it.subject},
                      .trace = trace});
}

MemoryStorage::Answer<std::vector<Receipt>> MemoryStorage::list_receipts(std::string person_id) {
    std::vector<Receipt> out;
    for (const auto& receipt : receipts_)
        if (receipt.person_id == person_id) out.push_back(receipt);
    std::ranges::sort(out, [](const Receipt& a, const Receipt& b) {
        return std::tie(b.confirmed_at, b.token_hash) < std::tie(a.confirmed_at, a.token_hash);
    });
    co_return out;
}

MemoryStorage::Answer<std::optional<Receipt>> MemoryStorage::find_receipt(Digest token_hash) {
    for (const auto& receipt : receipts_)
        if (receipt.token_hash == token_hash) co_return std::optional<Receipt>(receipt);
    co_return std::optional<Receipt>();
}

MemoryStorage::Answer<void> MemoryStorage::record(AuditEvent event, Trace trace) {
    note({.event = event.event,
          .outcome = event.outcome,
          .person_id = event.person_id,
          .subject = event.subject,
          .method = event.method},
         event.at, trace);
    co_return Result<void>();
}

MemoryStorage::Answer<std::vector<AuditRow>> MemoryStorage::list_audit(std::string person_id, int limit) {
    std::vector<AuditRow> out;
    for (auto row = audit_.rbegin(); row != audit_.rend() && out.size() < static_cast<std::size_t>(limit);
         ++row)
        if (row->event.person_id == person_id) out.push_back(*row);
    co_return out;
}

MemoryStorage::Answer<void> MemoryStorage::purge(WallTime now) {
    const WallTime before = now - purge_after;
    std::erase_if(sessions_,
                  [&](const auto& entry) { return entry.second.session.expires_at < now - login_history; });
    std::erase_if(ended_pre_sessions_, [&](const auto& entry) { return entry.second < before; });
    std::erase_if(codes_, [&](const auto& entry) { return entry.second.code.expires_at < before; });
    std::erase_if(budgets_, [&](const auto& entry) { return entry.second.window_ends <= now; });
    std::erase_if(newest_ticket_, [&](const auto& entry) {
        const TicketRow& row = tickets_.at(entry.second);
        return row.ended_at && *row.ended_at < before;
    });
    std::erase_if(tickets_, [&](const auto& entry) {
        return entry.second.ended_at && *entry.second.ended_at < before;
    });
    for (auto& [id, row] : proofings_) {
        Proofing& it = row.proofing;
        if (it.state != ProofingState::open || now < it.ends_at) continue;
        it.state = ProofingState::expired;
        it.decided_at = it.ends_at;
    }
    co_return Result<void>();
}

}  // namespace qrgate
