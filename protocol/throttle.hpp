// Budgets: how often something may be tried. Pure; storage keeps one row per key and applies the same rule in
// SQL, atomically and before the work that is counted. The contract suite compares both. Two shapes:
//   window:  `limit` uses in a window that begins with the first use;
//   backoff: `limit` free uses, then each further use must wait: first_wait, doubled each time, at most
//   max_wait;
//            `ceiling` uses in all, then refused until forgotten (a success or a recovery forgets the key).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/time.hpp"

namespace qrgate {

struct BudgetRule {
    enum class Shape : std::uint8_t { window, backoff };
    Shape shape = Shape::window;
    int limit = 1;
    std::chrono::seconds window{60};     // window: its length. backoff: how long an idle row is remembered
    std::chrono::seconds first_wait{0};  // backoff
    std::chrono::seconds max_wait{0};    // backoff
    int ceiling = 0;                     // backoff; 0 = none
};

struct BudgetState {
    int used = 0;
    WallTime window_ends{};    // window: a use after it starts anew. backoff: when the row is forgotten
    WallTime blocked_until{};  // backoff
};

struct BudgetVerdict {
    BudgetState next;                                 // what to store; unchanged when refused
    std::optional<std::chrono::seconds> retry_after;  // set when refused, at least 1 s
};

// A row is as good as none from window_ends on, in both shapes. backoff: every counted use sets
// window_ends = now + window (or blocked_until, if later) and, from the limit-th use on, blocked_until = now
// + wait.
BudgetVerdict spend(const BudgetRule& rule, std::optional<BudgetState> state, WallTime now);

// One use to be counted: `key` is a keyed hash of what is limited (person number, phone, address) and of its
// purpose.
struct Charge {
    Digest key{};
    BudgetRule rule{};
};

// Which of several charges refused, and for how long: the one that asks for the longest wait.
struct BudgetRefusal {
    std::chrono::seconds retry_after{0};
    Digest key{};
    bool operator==(const BudgetRefusal&) const = default;
};

}  // namespace qrgate
