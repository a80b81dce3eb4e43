// The budgets: one table of what is limited, per whom, how much. Counted before the work they limit and kept
// by storage, so that a restart gives nobody new tries. Keys are keyed hashes: no number, phone or address is
// stored. Per person means per identity number as typed (normalised), so that unknown numbers behave exactly
// like known ones. The table is printed in docs/operating.md ("Budgets").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/person.hpp"
#include "protocol/throttle.hpp"
#include "server/answers.hpp"
#include "storage/task.hpp"

namespace qrgate {

enum class Budget : std::uint8_t {
    captcha_of_address,
    captcha_sound_of_address,
    password_of_address,
    password_of_person,  // from browsers and phones that never logged in before
    password_of_device,  // of this person, from a browser that has: strangers cannot use it up
    sms_gap_of_phone,
    sms_hour_of_phone,
    sms_day_of_phone,
    sms_of_address,
    code_of_person,  // typed SMS codes; a resend does not reset it
    scan_of_person,
    short_code_misses,  // of the scanner
    certificate_of_person,
    sms_hint_of_phone,  // texts that say why no code came
    sms_try_of_phone,   // codes typed at the SMS login, by the phone as typed; a resend does not reset it
    sms_try_of_device,  // the same from a browser this person has logged in with before
    sms_try_of_address,
    disabled_notice,  // of a certificate: its owner is told once, whatever comes side by side
    proofing_of_person,
    tries_notice,  // to a person whose number somebody tries: once, whoever and however many they are
};

std::string_view name_of(Budget budget) noexcept;
BudgetRule rule_of(Budget budget, bool demo) noexcept;

// Collects charges for one request and spends them together: all or none.
class BudgetRequest {
public:
    explicit BudgetRequest(Services& services) : services_(services) {}

    BudgetRequest& of(Budget budget, std::string_view whom);
    // Loopback addresses do not count in demo mode.
    BudgetRequest& of_address(Budget budget, std::string_view address);

    // none: go on. too_many with its wait, or storage's error.
    Task<std::optional<Refusal>> spend();
    // What spend would say now, with nothing counted: for what may be counted only after a captcha.
    Task<std::optional<Refusal>> look();
    // After a success: the person's wrong tries are forgotten.
    Task<void> forget();

private:
    // Names the budget that refused in metrics.
    Refusal refusal_of(const BudgetRefusal& refused);

    Services& services_;
    std::vector<Charge> charges_ = {};
    std::vector<Budget> budgets_ = {};  // of each charge
};

}  // namespace qrgate
