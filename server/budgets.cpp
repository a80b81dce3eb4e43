#include "server/budgets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "server/client_address.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/metrics.hpp"
#include "server/services.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

BudgetRule window(int limit, seconds length) {
    BudgetRule rule;
    rule.limit = limit;
    rule.window = length;
    return rule;
}

// Ten tries, then 30 s doubling to an hour, a hundred in all (NIST SP 800-63B-4, 3.2.2) until a login, or a
// day without a counted try: longer would be a weapon against the owner (docs/decisions.md).
BudgetRule guessing(int times = 1) {
    BudgetRule rule;
    rule.shape = BudgetRule::Shape::backoff;
    rule.limit = 10 * times;
    rule.window = hours(24);
    rule.first_wait = seconds(30);
    rule.max_wait = hours(1);
    rule.ceiling = 100 * times;
    return rule;
}

}  // namespace

std::string_view name_of(Budget budget) noexcept {
    switch (budget) {
        case Budget::captcha_of_address:
            return "captcha_of_address";
        case Budget::captcha_sound_of_address:
            return "captcha_sound_of_address";
        case Budget::password_of_address:
            return "password_of_address";
        case Budget::password_of_person:
            return "password_of_person";
        case Budget::password_of_device:
            return "password_of_device";
        case Budget::sms_gap_of_phone:
            return "sms_gap_of_phone";
        case Budget::sms_hour_of_phone:
            return "sms_hour_of_phone";
        case Budget::sms_day_of_phone:
            return "sms_day_of_phone";
        case Budget::sms_of_address:
            return "sms_of_address";
        case Budget::code_of_person:
            return "code_of_person";
        case Budget::scan_of_person:
            return "scan_of_person";
        case Budget::short_code_misses:
            return "short_code_misses";
        case Budget::certificate_of_person:
            return "certificate_of_person";
        case Budget::sms_hint_of_phone:
            return "sms_hint_of_phone";
        case Budget::sms_try_of_phone:
            return "sms_try_of_phone";
        case Budget::sms_try_of_device:
            return "sms_try_of_device";
        case Budget::sms_try_of_address:
            return "sms_try_of_address";
        case Budget::disabled_notice:
            return "disabled_notice";
        case Budget::proofing_of_person:
            return "proofing_of_person";
        case Budget::tries_notice:
            return "tries_notice";
    }
    return "";
}

BudgetRule rule_of(Budget budget, bool demo) noexcept {
    // A demo shows the same rules, but people try it again and again on one phone.
    const int generous = demo ? 20 : 1;
    switch (budget) {
        case Budget::captcha_of_address:
            return window(300, minutes(5));
        case Budget::captcha_sound_of_address:
            return window(600, minutes(5));
        case Budget::password_of_address:
            return window(100, minutes(10));
        case Budget::password_of_person:
        case Budget::password_of_device:
            return guessing();
        case Budget::sms_gap_of_phone:
            return window(1, seconds(60));
        case Budget::sms_hour_of_phone:
            return window(5 * generous, hours(1));
        case Budget::sms_day_of_phone:
            return window(10 * generous, hours(24));
        case Budget::sms_of_address:
            return window(30, hours(1));
        case Budget::code_of_person:
            return window(10 * generous, hours(1));
        case Budget::scan_of_person:
            return window(60 * generous, minutes(10));
        case Budget::short_code_misses:
            return window(10, hours(1));
        case Budget::certificate_of_person:
            return window(20 * generous, hours(1));
        case Budget::sms_hint_of_phone:
            return window(2 * generous, hours(24));
        case Budget::sms_try_of_phone:
        case Budget::sms_try_of_device:
            return guessing(generous);
        case Budget::sms_try_of_address:
            return window(60, minutes(10));
        case Budget::disabled_notice:
        case Budget::tries_notice:
            return window(1, hours(24));
        case Budget::proofing_of_person:
            return window(10 * generous, hours(1));
    }
    return {};
}

BudgetRequest& BudgetRequest::of(Budget budget, std::string_view whom) {
    std::string named = fmt::format("{}:{}", static_cast<int>(budget), whom);
    Digest key = hmac_sha256(services_.keys.budgets, as_bytes(named));
    charges_.push_back({key, rule_of(budget, services_.config.demo)});
    budgets_.push_back(budget);
    return *this;
}

BudgetRequest& BudgetRequest::of_address(Budget budget, std::string_view address) {
    if (services_.config.demo && is_loopback_address(address)) return *this;
    return of(budget, customer_of(address));
}

Refusal BudgetRequest::refusal_of(const BudgetRefusal& refused) {
    const auto which = std::ranges::find(charges_, refused.key, &Charge::key);
    if (which != charges_.end())
        services_.metrics.budget_refused(
            name_of(budgets_[static_cast<std::size_t>(which - charges_.begin())]));
    return too_many(refused.retry_after);
}

Task<std::optional<Refusal>> BudgetRequest::spend() {
    if (charges_.empty()) co_return std::nullopt;
    auto refused = co_await services_.storage.spend(charges_, services_.clock.now());
    if (!refused) co_return Refusal(refused.error());
    if (!*refused) co_return std::nullopt;
    co_return refusal_of(**refused);
}

Task<std::optional<Refusal>> BudgetRequest::look() {
    if (charges_.empty()) co_return std::nullopt;
    // Storage counts all charges or none, so a charge that never has room keeps the others from being
    // counted. It asks for a second; whatever asks for more is a budget of ours.
    std::vector<Charge> charges = charges_;
    charges.push_back({hmac_sha256(services_.keys.budgets, as_bytes("look")), window(0, seconds(0))});
    auto refused = co_await services_.storage.spend(std::move(charges), services_.clock.now());
    if (!refused) co_return Refusal(refused.error());
    if (!*refused || (*refused)->retry_after <= seconds(1)) co_return std::nullopt;
    co_return refusal_of(**refused);
}

Task<void> BudgetRequest::forget() {
    std::vector<Digest> keys;
    for (const Charge& charge : charges_) {
        if (charge.rule.shape == BudgetRule::Shape::backoff) keys.push_back(charge.key);
    }
    // Best effort: a count that stays only makes the next wrong tries wait sooner.
    if (!keys.empty()) co_await services_.storage.forget_budgets(keys);
}

}  // namespace qrgate
