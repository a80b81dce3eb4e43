// Sessions and SMS codes in memory.
#include <algorithm>

#include "protocol/levels.hpp"
#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

bool MemoryStorage::is_live(const SessionRow& row, WallTime now) {
    return !row.ended_at && now < row.session.idle_ends_at && now < row.session.expires_at &&
           (row.presented || now < row.present_until);
}

Session MemoryStorage::shown(const SessionRow& row) const {
    Session session = row.session;
    const Person& person = people_.at(session.person_id);
    session.person_kind = person.kind;
    session.person_name = person.name;
    session.person_level = person.level;
    return session;
}

void MemoryStorage::end(SessionRow& row, const std::string& reason, WallTime now, const Trace& trace) {
    row.ended_at = now;
    row.end_reason = reason;
    note({.event = "session_ended",
          .outcome = reason,
          .person_id = row.session.person_id,
          .subject = row.session.id},
         now, trace);
    if (row.session.kind != SessionKind::phone) return;
    for (auto& [hash, scanned] : tickets_)
        if (scanned.ticket.phone_session_id == row.session.id && !is_final(scanned.ticket.life.state))
            end_ticket(scanned, TicketState::cancelled, now, trace);
}

Session MemoryStorage::insert_session(const std::string& person_id, const NewSession& session,
                                      const Trace& trace) {
    SessionRow row{.session = {.id = session.id,
                               .person_id = person_id,
                               .kind = session.kind,
                               .method = session.method,
                               .aal = session.aal,
                               .opened_at = session.opened_at,
                               .last_used_at = session.opened_at,
                               .idle_ends_at = std::min(session.opened_at + session.idle, session.expires_at),
                               .expires_at = session.expires_at,
                               .address = session.address,
                               .browser = session.browser,
                               .place = session.place,
                               .device_hash = session.device_hash},
                   .token_hash = session.token_hash,
                   .idle = session.idle,
                   .present_until = session.opened_at + session.present_within,
                   .value_since = session.opened_at};
    if (session.pre_session_hash) ended_pre_sessions_.emplace(*session.pre_session_hash, session.opened_at);
    const std::string method(name_of(session.method));
    for (const char* event : {"session_created", "authn_login_success"})
        note({.event = event,
              .outcome = "ok",
              .person_id = person_id,
              .subject = session.id,
              .method = method},
             session.opened_at, trace);
    return shown(sessions_[session.id] = row);
}

MemoryStorage::Answer<Session> MemoryStorage::open_session(std::string person_id,
                                                           std::optional<std::string> password_hash,
                                                           NewSession session, Trace trace) {
    std::optional<Errc> refusal;
    if (!is_active(person_id) || (password_hash && people_.at(person_id).password_hash != *password_hash))
        refusal = Errc::credentials_wrong;
    else if (session.pre_session_hash && ended_pre_sessions_.contains(*session.pre_session_hash))
        refusal = Errc::session_missing;
    if (refusal) {
        note({.event = "authn_login_fail",
              .outcome = std::string(info(*refusal).code),
              .person_id = person_id,
              .method = std::string(name_of(session.method))},
             session.opened_at, trace);
        co_return *refusal;
    }
    if (session.pre_session_hash)
        if (TicketRow* open = open_ticket_of(*session.pre_session_hash))
            end_ticket(*open, TicketState::cancelled, session.opened_at, trace);
    co_return insert_session(person_id, session, trace);
}

MemoryStorage::Answer<std::optional<Session>> MemoryStorage::use_session(Digest token_hash, SessionKind kind,
                                                                         WallTime now) {
    for (auto& [id, row] : sessions_) {
        if (row.token_hash != token_hash || row.session.kind != kind) continue;
        if (!is_live(row, now) || !is_active(row.session.person_id)) break;
        if (!row.presented || now >= row.session.last_used_at + use_written_every) {
            row.presented = true;
            row.session.last_used_at = now;
            row.session.idle_ends_at = std::min(now + row.idle, row.session.expires_at);
        }
        co_return std::optional<Session>(shown(row));
    }
    co_return std::optional<Session>();
}

MemoryStorage::Answer<std::optional<Session>> MemoryStorage::find_session(Digest token_hash, SessionKind kind,
                                                                          WallTime now) {
    for (const auto& [id, row] : sessions_)
        if (row.token_hash == token_hash && row.session.kind == kind && is_live(row, now) &&
            is_active(row.session.person_id))
            co_return std::optional<Session>(shown(row));
    co_return std::optional<Session>();
}

MemoryStorage::Answer<std::vector<std::optional<Session>>> MemoryStorage::find_sessions(
    std::vector<Digest> token_hashes, SessionKind kind, WallTime now) {
    std::vector<std::optional<Session>> out;
    for (const Digest& hash : token_hashes) {
        auto found = co_await find_session(hash, kind, now);
        if (!found) co_return found.error();
        out.push_back(std::move(*found));
    }
    co_return out;
}

MemoryStorage::Answer<std::vector<Session>> MemoryStorage::list_sessions(std::string person_id,
                                                                         SessionKind kind, WallTime now) {
    std::vector<Session> out;
    for (const auto& [id, row] : sessions_)
        if (row.session.person_id == person_id && row.session.kind == kind && is_live(row, now))
            out.push_back(shown(row));
    std::ranges::sort(out, [](const Session& a, const Session& b) {
        return std::tie(b.opened_at, b.id) < std::tie(a.opened_at, a.id);
    });
    co_return out;
}

MemoryStorage::Answer<bool> MemoryStorage::end_session(std::string person_id, std::string session_id,
                                                       std::string reason, WallTime now, Trace trace) {
    const auto found = sessions_.find(session_id);
    if (found == sessions_.end() || found->second.session.person_id != person_id ||
        !is_live(found->second, now))
        co_return false;
    end(found->second, reason, now, trace);
    co_return true;
}

MemoryStorage::Answer<bool> MemoryStorage::renew_session(Digest old_hash, Digest new_hash, WallTime now) {
    for (auto& [id, row] : sessions_) {
        if (row.token_hash != old_hash || row.session.kind != SessionKind::browser) continue;
        const std::string& person = row.session.person_id;
        if (!is_live(row, now) || !is_active(person) || people_.at(person).level_since <= row.value_since)
            break;
        row.token_hash = new_hash;
        row.value_since = std::max(now, people_.at(person).level_since);
        co_return true;
    }
    co_return false;
}

MemoryStorage::Answer<bool> MemoryStorage::end_session_by_operator(std::string session_id, WallTime now,
                                                                   Trace trace) {
    const auto found = sessions_.find(session_id);
    if (found == sessions_.end() || !is_live(found->second, now)) co_return false;
    end(found->second, "operator", now, trace);
    co_return true;
}

MemoryStorage::Answer<int> MemoryStorage::end_other_sessions(std::string person_id, std::string keep,
                                                             int newest, std::string reason, WallTime now,
                                                             Trace trace) {
    std::vector<SessionRow*> others;
    for (auto& [id, row] : sessions_)
        if (row.session.person_id == person_id && row.session.kind == SessionKind::browser && id != keep &&
            is_live(row, now))
            others.push_back(&row);
    std::ranges::sort(others, [](const SessionRow* a, const SessionRow* b) {
        return std::tie(b->session.opened_at, b->session.id) < std::tie(a->session.opened_at, a->session.id);
    });
    others.erase(others.begin(), others.begin() + std::min<std::ptrdiff_t>(newest, std::ssize(others)));
    std::ranges::sort(others, {}, [](const SessionRow* row) { return row->session.id; });
    for (SessionRow* row : others)
        end(*row, reason, now, trace);
    co_return static_cast<int>(others.size());
}

MemoryStorage::Answer<void> MemoryStorage::put_code(NewCode code, Trace trace) {
    const auto person = people_.find(code.person_id);
    codes_[{code.purpose, code.holder_hash}] = {
        .code = code, .phone = person == people_.end() ? std::string() : person->second.phone};
    note({.event = "code_sent",
          .outcome = "ok",
          .person_id = code.person_id.empty() ? std::nullopt : std::optional(code.person_id),
          .method = std::string(name_of(code.purpose))},
         code.sent_at, trace);
    co_return Result<void>();
}

MemoryStorage::Answer<std::string> MemoryStorage::check_code(CodePurpose purpose, Digest holder_hash,
                                                             Digest code_hash, WallTime now) {
    const auto found = codes_.find({purpose, holder_hash});
    bool right = false;
    std::optional<std::string> person;
    if (found != codes_.end()) {
        auto& [code, phone, used] = found->second;
        if (!code.person_id.empty()) person = code.person_id;
        if (!used && now < code.expires_at && code.tries > 0) {
            --code.tries;
            right = code.code_hash == code_hash;
        }
    }
    note({.event = "code_checked",
          .outcome = right ? "ok" : "code_wrong",
          .person_id = person,
          .method = std::string(name_of(purpose))},
         now, {});
    if (!right) co_return Errc::code_wrong;
    co_return found->second.code.challenge;
}

bool MemoryStorage::may_log_in_by_code(const CodeRow& row) const {
    if (missing_rights(row.code.person_id, needed_level(LoginMethod::sms)) || row.phone.empty()) return false;
    const Person& person = people_.at(row.code.person_id);
    const auto same = std::ranges::count_if(people_, [&](const auto& entry) {
        return entry.second.kind == person.kind && entry.second.phone == person.phone;
    });
    return person.phone == row.phone && same == 1;
}

MemoryStorage::Answer<Session> MemoryStorage::open_session_by_code(CodeProof code, NewSession session,
                                                                   Trace trace) {
    const auto found = codes_.find({code.purpose, code.holder_hash});
    std::optional<Errc> refusal = Errc::code_wrong;
    std::optional<std::string> person;
    if (found != codes_.end()) {
        CodeRow& row = found->second;
        if (!row.code.person_id.empty()) person = row.code.person_id;
        if (!row.used && session.opened_at < row.code.expires_at && row.code.tries > 0) {
            --row.code.tries;
            if (row.code.code_hash == code.code_hash && may_log_in_by_code(row)) refusal.reset();
        }
    }
    if (!refusal && session.pre_session_hash && ended_pre_sessions_.contains(*session.pre_session_hash))
        refusal = Errc::session_missing;
    if (refusal) {
        note({.event = "authn_login_fail",
              .outcome = std::string(info(*refusal).code),
              .person_id = person,
              .method = std::string(name_of(session.method))},
             session.opened_at, trace);
        co_return *refusal;
    }
    found->second.used = true;
    if (session.pre_session_hash)
        if (TicketRow* open = open_ticket_of(*session.pre_session_hash))
            end_ticket(*open, TicketState::cancelled, session.opened_at, trace);
    co_return insert_session(*person, session, trace);
}

}  // namespace qrgate
