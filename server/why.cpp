#include "server/why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "server/budgets.hpp"
#include "server/legacy_hash.hpp"
#include "server/refusals.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int rows_read = 500;
constexpr std::size_t tries_shown = 20;

// What somebody tried; the other rows are its consequences.
bool is_try(const AuditRow& row) {
    const std::string& event = row.event.event;
    return event == "authn_login_success" || refusal_advice(row.event.outcome) != nullptr ||
           event == "code_refused" || event == "certificate_disabled" || event == "ticket_dead" ||
           event == "person_locked" || event == "person_unlocked";
}

// Tries that the budget of wrong passwords has counted since it was last forgotten.
int wrong_passwords(const std::vector<AuditRow>& audit, WallTime now) {
    const BudgetRule rule = rule_of(Budget::password_of_person, false);
    int count = 0;
    WallTime later = now;
    for (const AuditRow& row : audit) {
        if (row.event.method != name_of(LoginMethod::password)) continue;
        if (later - row.event.at >= rule.window) break;  // forgotten in between
        const bool right = row.event.event == "authn_login_success" ||
                           row.event.outcome == info(Errc::password_must_change).code;
        if (right) break;
        if (row.event.event != "authn_login_fail") continue;
        later = row.event.at;
        ++count;
    }
    return count;
}

void add_state(std::string& text, const Person& person, const std::vector<AuditRow>& audit, WallTime now,
               std::chrono::seconds password_max_age) {
    const auto say = [&text](std::string_view line) { text += fmt::format("now        {}\n", line); };
    if (person.state == PersonState::locked)
        say("the account is locked: every login is answered credentials_wrong; `qrgate person unlock` ends "
            "it");
    if (person.password_hash.empty())
        say("there is no password: a login by password is answered credentials_wrong; it is set by a reset");
    if (is_legacy_hash(person.password_hash))
        say("the password is an import's and has not been used here yet");
    if (!person.password_hash.empty() && password_max_age.count() > 0 &&
        now - person.password_set_at > password_max_age)
        say(
            fmt::format("the password is of {} and older than password.max_age allows: the right one is "
                        "answered password_must_change",
                        format_time(person.password_set_at)));
    if (person.phone.empty())
        say("no phone is on record: no text can be sent, so no login by SMS, no reset and no certificate");
    if (person.level < 3)
        say(fmt::format("level {}: no login by SMS or QR code (level_too_low) until it is 3", person.level));
    const BudgetRule rule = rule_of(Budget::password_of_person, false);
    const int wrong = wrong_passwords(audit, now);
    if (wrong >= rule.ceiling) {
        say(
            fmt::format("{} tries by password without success: unknown browsers are answered too_many until "
                        "24 hours without a try have passed",
                        wrong));
    } else if (wrong >= rule.limit) {
        say(
            fmt::format("{} tries by password without success: unknown browsers must wait between tries "
                        "(too_many), up to an hour",
                        wrong));
    }
}

void add_advice(std::string& text, const std::vector<std::string>& codes) {
    for (const std::string& code : codes) {
        const RefusalAdvice& row = *refusal_advice(code);
        const ErrorInfo& told = info(row.errc);
        text += fmt::format(
            "\n{} ({})\n  told       {}\n             {}\n  next step  {}\n             {}\n  look at    "
            "{}\n",
            code, told.status, told.zh, told.en, row.next_zh, row.next_en, row.operator_looks);
    }
}

}  // namespace

std::string why_text(const Person& person, const std::vector<AuditRow>& audit, WallTime now,
                     std::chrono::seconds password_max_age) {
    std::string text = fmt::format("id         {}\n", person.id);
    add_state(text, person, audit, now, password_max_age);
    std::vector<std::string> codes;
    std::size_t shown = 0;
    for (const AuditRow& row : audit) {
        if (!is_try(row) || shown == tries_shown) continue;
        ++shown;
        const AuditEvent& event = row.event;
        text += fmt::format("try        {} {} {} {} from {} request {}\n", format_time(event.at), event.event,
                            event.method.empty() ? "-" : event.method, event.outcome,
                            row.trace.address.empty() ? "-" : row.trace.address,
                            row.trace.request_id.empty() ? "-" : row.trace.request_id);
        const bool fresh = std::ranges::find(codes, event.outcome) == codes.end();
        if (fresh && refusal_advice(event.outcome) != nullptr) codes.push_back(event.outcome);
    }
    if (shown == 0) text += "try        none is known\n";
    add_advice(text, codes);
    return text;
}

Task<int> tell_why(Storage& storage, Person person, WallTime now, std::chrono::seconds password_max_age) {
    auto audit = co_await storage.list_audit(person.id, rows_read);
    if (!audit) {
        fmt::print(stderr, "qrgate: {}: {}\n", info(audit.error()).code, info(audit.error()).en);
        co_return 1;
    }
    fmt::print("{}", why_text(person, *audit, now, password_max_age));
    co_return 0;
}

}  // namespace qrgate
