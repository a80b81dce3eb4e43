// Decides which refusals leave an audit row, where anybody can have as many refusals as he likes: the first
// of a kind and of a person (customer's address, session) in an hour. So a flood costs no writes and pushes
// nothing out of a history. Owned by App; I/O thread. Bounded: `limit` keys of each kind; while all of them
// are fresh, no other of that kind is noted: so people and addresses, which a stranger has many of, are kinds
// of their own. Kept in memory only: after a restart a row may come once more.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/time.hpp"

namespace qrgate {

class AuditThrottle {
public:
    static constexpr std::chrono::hours life{1};

    explicit AuditThrottle(std::size_t limit) : limit_(limit) {}

    // Whether this is the first within `life`; then it counts as noted. `kind` is an event's name; `whom` a
    // short text without secrets.
    bool is_first(std::string_view kind, std::string_view whom, WallTime now) {
        return look(kind, whom, now) == Seen::first;
    }
    // The same, and why not.
    enum class Seen : unsigned char { first, again, full };
    Seen look(std::string_view kind, std::string_view whom, WallTime now);
    // As if it had never been asked for: nothing was to be noted.
    void take_back(std::string_view kind, std::string_view whom);

private:
    // Places in `order`, the oldest first, are found by the key.
    struct Kind {
        std::list<std::string> order = {};
        struct Noted {
            WallTime at{};
            std::list<std::string>::iterator place = {};
        };
        std::unordered_map<std::string, Noted> noted = {};
    };

    std::size_t limit_;
    std::map<std::string, Kind, std::less<>> kinds_ = {};
};

}  // namespace qrgate
