// Changes of the own account, display choices and the login history in memory.
#include <algorithm>

#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

MemoryStorage::Answer<void> MemoryStorage::change_password(std::string person_id, std::string old_hash,
                                                           std::string new_hash, KeptSession keep,
                                                           WallTime now, Trace trace) {
    const auto person = people_.find(person_id);
    if (!is_active(person_id) || person->second.password_hash != old_hash) co_return Errc::conflict;
    const auto kept = sessions_.find(keep.id);
    if (kept == sessions_.end() || kept->second.session.person_id != person_id || kept->second.ended_at ||
        now >= kept->second.session.idle_ends_at || now >= kept->second.session.expires_at)
        co_return Errc::session_missing;
    person->second.password_hash = new_hash;
    person->second.password_set_at = now;
    kept->second.token_hash = keep.token_hash;
    note({.event = "password_changed", .outcome = "ok", .person_id = person_id, .subject = keep.id}, now,
         trace);
    for (auto& [id, row] : sessions_)
        if (row.session.person_id == person_id && id != keep.id && is_live(row, now))
            end(row, "password_changed", now, trace);
    for (auto& [hash, row] : tickets_)
        if (row.ticket.person_id == person_id && !is_final(row.ticket.life.state))
            end_ticket(row, TicketState::cancelled, now, trace);
    co_return Result<void>();
}

// Counts a try of each code that could be right; whether all are.
bool MemoryStorage::uses_up(const std::vector<CodeProof>& codes, const std::string& person_id, WallTime now) {
    bool all = true;
    for (const CodeProof& typed : codes) {
        const auto found = codes_.find({typed.purpose, typed.holder_hash});
        bool right = false;
        if (found != codes_.end()) {
            auto& [code, phone, used] = found->second;
            // A code that went to a number which is no longer the person's changes nothing.
            const auto whose = people_.find(person_id);
            const bool fits =
                code.person_id == person_id && whose != people_.end() && whose->second.phone == phone;
            if (!used && now < code.expires_at && code.tries > 0 && fits) {
                --code.tries;
                right = code.code_hash == typed.code_hash;
            }
        }
        all = all && right;
    }
    return all;
}

MemoryStorage::Answer<void> MemoryStorage::change_phone(std::string person_id, std::string old_phone,
                                                        std::string new_phone, std::vector<CodeProof> codes,
                                                        std::string evidence, WallTime now, Trace trace) {
    const auto person = people_.find(person_id);
    if (person == people_.end() || codes.empty() || codes.size() > 2) co_return Errc::conflict;
    std::optional<Errc> refusal;
    const bool right = uses_up(codes, person_id, now);
    if (!is_active(person_id) || person->second.phone != old_phone) {
        refusal = Errc::conflict;
    } else if (!right) {
        refusal = Errc::code_wrong;
    } else {
        for (const CodeProof& typed : codes)
            codes_.at({typed.purpose, typed.holder_hash}).used = true;
        person->second.phone = new_phone;
    }
    std::string outcome = "ok";
    if (refusal) outcome = *refusal == Errc::conflict ? "conflict" : std::string(info(*refusal).code);
    note({.event = "phone_changed", .outcome = outcome, .person_id = person_id, .subject = evidence}, now,
         trace);
    if (refusal) co_return *refusal;
    co_return Result<void>();
}

MemoryStorage::Answer<std::optional<Preferences>> MemoryStorage::preferences(std::string person_id) {
    const auto found = preferences_.find(person_id);
    if (found == preferences_.end()) co_return std::optional<Preferences>();
    co_return std::optional(found->second);
}

MemoryStorage::Answer<void> MemoryStorage::set_preferences(std::string person_id, Preferences preferences,
                                                           WallTime) {
    if (!people_.contains(person_id)) co_return Errc::not_found;
    preferences_[person_id] = preferences;
    co_return Result<void>();
}

MemoryStorage::Answer<std::vector<LoginRecord>> MemoryStorage::list_logins(std::string person_id, int limit,
                                                                           WallTime now) {
    struct Numbered {
        LoginRecord login;
        std::int64_t number = 0;
    };
    std::vector<Numbered> all;
    for (const auto& [id, row] : sessions_) {
        const Session& it = row.session;
        if (it.person_id != person_id || it.opened_at < now - login_history) continue;
        all.push_back({{.session_id = id,
                        .kind = it.kind,
                        .method = it.method,
                        .at = it.opened_at,
                        .address = it.address,
                        .browser = it.browser,
                        .place = it.place,
                        .outcome = "ok",
                        .live = is_live(row, now),
                        .end_reason = row.end_reason == "expired" ? std::string() : row.end_reason}});
    }
    for (const AuditRow& row : audit_) {
        const AuditEvent& it = row.event;
        if (it.person_id != person_id || it.event != "authn_login_fail" || it.at < now - login_history)
            continue;
        all.push_back({{.method = login_method(it.method).value_or(LoginMethod::password),
                        .at = it.at,
                        .address = row.trace.address,
                        .outcome = it.outcome},
                       row.number});
    }
    std::ranges::sort(all, [](const Numbered& a, const Numbered& b) {
        return std::tie(b.login.at, b.login.session_id, b.number) <
               std::tie(a.login.at, a.login.session_id, a.number);
    });
    std::vector<LoginRecord> out;
    int refusals = 0;
    for (const Numbered& it : all) {
        if (it.login.session_id.empty() && ++refusals > limit / 2) continue;
        if (out.size() < static_cast<std::size_t>(limit)) out.push_back(it.login);
    }
    co_return out;
}

}  // namespace qrgate
