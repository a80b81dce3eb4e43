// Sessions that end by themselves, and values of ended ones that come back, in memory.
#include <algorithm>

#include "storage/memory_storage.hpp"
#include "storage/names.hpp"

namespace qrgate {

MemoryStorage::Answer<int> MemoryStorage::expire_sessions(WallTime now, int limit) {
    struct Due {
        WallTime over{};
        std::string why = {};
        SessionRow* row = nullptr;
    };
    std::vector<Due> due;
    for (auto& [id, row] : sessions_) {
        if (row.ended_at || is_live(row, now)) continue;
        const Session& it = row.session;
        Due one{std::min(it.idle_ends_at, it.expires_at), "absolute", &row};
        if (it.idle_ends_at < it.expires_at) one.why = "idle";
        if (!row.presented && row.present_until < one.over) {
            one.why = "unclaimed";
            one.over = row.present_until;
        }
        due.push_back(std::move(one));
    }
    std::ranges::sort(due, [](const Due& a, const Due& b) {
        return std::tie(a.over, a.row->session.id) < std::tie(b.over, b.row->session.id);
    });
    if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
    for (const Due& one : due) {
        one.row->ended_at = one.over;
        one.row->end_reason = "expired";
        note({.event = "session_expired",
              .outcome = one.why,
              .person_id = one.row->session.person_id,
              .subject = one.row->session.id,
              .method = std::string(name_of(one.row->session.method))},
             one.over, {});
    }
    co_return static_cast<int>(due.size());
}

MemoryStorage::Answer<bool> MemoryStorage::note_ended_session(Digest token_hash, SessionKind kind,
                                                              WallTime now, Trace trace) {
    for (const auto& [id, row] : sessions_) {
        if (row.token_hash != token_hash || row.session.kind != kind || is_live(row, now)) continue;
        note({.event = "session_use_after_expire",
              .outcome = row.end_reason.empty() ? "expired" : row.end_reason,
              .person_id = row.session.person_id,
              .subject = id,
              .method = std::string(name_of(row.session.method))},
             now, trace);
        co_return true;
    }
    co_return false;
}

}  // namespace qrgate
