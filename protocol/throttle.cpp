#include "protocol/throttle.hpp"

#include <algorithm>

namespace qrgate {
namespace {

BudgetVerdict refused(const BudgetState& state, WallTime until, WallTime now) {
    const auto wait = std::chrono::ceil<std::chrono::seconds>(until - now);
    return {.next = state, .retry_after = std::max(wait, std::chrono::seconds{1})};
}

// first_wait, doubled `times` times, at most max_wait. Doubling stops there, so that it cannot overflow.
std::chrono::seconds doubled(const BudgetRule& rule, int times) {
    auto wait = std::min(rule.first_wait, rule.max_wait);
    for (int i = 0; i < times && wait < rule.max_wait && wait.count() > 0; ++i)
        wait = std::min(wait * 2, rule.max_wait);
    return wait;
}

BudgetVerdict spend_window(const BudgetRule& rule, const BudgetState& state, bool fresh, WallTime now) {
    if (fresh && rule.limit > 0)
        return {.next = {.used = 1, .window_ends = now + rule.window}, .retry_after = {}};
    if (fresh) return refused(state, now + rule.window, now);
    if (state.used >= rule.limit) return refused(state, state.window_ends, now);
    BudgetState next = state;
    ++next.used;
    return {.next = next, .retry_after = {}};
}

BudgetVerdict spend_backoff(const BudgetRule& rule, const BudgetState& state, WallTime now) {
    if (rule.ceiling > 0 && state.used >= rule.ceiling) return refused(state, state.window_ends, now);
    if (now < state.blocked_until) return refused(state, state.blocked_until, now);
    BudgetState next{.used = state.used + 1, .window_ends = now + rule.window, .blocked_until = {}};
    if (next.used >= rule.limit)
        next.blocked_until = now + doubled(rule, next.used - std::max(rule.limit, 1));
    // A row that is still blocking must not be forgotten.
    next.window_ends = std::max(next.window_ends, next.blocked_until);
    return {.next = next, .retry_after = {}};
}

}  // namespace

BudgetVerdict spend(const BudgetRule& rule, std::optional<BudgetState> state, WallTime now) {
    const bool fresh = !state || now >= state->window_ends;
    const BudgetState known = fresh ? BudgetState{} : *state;
    switch (rule.shape) {
        case BudgetRule::Shape::window:
            return spend_window(rule, known, fresh, now);
        case BudgetRule::Shape::backoff:
            return spend_backoff(rule, known, now);
    }
    return {.next = known, .retry_after = std::chrono::seconds{1}};
}

}  // namespace qrgate
