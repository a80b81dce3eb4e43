// The phone's own login (captcha, number and password for a bearer token), logout, what it may do, and the PC
// sessions of its person with "it was not me".
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/messages.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha_check.hpp"
#include "server/certificate_body.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/login_methods.hpp"
#include "server/metrics.hpp"
#include "server/new_session.hpp"
#include "server/password_check.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_body.hpp"
#include "server/session_watch.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t device_size = 16;

Digest device_hash(const Bytes& device) {
    return sha256(device);
}

Task<Outcome> captcha(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Bytes device = body.octets("device", device_size);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    co_return json_response(
        200, fresh_captcha(services, device_hash(device), patience_of_phone(services.config, request)));
}

Task<Outcome> log_in(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Bytes device = body.octets("device", device_size);
    PasswordAttempt attempt = read_password_attempt(body, false, language_of(request));
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;

    Digest holder = device_hash(device);
    attempt.patience = patience_of_phone(services.config, request);
    auto person = co_await check_password_attempt(services, std::move(attempt), holder, std::nullopt,
                                                  trace_of(request));
    if (!person) co_return person.error();

    MadeSession made = make_phone_session(services, request, holder);
    auto opened = co_await services.storage.open_session(person->id, person->password_hash, made.session,
                                                         trace_of(request));
    if (!opened)
        co_return with_fresh_captcha(services, opened.error(), holder,
                                     patience_of_phone(services.config, request));
    services.metrics.login(LoginMethod::password, "ok");
    boost::json::object answer;
    answer["token"] = made.value;
    answer["person"] =
        person_body(opened->person_id, opened->person_kind, opened->person_name, opened->person_level);
    answer["expires_at"] = format_time(opened->expires_at);
    co_return json_response(200, answer);
}

Task<Outcome> log_out(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto session = co_await phone_session(services, std::string(request.header("authorization")));
    if (!session) co_return session.error();
    auto ended = co_await services.storage.end_session(session->person_id, session->id, "logout",
                                                       services.clock.now(), trace_of(request));
    sessions_changed(services, session->person_id);
    if (!ended) co_return ended.error();
    co_return no_content();
}

Task<Outcome> me(Services& services, Request request) {
    Language language = language_of(request);
    auto session = co_await phone_session(services, std::string(request.header("authorization")));
    if (!session) co_return session.error();
    auto certificates = co_await services.storage.list_certificates(session->person_id);
    if (!certificates) co_return certificates.error();

    bool usable = false;
    boost::json::array shown;
    for (const Certificate& certificate : *certificates) {
        usable = usable || is_usable(certificate, services.clock.now());
        shown.push_back(certificate_body(certificate, *session, services.clock.now(),
                                         services.config.certificate_renew_before));
    }

    boost::json::object answer;
    answer["person"] =
        person_body(session->person_id, session->person_kind, session->person_name, session->person_level);
    answer["level"] = session->person_level;
    answer["certificates"] = std::move(shown);
    answer["methods"] = login_methods_body(session->person_level, usable, language);
    answer["expires_at"] = format_time(session->expires_at);
    co_return json_response(200, answer);
}

Task<Outcome> sessions(Services& services, Request request) {
    auto session = co_await phone_session(services, std::string(request.header("authorization")));
    if (!session) co_return session.error();
    auto all = co_await services.storage.list_sessions(session->person_id, SessionKind::browser,
                                                       services.clock.now());
    if (!all) co_return all.error();
    boost::json::array rows;
    for (const Session& row : *all)
        rows.push_back(session_body(row));
    co_return json_response(200, {{"sessions", std::move(rows)}});
}

Task<Outcome> undo(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto session = co_await phone_session(services, std::string(request.header("authorization")));
    if (!session) co_return session.error();
    auto ended = co_await services.storage.end_session(session->person_id, request.path_values.at(0), "undo",
                                                       services.clock.now(), trace_of(request));
    sessions_changed(services, session->person_id);
    if (!ended) co_return ended.error();
    if (!*ended) co_return Errc::not_found;
    co_return no_content();
}

}  // namespace

void add_phone_login_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/phone/captcha", answered(services, captcha));
    router.add(Method::post, "/api/v1/phone/login", answered(services, log_in),
               refused_while_full(services, true));
    router.add(Method::post, "/api/v1/phone/logout", answered(services, log_out));
    router.add(Method::get, "/api/v1/phone/me", answered(services, me));
    router.add(Method::get, "/api/v1/phone/sessions", answered(services, sessions));
    router.add(Method::post, "/api/v1/phone/sessions/{id}/undo", answered(services, undo));
}

}  // namespace qrgate
