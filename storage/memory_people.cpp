// People and budgets in memory.
#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

MemoryStorage::Answer<void> MemoryStorage::ready() {
    co_return Result<void>();
}

MemoryStorage::Answer<std::optional<Person>> MemoryStorage::find_person(PersonKind kind,
                                                                        std::string identity_number) {
    for (const auto& [id, person] : people_)
        if (person.kind == kind && person.identity_number == identity_number)
            co_return std::optional<Person>(person);
    co_return std::optional<Person>();
}

MemoryStorage::Answer<std::optional<Person>> MemoryStorage::find_person_by_id(std::string id) {
    const auto found = people_.find(id);
    if (found == people_.end()) co_return std::optional<Person>();
    co_return std::optional<Person>(found->second);
}

MemoryStorage::Answer<std::vector<Person>> MemoryStorage::find_people_by_phone(PersonKind kind,
                                                                               std::string phone) {
    std::vector<Person> out;
    for (const auto& [id, person] : people_)
        if (person.kind == kind && !phone.empty() && person.phone == phone) out.push_back(person);
    co_return out;
}

MemoryStorage::Answer<std::string> MemoryStorage::put_person(NewPerson person, WallTime now) {
    const auto known = co_await find_person(person.kind, person.identity_number);
    const std::string id = *known ? (*known)->id : person.id;
    if (!*known && people_.contains(id)) co_return Errc::conflict;
    const WallTime since = *known && (*known)->level == person.level ? (*known)->level_since : now;
    people_[id] = Person{.id = id,
                         .kind = person.kind,
                         .identity_number = person.identity_number,
                         .name = person.name,
                         .phone = person.phone,
                         .level = person.level,
                         .state = PersonState::active,
                         .password_hash = person.password_hash,
                         .level_evidence = person.level_evidence,
                         .level_since = since,
                         .password_set_at = now};
    for (auto& [serial, row] : certificates_)
        if (row.certificate.person_id == id) row.certificate.unlock_failures = 0;
    note({.event = "person_put", .outcome = "ok", .person_id = id, .subject = person.level_evidence}, now,
         {});
    co_return id;
}

MemoryStorage::Answer<void> MemoryStorage::set_person_state(std::string id, PersonState state, WallTime now,
                                                            Trace trace) {
    const auto found = people_.find(id);
    if (found == people_.end()) co_return Errc::not_found;
    found->second.state = state;
    const bool locked = state == PersonState::locked;
    note({.event = locked ? "person_locked" : "person_unlocked", .outcome = "ok", .person_id = id}, now,
         trace);
    if (!locked) co_return Result<void>();
    for (auto& [session_id, row] : sessions_)
        if (row.session.person_id == id && is_live(row, now)) end(row, "locked", now, trace);
    for (auto& [hash, row] : tickets_)
        if (row.ticket.person_id == id && !is_final(row.ticket.life.state))
            end_ticket(row, TicketState::cancelled, now, trace);
    co_return Result<void>();
}

MemoryStorage::Answer<void> MemoryStorage::set_password_hash(std::string id, std::string old_hash,
                                                             std::string new_hash, WallTime now) {
    const auto found = people_.find(id);
    if (found == people_.end() || found->second.password_hash != old_hash) co_return Errc::conflict;
    found->second.password_hash = new_hash;
    note({.event = "password_rehashed", .outcome = "ok", .person_id = id}, now, {});
    co_return Result<void>();
}

MemoryStorage::Answer<std::optional<BudgetRefusal>> MemoryStorage::spend(std::vector<Charge> charges,
                                                                         WallTime now) {
    std::map<Digest, BudgetState> next;
    std::optional<BudgetRefusal> longest;
    for (const auto& charge : charges) {
        const auto found = budgets_.find(charge.key);
        const auto verdict = qrgate::spend(
            charge.rule, found == budgets_.end() ? std::nullopt : std::optional(found->second), now);
        if (verdict.retry_after && (!longest || *verdict.retry_after > longest->retry_after))
            longest = BudgetRefusal{*verdict.retry_after, charge.key};
        next[charge.key] = verdict.next;
    }
    if (longest) co_return longest;
    for (const auto& [key, state] : next)
        budgets_[key] = state;
    co_return std::optional<BudgetRefusal>();
}

MemoryStorage::Answer<void> MemoryStorage::forget_budgets(std::vector<Digest> keys) {
    for (const auto& key : keys)
        budgets_.erase(key);
    co_return Result<void>();
}

MemoryStorage::Answer<void> MemoryStorage::forget_all_budgets() {
    budgets_.clear();
    co_return Result<void>();
}

bool MemoryStorage::is_active(const std::string& person_id) const {
    const auto found = people_.find(person_id);
    return found != people_.end() && found->second.state == PersonState::active;
}

std::optional<Errc> MemoryStorage::missing_rights(const std::string& person_id, int level) const {
    if (!is_active(person_id)) return Errc::credentials_wrong;
    if (people_.at(person_id).level < level) return Errc::level_too_low;
    return std::nullopt;
}

}  // namespace qrgate
