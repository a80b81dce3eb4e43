// Login by a code sent by text. The rules of docs/protocol.md section 3 stand three times: when a code is
// asked for, when it is typed, and in the statement that opens the session. Every number gets the same answer
// and the same statements; what differs is said by text, to the phone itself.
#include <boost/json/object.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/levels.hpp"
#include "protocol/phone_number.hpp"
#include "server/answers.hpp"
#include "server/audit_notes.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha_check.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/metrics.hpp"
#include "server/new_session.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "server/task_group.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int seconds_between_texts = 60;  // Budget::sms_gap_of_phone

struct PhoneOfKind {
    PersonKind kind = PersonKind::personal;
    std::string phone = {};
};

PhoneOfKind read_phone(BodyReader& body, Language language) {
    const bool zh = language == Language::zh;
    PhoneOfKind read;
    if (auto word = body.optional_text("kind")) {
        std::optional<PersonKind> kind = person_kind(*word);
        if (!kind) body.fault("kind", zh ? "应为 personal 或 corporate。" : "Must be personal or corporate.");
        read.kind = kind.value_or(PersonKind::personal);
    }
    read.phone = body.text("phone");
    if (body.ok() && !is_phone_number(read.phone))
        body.fault("phone", zh ? "请输入 11 位手机号码。" : "Please enter a mobile number of 11 digits.");
    return read;
}

// Who may log in by this number, or why nobody may.
struct Eligible {
    std::string person_id = {};             // empty: nobody
    std::optional<SmsNotice> hint = {};     // what the phone is told instead of a code
    std::string outcome = "phone_unknown";  // for the audit
};

Eligible judge(const std::vector<Person>& people) {
    if (people.empty()) return {};
    if (people.size() > 1) return {.hint = SmsNotice::shared_phone, .outcome = "phone_shared"};
    const Person& person = people.front();
    if (person.state == PersonState::locked) return {.outcome = "person_locked"};
    if (person.level < needed_level(LoginMethod::sms))
        return {.hint = SmsNotice::level_hint, .outcome = std::string(info(Errc::level_too_low).code)};
    return {.person_id = person.id, .outcome = "ok"};
}

// What a code is bound to: this browser, this number and kind, and the person who had it.
Digest holder_of(const PreSession& pre_session, const PhoneOfKind& typed, const std::string& person_id) {
    std::string named = "sms_login\n" + hex(pre_session.hash) + "\n" + typed.phone + "\n";
    named += name_of(typed.kind);
    return sha256(as_bytes(named + "\n" + person_id));
}

// For `qrgate why`: beside the answer, so that its time does not say whether there was somebody.
Task<void> note_refusals(Services& services, std::vector<std::string> people, std::string outcome,
                         Trace trace) {
    for (std::string& id : people) {
        AuditEvent event;
        event.event = "code_refused";
        event.outcome = outcome;
        event.person_id = std::move(id);
        event.method = name_of(LoginMethod::sms);
        event.at = services.clock.now();
        co_await services.storage.record(std::move(event), trace);
    }
}

void note_quietly(Services& services, const std::vector<Person>& people, const std::string& outcome,
                  const Trace& trace) {
    std::vector<std::string> ids;
    for (const Person& person : people)
        ids.push_back(person.id);
    if (!ids.empty())
        services.tasks.spawn("code_refused", note_refusals(services, std::move(ids), outcome, trace));
}

// After captcha and budgets: one row whatever the number is, and a text where there is somebody to send it
// to.
Task<std::optional<Errc>> send_code(Services& services, PreSession pre_session, PhoneOfKind typed,
                                    int patience, Trace trace) {
    auto people = co_await services.storage.find_people_by_phone(typed.kind, typed.phone);
    if (!people) co_return people.error();
    const Eligible eligible = judge(*people);

    // Spent for every number, so that nothing differs; it limits how often somebody can have a stranger told.
    BudgetRequest hints(services);
    hints.of(Budget::sms_hint_of_phone, typed.phone);
    const bool may_hint = !co_await hints.spend();

    CodeOrder order;
    order.purpose = CodePurpose::login;
    order.holder_hash = holder_of(pre_session, typed, eligible.person_id);
    order.person_id = eligible.person_id;
    if (!eligible.person_id.empty()) order.to = typed.phone;
    order.patience = patience;
    auto sent = co_await order_code_quietly(services, std::move(order), trace);
    if (!sent) co_return sent.error();
    if (eligible.hint && may_hint) co_await send_quietly(services, notice_text(*eligible.hint, typed.phone));
    if (eligible.person_id.empty()) note_quietly(services, *people, eligible.outcome, trace);
    co_return std::nullopt;
}

Refusal with_pre_session(Refusal refusal, const Request& request, const PreSession& pre_session) {
    if (pre_session.fresh)
        refusal.headers.emplace_back("Set-Cookie", pre_session_cookie(request, pre_session));
    return refusal;
}

Task<Outcome> ask_for_code(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    const PhoneOfKind typed = read_phone(body, language_of(request));
    const CaptchaAnswer captcha = read_captcha_answer(body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    if (!sends_texts(services.config)) co_return Errc::busy;

    // A browser without a valid pre-session has no captcha either; it gets both with the refusal.
    PreSession pre_session = pre_session_or_new(services, request);
    auto refusal = co_await guard_text(services, typed.phone, captcha, pre_session.hash, request.address);
    if (refusal) co_return with_pre_session(std::move(*refusal), request, pre_session);

    const int patience = patience_for(services.config, request);
    if (auto failed = co_await send_code(services, pre_session, typed, patience, trace_of(request)))
        co_return with_fresh_captcha(services, *failed, pre_session.hash);
    boost::json::object answer;
    answer["expires_in"] = services.config.sms_code_life.count() * services.config.time_factor * patience;
    answer["resend_in"] = seconds_between_texts;
    co_return json_response(202, answer);
}

BudgetRequest tries_of(Services& services, const PhoneOfKind& typed, const std::string& person_id,
                       const Request& request) {
    const std::string whom = std::string(name_of(typed.kind)) + ":" + typed.phone;
    const std::optional<std::string> device = device_cookie(request);
    BudgetRequest tries(services);
    if (!person_id.empty() && is_known_device(services, device, person_id)) {
        tries.of(Budget::sms_try_of_device, whom + ":" + *device);
    } else {
        tries.of(Budget::sms_try_of_phone, whom);
    }
    tries.of_address(Budget::sms_try_of_address, request.address);
    return tries;
}

Task<Outcome> open_session(Services& services, const Request& request, PreSession pre_session,
                           PhoneOfKind typed, std::string code) {
    auto people = co_await services.storage.find_people_by_phone(typed.kind, typed.phone);
    if (!people) co_return people.error();
    const std::string person_id = judge(*people).person_id;
    BudgetRequest tries = tries_of(services, typed, person_id, request);
    if (auto refusal = co_await tries.spend()) {
        std::optional<TriedPerson> whom;
        if (!person_id.empty()) whom = TriedPerson{person_id, typed.phone};
        note_no_more_tries(services, LoginMethod::sms, *refusal, std::move(whom), trace_of(request));
        co_return *refusal;
    }

    MadeSession made = make_browser_session(services, request, LoginMethod::sms, pre_session.hash);
    const Digest holder = holder_of(pre_session, typed, person_id);
    auto opened = co_await services.storage.open_session_by_code(
        code_proof(services, CodePurpose::login, holder, code), made.session, trace_of(request));
    if (!opened) {
        services.metrics.login(LoginMethod::sms, info(opened.error()).code);
        co_return opened.error();
    }
    co_await tries.forget();
    services.metrics.login(LoginMethod::sms, "ok");
    co_await end_replaced_sessions(services, request, *opened);
    co_return logged_in(services, request, made.value, *opened);
}

Task<Outcome> log_in(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    PhoneOfKind typed = read_phone(body, language_of(request));
    std::string code = read_code(body, "code", language_of(request));
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;

    PreSession pre_session = pre_session_or_new(services, request);
    Outcome outcome =
        co_await open_session(services, request, pre_session, std::move(typed), std::move(code));
    if (outcome) co_return outcome;
    if (outcome.error().problem.errc == Errc::session_missing) {
        // This pre-session has opened a session before; the browser needs a new one to try again.
        Request without_cookies;
        without_cookies.secure = request.secure;
        pre_session = pre_session_or_new(services, without_cookies);
    }
    co_return with_pre_session(outcome.error(), request, pre_session);
}

}  // namespace

void add_sms_login_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/sms/login", answered(services, ask_for_code));
    router.add(Method::post, "/api/v1/login/sms", answered(services, log_in));
}

}  // namespace qrgate
