// Decides which refusals leave an audit row, where anybody can have as many refusals as he likes: the first
// of a kind and of a person (address, session) in an hour. So a flood costs no writes and pushes nothing out
// of a history. Owned by App; I/O thread. Bounded: `limit` keys of each kind; while all of them are fresh, no
// other of that kind is noted. Kept in memory only: after a restart a row may come once more.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
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
    bool is_first(std::string_view kind, std::string_view whom, WallTime now);

private:
    struct Kind {
        std::unordered_map<std::string, WallTime> noted = {};
        std::deque<std::string> order = {};  // the oldest first
    };

    std::size_t limit_;
    std::map<std::string, Kind, std::less<>> kinds_ = {};
};

}  // namespace qrgate
