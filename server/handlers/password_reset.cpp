// Forgotten passwords: a code to the phone on record, whoever asks, and a new password. Whether there is an
// account is told to nobody: answers, statements and work are the same for unknown and locked ones. The new
// password is not the old one, which is said only to who has the right code.
#include <fmt/format.h>

#include "protocol/body_reader.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha_check.hpp"
#include "server/clock.hpp"
#include "server/code_start.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/keys.hpp"
#include "server/password_check.hpp"
#include "server/password_hasher.hpp"
#include "server/reset_ticket.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_watch.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

std::string whom(const Start& start) {
    return fmt::format("reset:{}:{}", name_of(start.kind), start.identity_number);
}

Task<Outcome> send_code(Services& services, const Request& request, Start start, Digest pre_session) {
    auto known = co_await services.storage.find_person(start.kind, start.identity_number);
    if (!known) co_return known.error();
    const bool reachable =
        known->has_value() && (*known)->state == PersonState::active && !(*known)->phone.empty();
    const std::string phone = reachable ? (*known)->phone : std::string();
    auto may = co_await may_text(services, reachable ? phone : "nobody:" + start.identity_number);
    if (!may) co_return may.error();
    CodeOrder order;
    order.purpose = CodePurpose::reset;
    order.holder_hash = holder_of(start, pre_session);
    if (reachable) order.person_id = (*known)->id;
    if (*may) order.to = phone;
    start.patience = patience_for(services.config, request);
    order.patience = start.patience;
    auto sent = co_await order_code_quietly(services, std::move(order), trace_of(request));
    if (!sent) co_return sent.error();
    boost::json::object body;
    body["reset"] = seal_start(services, start, pre_session);
    body["expires_in"] = sent->life.count();
    co_return json_response(202, body);
}

Task<Outcome> begin_typed(Services& services, const Request& request, Start start, CaptchaAnswer captcha,
                          Digest pre_session) {
    auto refusal =
        co_await guard_text(services, whom(start), std::move(captcha), pre_session, request.address);
    if (refusal) co_return *refusal;
    Outcome outcome = co_await send_code(services, request, std::move(start), pre_session);
    if (!outcome) co_return with_fresh_captcha(services, outcome.error(), pre_session);
    co_return outcome;
}

// The ticket says that the right password was given a moment ago, so there is no captcha.
Task<Outcome> begin_with_ticket(Services& services, const Request& request, std::string ticket,
                                Digest pre_session) {
    auto id = check_reset_ticket(services.keys.reset_tickets, ticket, services.clock.now());
    if (!id) co_return Errc::session_missing;
    auto person = co_await services.storage.find_person_by_id(*id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::session_missing;
    Start start;
    start.purpose = CodePurpose::reset;
    start.kind = (*person)->kind;
    start.identity_number = (*person)->identity_number;
    if (auto refusal = co_await spend_sms_budgets(services, whom(start), request.address)) co_return *refusal;
    co_return co_await send_code(services, request, std::move(start), pre_session);
}

Task<Outcome> reset_start(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    const std::optional<std::string> ticket = body.optional_text("reset_ticket", 512);
    Start start;
    start.purpose = CodePurpose::reset;
    CaptchaAnswer captcha;
    if (!ticket) {
        read_identity(body, false, language, start.kind, start.identity_number);
        captcha = read_captcha_answer(body);
    }
    if (auto problem = body.finish(language)) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;

    PreSession pre_session = pre_session_or_new(services, request);
    Outcome outcome = Errc::internal_error;
    if (ticket) {
        outcome = co_await begin_with_ticket(services, request, *ticket, pre_session.hash);
    } else {
        outcome =
            co_await begin_typed(services, request, std::move(start), std::move(captcha), pre_session.hash);
    }
    if (!outcome && pre_session.fresh) {
        Refusal refusal = outcome.error();
        refusal.headers.emplace_back("Set-Cookie", pre_session_cookie(request, pre_session));
        co_return refusal;
    }
    if (pre_session.fresh) outcome->set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return outcome;
}

Task<void> tell_the_owner(Services& services, std::string person_id) {
    auto person = co_await services.storage.find_person_by_id(std::move(person_id));
    if (person && *person && !(*person)->phone.empty())
        co_await send_quietly(services, notice_text(SmsNotice::password_changed, (*person)->phone));
}

Task<Outcome> reset_finish(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    const std::string sealed = body.text("reset", 4096);
    const std::string code = read_code(body, "code", language);
    std::string password = body.text("new_password", 4096);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;

    const auto pre_session = pre_session_of(services, request);
    std::optional<Start> start;
    if (pre_session) start = open_start(services, CodePurpose::reset, sealed, pre_session->hash);
    // Not the phone on record: the answer would let a stranger guess it.
    if (auto weak = weak_password(services.config.password_policy, "new_password", password,
                                  start ? start->identity_number : "", "", language))
        co_return *weak;
    if (!start) co_return Errc::code_wrong;

    // Both hashes have their places before a try is counted: none is lost to `busy`.
    if (services.passwords.is_full()) co_return Errc::busy;
    std::optional<PasswordHasher::Place> to_check(std::in_place, services.passwords);
    if (services.passwords.is_full()) co_return Errc::busy;
    std::optional<PasswordHasher::Place> to_hash(std::in_place, services.passwords);
    BudgetRequest budgets(services);
    budgets.of(Budget::code_of_person, whom(*start)).of_address(Budget::password_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    auto known = co_await services.storage.find_person(start->kind, start->identity_number);
    if (!known) co_return known.error();
    // Both for everybody: the time must not tell who is known, nor, to who has no code, what the password is.
    std::string stored = *known ? (*known)->password_hash : std::string();
    to_check.reset();
    auto same = co_await services.passwords.check(std::move(stored), password);
    if (!same) co_return same.error();
    to_hash.reset();
    auto hash = co_await services.passwords.hash(std::move(password));
    if (!hash) co_return hash.error();
    std::optional<std::string> new_hash;
    if (!*same) new_hash = std::move(*hash);
    const CodeProof proof =
        code_proof(services, CodePurpose::reset, holder_of(*start, pre_session->hash), code);
    auto done = co_await services.storage.reset_password(proof, std::move(new_hash), services.clock.now(),
                                                         trace_of(request));
    if (!done) {
        if (done.error() == Errc::password_too_weak) co_return same_password(language);
        const bool perhaps = done.error() == Errc::in_doubt || done.error() == Errc::timed_out;
        if (perhaps) anyones_sessions_changed(services);
        co_return done.error();
    }
    sessions_changed(services, *done);
    co_await tell_the_owner(services, *done);
    co_return no_content();
}

}  // namespace

void add_password_reset_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/password/reset/start", answered(services, reset_start));
    router.add(Method::post, "/api/v1/password/reset/finish", answered(services, reset_finish),
               refused_while_full(services));
}

}  // namespace qrgate
