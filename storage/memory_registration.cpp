// Registration and password reset in memory.
#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

bool MemoryStorage::take_code(const CodeProof& proof, WallTime now, std::string& person_id, bool uses_up) {
    const auto found = codes_.find({proof.purpose, proof.holder_hash});
    if (found == codes_.end()) return false;
    auto& [code, phone, used] = found->second;
    if (used || now >= code.expires_at || code.tries <= 0) return false;
    --code.tries;
    person_id = code.person_id;
    const bool right = code.code_hash == proof.code_hash;
    used = right && uses_up;
    return right;
}

MemoryStorage::Answer<std::string> MemoryStorage::register_person(NewPerson person, CodeProof code,
                                                                  WallTime now, Trace trace) {
    std::string whose;
    std::optional<Errc> refusal;
    if (!take_code(code, now, whose)) {
        refusal = Errc::code_wrong;
    } else {
        const auto known = co_await find_person(person.kind, person.identity_number);
        if (*known || people_.contains(person.id)) refusal = Errc::conflict;
    }
    std::string outcome = "ok";
    if (refusal) outcome = *refusal == Errc::conflict ? "conflict" : "code_wrong";
    note({.event = "person_registered",
          .outcome = outcome,
          .person_id = refusal ? std::nullopt : std::optional(person.id),
          .subject = person.level_evidence},
         now, trace);
    if (refusal) co_return *refusal;
    people_[person.id] = Person{.id = person.id,
                                .kind = person.kind,
                                .identity_number = person.identity_number,
                                .name = person.name,
                                .phone = person.phone,
                                .level = person.level,
                                .state = PersonState::active,
                                .password_hash = person.password_hash,
                                .level_evidence = person.level_evidence,
                                .level_since = now,
                                .password_set_at = now};
    co_return person.id;
}

MemoryStorage::Answer<std::string> MemoryStorage::reset_password(CodeProof code,
                                                                 std::optional<std::string> new_hash,
                                                                 WallTime now, Trace trace) {
    std::string whose;
    // A code that went to a number which is no longer the person's resets nothing.
    const bool right = take_code(code, now, whose, new_hash.has_value()) && is_active(whose) &&
                       codes_.at({code.purpose, code.holder_hash}).phone == people_.at(whose).phone;
    std::string outcome = "code_wrong";
    if (right) outcome = new_hash ? "ok" : "password_too_weak";
    note({.event = "password_reset",
          .outcome = outcome,
          .person_id = whose.empty() ? std::nullopt : std::optional(whose)},
         now, trace);
    if (!right) co_return Errc::code_wrong;
    if (!new_hash) co_return Errc::password_too_weak;
    people_.at(whose).password_hash = std::move(*new_hash);
    people_.at(whose).password_set_at = now;
    for (auto& [id, row] : sessions_)
        if (row.session.person_id == whose && is_live(row, now)) end(row, "password_reset", now, trace);
    for (auto& [hash, row] : tickets_)
        if (row.ticket.person_id == whose && !is_final(row.ticket.life.state))
            end_ticket(row, TicketState::cancelled, now, trace);
    co_return whose;
}

}  // namespace qrgate
