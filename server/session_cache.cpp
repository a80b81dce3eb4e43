#include "server/session_cache.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <functional>

#include "protocol/messages.hpp"
#include "server/session_body.hpp"
#include "storage/names.hpp"

namespace qrgate {

SessionCache::SessionCache(const EndSignal& elsewhere, std::size_t limit)
    : elsewhere_(elsewhere), limit_(limit), seen_elsewhere_(elsewhere.value()) {}

std::size_t SessionCache::FirstOctets::operator()(const Digest& digest) const noexcept {
    std::size_t number = 0;
    std::memcpy(&number, digest.data(), sizeof number);
    return number;
}

std::uint64_t& SessionCache::changed(std::string_view person_id) noexcept {
    return changed_[std::hash<std::string_view>{}(person_id) % people_slots];
}

void SessionCache::look_elsewhere() {
    const std::uint64_t now = elsewhere_.value();
    if (now == seen_elsewhere_) return;
    seen_elsewhere_ = now;
    anyone_ended();
}

SessionCache::Entry* SessionCache::find(const Digest& hash, WallTime now) {
    look_elsewhere();
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return nullptr;
    Entry& entry = *found->second;
    // A clock that was put back makes nothing last longer.
    if (entry.read_at <= now && now < entry.read_at + life && now < entry.ends_at) return &entry;
    return nullptr;
}

SessionCache::Reading SessionCache::begin(WallTime now) {
    look_elsewhere();
    return {changes_, now};
}

SessionCache::Entry SessionCache::entry_of(const Digest& hash, const Session& session,
                                           const Reading& reading) {
    Entry entry;
    entry.hash = hash;
    entry.person_id = session.person_id;
    entry.level = session.person_level;
    entry.method = session.method;
    entry.shown = boost::json::serialize(own_session_body(session));
    entry.read_at = reading.began;
    entry.ends_at = std::min(session.idle_ends_at, session.expires_at);
    // One that was never used is due at once, or it ends as a session whose cookie nobody got.
    entry.use_due_at = session.last_used_at == session.opened_at ? session.opened_at
                                                                 : session.last_used_at + use_written_every;
    return entry;
}

void SessionCache::keep(Entry entry, const Reading& reading) {
    look_elsewhere();
    if (reading.changes < all_changed_ || reading.changes < changed(entry.person_id)) return;
    const auto known = by_hash_.find(entry.hash);
    if (known != by_hash_.end()) {
        const auto there = known->second;
        if (there->read_at > reading.began) return;
        if (there->person_id == entry.person_id) {  // as it nearly always is: the indexes stay right
            entry.asked = there->asked;
            *there = std::move(entry);
            entries_.splice(entries_.end(), entries_, there);
            return;
        }
        drop(there);
    }
    while (!entries_.empty() && by_hash_.size() >= limit_)
        drop(entries_.begin());
    if (limit_ == 0) return;
    entries_.push_back(std::move(entry));
    const auto kept = std::prev(entries_.end());
    by_hash_.emplace(kept->hash, kept);
    by_person_.insert(&*kept);
}

void SessionCache::forget(const Digest& hash) {
    const auto found = by_hash_.find(hash);
    if (found != by_hash_.end()) drop(found->second);
}

bool SessionCache::is_fresh(const Entry& entry, WallTime now) noexcept {
    return entry.read_at <= now && now < entry.read_at + fresh;
}

bool SessionCache::has_due(WallTime now) const noexcept {
    return !entries_.empty() && !is_fresh(entries_.front(), now);
}

std::vector<Digest> SessionCache::take_due(WallTime now, std::size_t most) {
    look_elsewhere();
    std::vector<Digest> due;
    std::size_t looks = 1000;
    for (auto next = entries_.begin(); next != entries_.end() && due.size() < most && looks > 0; --looks) {
        const auto entry = next++;
        if (is_fresh(*entry, now)) break;
        if (entry->asked && entry->read_at <= now && now < entry->read_at + life) {
            entry->asked = false;
            due.push_back(entry->hash);
        } else {
            drop(entry);
        }
    }
    return due;
}

void SessionCache::drop(Entries::iterator entry) {
    by_person_.erase(&*entry);
    by_hash_.erase(entry->hash);
    entries_.erase(entry);
}

void SessionCache::ended(std::string_view person_id) {
    changed(person_id) = ++changes_;
    for (;;) {
        const auto first = by_person_.lower_bound(person_id);
        if (first == by_person_.end() || (*first)->person_id != person_id) return;
        drop(by_hash_.at((*first)->hash));
    }
}

void SessionCache::anyone_ended() {
    all_changed_ = ++changes_;
    by_person_.clear();
    by_hash_.clear();
    entries_.clear();
}

}  // namespace qrgate
