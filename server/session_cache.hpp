// Live browser sessions as they were read a moment ago, so that `verify` and `session` need the database once
// in `life` for each at most, and not for each request. Owned by App; I/O thread.
//
// Bounded: at most `limit` entries (about 450 octets each), the longest read goes first. Only what the
// database said is kept, never that there is none: unknown values cannot fill it. Keys are SHA-256 of the
// cookie's value; neither the value nor a name in clear is here.
//
// The one invariant: after ended() or an EndSignal nothing is given that was read before. A read that was
// under way then is not kept (`Reading`). Ends that nobody tells this process (other nodes) are seen when the
// entry is `life` old. Idle and absolute ends are compared with the clock at each find.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/time.hpp"
#include "server/end_signal.hpp"
#include "storage/records.hpp"

namespace qrgate {

class SessionCache {
public:
    static constexpr std::chrono::seconds life{10};
    // Who was asked about meanwhile is read again before that, together with others and beside all answers
    // (SessionRefresh): that costs less than a request that has to wait for its reading.
    static constexpr std::chrono::seconds fresh{7};

    struct Entry {
        Digest hash{};
        std::string person_id = {};
        int level = 1;
        LoginMethod method = LoginMethod::password;
        std::string shown = {};  // the JSON of GET /api/v1/session
        WallTime read_at{};      // when the reading began
        WallTime ends_at{};      // idle or absolute, the earlier
        WallTime use_due_at{};   // from then on a use is to be written
        bool asked = false;      // about it, since take_due gave it
    };
    // What had ended when a reading began.
    struct Reading {
        std::uint64_t changes = 0;
        WallTime began{};
    };

    SessionCache(const EndSignal& elsewhere, std::size_t limit);
    SessionCache(const SessionCache&) = delete;
    SessionCache& operator=(const SessionCache&) = delete;

    static Entry entry_of(const Digest& hash, const Session& session, const Reading& reading);

    // Null: not known, or not well enough: ask the database. Good until the next call that is not const.
    Entry* find(const Digest& hash, WallTime now);

    Reading begin(WallTime now);  // before a session is read
    // What was read, unless something of this person ended meanwhile, or a later reading is here already.
    void keep(Entry entry, const Reading& reading);
    void forget(const Digest& hash);
    // Whether something was read `fresh` ago or longer.
    bool has_due(WallTime now) const noexcept;
    // Of that, at most `most` that are to be read again now, because somebody asked about them. About whom
    // nobody asked goes, as does what is too old for answers. Looks at a thousand at most.
    std::vector<Digest> take_due(WallTime now, std::size_t most);

    void ended(std::string_view person_id);  // after the commit: sessions or rights of this person
    void anyone_ended();                     // after the commit, where it is not known whose
    // Moves when another process of this node ended something.
    std::uint64_t elsewhere() const noexcept { return elsewhere_.value(); }
    std::size_t size() const noexcept { return by_hash_.size(); }

private:
    // A digest is as even as a hash can be.
    struct FirstOctets {
        using is_avalanching = void;
        std::size_t operator()(const Digest& digest) const noexcept;
    };
    struct ByPerson {
        using is_transparent = void;
        bool operator()(const Entry* a, const Entry* b) const noexcept {
            return std::tie(a->person_id, a) < std::tie(b->person_id, b);
        }
        bool operator()(const Entry* entry, std::string_view person_id) const noexcept {
            return entry->person_id < person_id;
        }
    };
    using Entries = std::list<Entry>;
    static constexpr std::size_t people_slots = 1024;

    static bool is_fresh(const Entry& entry, WallTime now) noexcept;
    void look_elsewhere();
    void drop(Entries::iterator entry);
    std::uint64_t& changed(std::string_view person_id) noexcept;

    const EndSignal& elsewhere_;
    std::size_t limit_;
    std::uint64_t seen_elsewhere_;
    std::uint64_t changes_ = 0;
    std::uint64_t all_changed_ = 0;
    // The number of the last change of somebody with this hash: who shares a slot with a person whose session
    // ends is at worst read once more.
    std::array<std::uint64_t, people_slots> changed_ = {};
    Entries entries_ = {};  // the longest read first
    boost::unordered_flat_map<Digest, Entries::iterator, FirstOctets> by_hash_ = {};
    std::set<const Entry*, ByPerson> by_person_ = {};
};

}  // namespace qrgate
