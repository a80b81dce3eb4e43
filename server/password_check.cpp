#include "server/password_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/identity_number.hpp"
#include "protocol/levels.hpp"
#include "protocol/own_data.hpp"
#include "server/audit_notes.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha_check.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/legacy_hash.hpp"
#include "server/metrics.hpp"
#include "server/password_hasher.hpp"
#include "server/reset_ticket.hpp"
#include "server/risk.hpp"
#include "server/services.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_password = 1024;
constexpr std::size_t most_code_points = 256;

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view number_fault(PersonKind kind, Language language) {
    bool zh = language == Language::zh;
    if (kind == PersonKind::personal) {
        return zh ? "身份证号不正确，请检查 18 位号码，末位的 X 须大写。"
                  : "This is not a valid identity number. Please check all 18 characters; a final X is upper "
                    "case.";
    }
    return zh ? "统一社会信用代码不正确，请检查 18 位代码。"
              : "This is not a valid unified social credit code. Please check all 18 characters.";
}

// A browser that this person has logged in with before has a budget of its own, which strangers cannot use
// up.
BudgetRequest budgets_of(Services& services, const PasswordAttempt& attempt,
                         const std::optional<Person>& person, const std::optional<std::string>& device,
                         const Trace& trace) {
    std::string whom = fmt::format("{}:{}", name_of(attempt.kind), attempt.identity_number);
    BudgetRequest budgets(services);
    if (person && is_known_device(services, device, person->id)) {
        budgets.of(Budget::password_of_device, fmt::format("{}:{}", whom, *device));
    } else {
        budgets.of(Budget::password_of_person, whom);
    }
    budgets.of_address(Budget::password_of_address, trace.address);
    return budgets;
}

Task<Errc> refused(Services& services, Errc errc, std::optional<std::string> person_id, Trace trace) {
    services.metrics.login(LoginMethod::password, info(errc).code);
    AuditEvent event;
    event.event = "authn_login_fail";
    event.outcome = info(errc).code;
    event.person_id = std::move(person_id);
    event.method = name_of(LoginMethod::password);
    event.at = services.clock.now();
    auto recorded = co_await services.storage.record(std::move(event), std::move(trace));
    co_return recorded ? errc : recorded.error();
}

// The password is right; whether it may be used any longer.
bool must_change(const Services& services, const Person& person, std::string_view password) {
    if (check_password(services.config.password_policy, password) != PasswordFault::none) return true;
    const std::chrono::seconds most = password_max_age(services.config);
    return most.count() > 0 && services.clock.now() - person.password_set_at > most;
}

// The password is right and of another system: from now on it is stored in our form. Best effort; only a
// stored form that changed meanwhile matters, because the session opens against the one that was checked.
Task<Result<Person>> in_our_form(Services& services, Person person, std::string password) {
    if (!is_legacy_hash(person.password_hash)) co_return person;
    auto ours = co_await services.passwords.hash(password);
    if (!ours) {
        wipe(password);
        co_return person;
    }
    auto stored = co_await services.storage.set_password_hash(person.id, person.password_hash, *ours,
                                                              services.clock.now());
    if (stored) {
        person.password_hash = std::move(*ours);
    } else {
        auto again = co_await services.storage.find_person_by_id(person.id);
        if (!again) co_return again.error();
        if (!*again) co_return Errc::credentials_wrong;
        if ((*again)->password_hash != person.password_hash) {
            auto right = co_await services.passwords.check((*again)->password_hash, password);
            if (!right) co_return right.error();
            if (!*right) co_return Errc::credentials_wrong;
            person = std::move(**again);
        }
    }
    wipe(password);
    co_return person;
}

}  // namespace

void read_identity(BodyReader& body, bool as_typed, Language language, PersonKind& kind,
                   std::string& identity_number) {
    bool zh = language == Language::zh;
    std::optional<PersonKind> read = person_kind(body.text("kind"));
    if (read) {
        kind = *read;
    } else if (body.ok()) {
        body.fault("kind", zh ? "应为 personal 或 corporate。" : "Must be personal or corporate.");
    }
    identity_number = body.text("identity_number");
    if (as_typed) identity_number = normal_identity_number(identity_number);
    if (body.ok() && !is_identity_number(kind, identity_number))
        body.fault("identity_number", number_fault(kind, language));
}

std::optional<Problem> weak_password(PasswordPolicy policy, const std::string& field,
                                     std::string_view password, std::string_view identity_number,
                                     std::string_view phone, Language language) {
    PasswordFault fault = check_password(policy, password);
    if (fault != PasswordFault::none)
        return Problem(Errc::password_too_weak, {{field, std::string(text(fault, language))}});
    if (holds_own_data(password, identity_number, phone))
        return Problem(Errc::password_too_weak, {{field, std::string(own_data_text(language))}});
    return std::nullopt;
}

Problem same_password(Language language) {
    return Problem(
        Errc::password_too_weak,
        {{"new_password", language == Language::zh ? "新密码不能与原密码相同。"
                                                   : "The new password must differ from the old one."}});
}

PasswordAttempt read_password_attempt(BodyReader& body, bool as_typed, Language language) {
    bool zh = language == Language::zh;
    PasswordAttempt attempt;
    read_identity(body, as_typed, language, attempt.kind, attempt.identity_number);
    attempt.password = body.text("password", longest_password);
    if (code_points(attempt.password) > most_code_points)
        body.fault("password", zh ? "密码过长。" : "The password is too long.");
    attempt.captcha = read_captcha_answer(body);
    return attempt;
}

bool wants_page(const Request& request) {
    return is_form(request) && request.header("accept").find("text/html") != std::string_view::npos;
}

AtOnce refused_while_full(Services& services, bool as_login) {
    return [&services, as_login, zh = refusal_response(Errc::busy, Language::zh),
            en = refusal_response(Errc::busy, Language::en)](const RequestView& view, Response& response) {
        if (!services.passwords.is_full()) return false;
        Request asked;
        for (std::string_view name : {"content-type", "accept", "cookie", "accept-language"})
            asked.headers.emplace_back(name, view.header(name));
        if (wants_page(asked)) return false;
        asked.query = view.query;
        response = language_of(asked) == Language::zh ? zh : en;
        if (as_login) services.metrics.login(LoginMethod::password, info(Errc::busy).code);
        return true;
    };
}

Task<boost::system::result<Person, Refusal>> check_password_attempt(Services& services,
                                                                    PasswordAttempt attempt, Digest holder,
                                                                    std::optional<std::string> device,
                                                                    Trace trace) {
    // A flood is answered from memory alone: no statement, no captcha used up, no try counted.
    if (services.passwords.is_full()) {
        services.metrics.login(LoginMethod::password, info(Errc::busy).code);
        co_return Refusal(Errc::busy);
    }
    std::optional<PasswordHasher::Place> place(std::in_place, services.passwords);
    auto found = co_await services.storage.find_person(attempt.kind, attempt.identity_number);
    if (!found) co_return Refusal(found.error());
    BudgetRequest budgets = budgets_of(services, attempt, *found, device, trace);
    if (auto refusal = co_await budgets.spend()) {
        std::optional<TriedPerson> whom;
        if (*found) whom = TriedPerson{(*found)->id, (*found)->phone};
        note_no_more_tries(services, LoginMethod::password, *refusal, std::move(whom), trace);
        co_return *refusal;
    }

    const bool known = *found && is_known_device(services, device, (*found)->id);
    const CaptchaAsker asker = captcha_asker(
        services, trace.address, fmt::format("{}:{}", name_of(attempt.kind), attempt.identity_number));
    if (!captcha_is_right(services, holder, attempt.captcha, asker, known)) {
        std::optional<std::string> person_id;
        if (*found) person_id = (*found)->id;
        Errc errc = co_await refused(services, Errc::captcha_wrong, person_id, trace);
        co_return with_fresh_captcha(services, errc, holder, attempt.patience);
    }

    // The same hash is computed when nobody has this number: neither answer nor time tells.
    std::string stored = *found ? (*found)->password_hash : std::string();
    place.reset();
    auto right = co_await services.passwords.check(std::move(stored), attempt.password);
    if (!right) co_return with_fresh_captcha(services, right.error(), holder, attempt.patience);
    if (!*right || !*found || (*found)->state == PersonState::locked) {
        services.risk.failed(asker.address, asker.whom, services.clock.now());
        std::optional<std::string> person_id;
        if (*found) person_id = (*found)->id;
        Errc errc = co_await refused(services, Errc::credentials_wrong, person_id, trace);
        co_return with_fresh_captcha(services, errc, holder, attempt.patience);
    }
    co_await budgets.forget();
    services.risk.succeeded(asker.whom);

    if (must_change(services, **found, attempt.password)) {
        Errc errc = co_await refused(services, Errc::password_must_change, (*found)->id, trace);
        Refusal refusal = with_fresh_captcha(services, errc, holder, attempt.patience);
        refusal.beside["reset_ticket"] = make_reset_ticket(services.keys.reset_tickets, (*found)->id,
                                                           services.clock.now(), services.random);
        co_return refusal;
    }
    auto person = co_await in_our_form(services, std::move(**found), attempt.password);
    if (!person) {
        Errc errc = person.error();
        if (errc == Errc::credentials_wrong) errc = co_await refused(services, errc, std::nullopt, trace);
        co_return with_fresh_captcha(services, errc, holder);
    }
    co_return std::move(*person);
}

}  // namespace qrgate
