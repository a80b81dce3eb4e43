// Levels, proofings and the desk in memory.
#include <algorithm>

#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

// Says the change, and ends what the new level may no longer have.
void MemoryStorage::change_level(Person& person, int level, const std::string& evidence,
                                 std::optional<WallTime> ends_at, WallTime now, const Trace& trace) {
    if (person.level != level) person.level_since = now;
    person.level = level;
    person.level_evidence = evidence;
    person.level_ends_at = ends_at;
    note({.event = "level_changed",
          .outcome = "ok",
          .person_id = person.id,
          .subject = "level:" + std::to_string(level) + " " + evidence},
         now, trace);
    if (level >= certificate_level) return;
    for (auto& [id, row] : sessions_)
        if (row.session.person_id == person.id && row.session.method != LoginMethod::password &&
            is_live(row, now))
            end(row, "level", now, trace);
    for (auto& [hash, row] : tickets_)
        if (row.ticket.person_id == person.id && !is_final(row.ticket.life.state))
            end_ticket(row, TicketState::cancelled, now, trace);
}

MemoryStorage::Answer<void> MemoryStorage::set_person_level(std::string id, int level, std::string evidence,
                                                            WallTime now, Trace trace) {
    const auto found = people_.find(id);
    if (found == people_.end()) co_return Errc::not_found;
    change_level(found->second, level, evidence, std::nullopt, now, trace);
    co_return Result<void>();
}

MemoryStorage::Answer<int> MemoryStorage::expire_levels(WallTime now, int limit) {
    std::vector<Person*> due;
    for (auto& [id, person] : people_)
        if (person.level_ends_at && *person.level_ends_at <= now) due.push_back(&person);
    std::ranges::sort(due, [](const Person* a, const Person* b) {
        return std::tie(*a->level_ends_at, a->id) < std::tie(*b->level_ends_at, b->id);
    });
    if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
    for (Person* person : due)
        change_level(*person, std::min(person->level, 2), "expired:" + person->level_evidence, std::nullopt,
                     now, {});
    co_return static_cast<int>(due.size());
}

MemoryStorage::Answer<Proofing> MemoryStorage::start_proofing(NewProofing fresh, Trace trace) {
    Proofing& it = fresh.proofing;
    if (proofings_.contains(it.id)) co_return Errc::conflict;
    for (auto& [id, row] : proofings_) {
        Proofing& older = row.proofing;
        if (older.person_id != it.person_id || older.state != ProofingState::open) continue;
        older.state = ProofingState::expired;
        older.decided_at = it.started_at;
    }
    if (!is_active(it.person_id)) co_return Errc::not_found;
    it.state = ProofingState::open;
    it.decided_at.reset();
    note({.event = "proofing_started",
          .outcome = "ok",
          .person_id = it.person_id,
          .subject = "proofing:" + it.id},
         it.started_at, trace);
    proofings_[it.id] = {.proofing = it, .consents = fresh.consents};
    co_return it;
}

MemoryStorage::Answer<void> MemoryStorage::note_proofing_reference(std::string id, std::string reference) {
    const auto found = proofings_.find(id);
    if (found == proofings_.end()) co_return Errc::not_found;
    found->second.proofing.reference = reference;
    co_return Result<void>();
}

MemoryStorage::Answer<std::optional<Proofing>> MemoryStorage::find_proofing(std::string id) {
    const auto found = proofings_.find(id);
    if (found == proofings_.end()) co_return std::optional<Proofing>();
    co_return std::optional<Proofing>(found->second.proofing);
}

MemoryStorage::Answer<std::vector<Proofing>> MemoryStorage::list_open_proofings(WallTime started_before,
                                                                                int limit) {
    std::vector<Proofing> out;
    for (const auto& [id, row] : proofings_) {
        const Proofing& it = row.proofing;
        if (it.state == ProofingState::open && it.started_at < started_before && it.ends_at > started_before)
            out.push_back(it);
    }
    std::ranges::sort(out, [](const Proofing& a, const Proofing& b) {
        return std::tie(a.started_at, a.id) < std::tie(b.started_at, b.id);
    });
    if (out.size() > static_cast<std::size_t>(limit)) out.resize(static_cast<std::size_t>(limit));
    co_return out;
}

MemoryStorage::Answer<Proofing> MemoryStorage::decide_proofing(ProofingVerdict verdict, Trace trace) {
    const auto found = proofings_.find(verdict.proofing_id);
    if (found == proofings_.end()) co_return Errc::not_found;
    Proofing& it = found->second.proofing;
    const bool event_known = std::ranges::any_of(
        proofings_, [&](const auto& entry) { return entry.second.event_id == verdict.event_id; });
    const bool taken = it.state == ProofingState::open && verdict.at < it.ends_at && !event_known;
    note({.event = "proofing_decided",
          .outcome = !taken           ? "conflict"
                     : verdict.passed ? "passed"
                                      : "failed",
          .person_id = it.person_id,
          .subject = "proofing:" + it.id},
         verdict.at, trace);
    if (!taken) co_return Errc::conflict;
    it.state = verdict.passed ? ProofingState::passed : ProofingState::failed;
    it.reason = verdict.reason;
    it.decided_at = verdict.at;
    found->second.event_id = verdict.event_id;
    if (verdict.passed)
        change_level(people_.at(it.person_id), 3, "proofing:" + it.id, verdict.level_ends_at, verdict.at,
                     trace);
    co_return it;
}

MemoryStorage::Answer<std::optional<std::string>> MemoryStorage::certificate_permit(std::string person_id,
                                                                                    Digest device_hash,
                                                                                    WallTime now) {
    std::optional<std::pair<WallTime, std::string>> newest;
    const auto take = [&](const std::optional<WallTime>& at, std::chrono::seconds life, std::string permit) {
        if (!at || *at > now || *at <= now - life) return;
        if (!newest || newest->first < *at) newest = {*at, std::move(permit)};
    };
    for (const auto& [id, row] : proofings_) {
        const Proofing& it = row.proofing;
        if (it.person_id == person_id && it.device_hash == device_hash && it.state == ProofingState::passed)
            take(it.decided_at, proofing_permit, "proofing:" + id);
    }
    if (!newest)
        for (const auto& [id, row] : desk_cases_) {
            const DeskCase& it = row.desk_case;
            if (it.person_id == person_id && it.action == DeskAction::certificate &&
                it.state == DeskState::approved && !row.used_at)
                take(it.decided_at, desk_permit, "desk:" + id);
        }
    if (!newest) co_return std::optional<std::string>();
    co_return std::optional<std::string>(newest->second);
}

MemoryStorage::Answer<std::string> MemoryStorage::open_desk_case(DeskCase it, Trace trace) {
    if (!people_.contains(it.person_id)) co_return Errc::not_found;
    if (desk_cases_.contains(it.id)) co_return Errc::conflict;
    it.state = DeskState::open;
    it.decided_by.clear();
    it.decided_at.reset();
    note({.event = "desk_opened",
          .outcome = std::string(name_of(it.action)),
          .person_id = it.person_id,
          .subject = "desk:" + it.id},
         it.opened_at, trace);
    desk_cases_[it.id] = {.desk_case = it};
    co_return it.id;
}

MemoryStorage::Answer<std::optional<DeskCase>> MemoryStorage::find_desk_case(std::string id) {
    const auto found = desk_cases_.find(id);
    if (found == desk_cases_.end()) co_return std::optional<DeskCase>();
    co_return std::optional<DeskCase>(found->second.desk_case);
}

MemoryStorage::Answer<std::vector<DeskCase>> MemoryStorage::list_desk_cases(std::optional<DeskState> state,
                                                                            int limit) {
    std::vector<DeskCase> out;
    for (const auto& [id, row] : desk_cases_)
        if (!state || row.desk_case.state == *state) out.push_back(row.desk_case);
    std::ranges::sort(out, [](const DeskCase& a, const DeskCase& b) {
        return std::tie(b.opened_at, b.id) < std::tie(a.opened_at, a.id);
    });
    if (out.size() > static_cast<std::size_t>(limit)) out.resize(static_cast<std::size_t>(limit));
    co_return out;
}

MemoryStorage::Answer<DeskCase> MemoryStorage::decide_desk_case(DeskDecision decision, Trace trace) {
    const auto found = desk_cases_.find(decision.case_id);
    if (found == desk_cases_.end()) co_return Errc::not_found;
    DeskCase& it = found->second.desk_case;
    const bool taken = it.state == DeskState::open && it.opened_by != decision.by;
    note({.event = "desk_decided",
          .outcome = !taken             ? "conflict"
                     : decision.approve ? "approved"
                                        : "refused",
          .person_id = it.person_id,
          .subject = "desk:" + it.id},
         decision.at, trace);
    if (!taken) co_return Errc::conflict;
    it.state = decision.approve ? DeskState::approved : DeskState::refused;
    it.decided_by = decision.by;
    it.decided_at = decision.at;
    Person& person = people_.at(it.person_id);
    if (decision.approve && it.action == DeskAction::level)
        change_level(person, it.level, "desk:" + it.id, decision.level_ends_at, decision.at, trace);
    if (decision.approve && it.action == DeskAction::phone) {
        person.phone = it.phone;
        for (auto& [key, row] : codes_)
            if (row.code.person_id == person.id) row.used = true;
        note({.event = "phone_changed", .outcome = "ok", .person_id = person.id, .subject = "desk:" + it.id},
             decision.at, trace);
    }
    co_return it;
}

// For add_certificate: an approval of the desk is one certificate's.
void MemoryStorage::use_permit(const std::string& permit, WallTime now) {
    if (!permit.starts_with("desk:")) return;
    const auto found = desk_cases_.find(permit.substr(5));
    if (found != desk_cases_.end()) found->second.used_at = now;
}

}  // namespace qrgate
