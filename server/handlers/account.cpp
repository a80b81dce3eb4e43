// The account page of somebody who is logged in with a browser: level and what it lacks, certificates, and
// the login history with "this was not me".
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/cookie.hpp"
#include "protocol/messages.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/certificate_body.hpp"
#include "server/clock.hpp"
#include "server/handlers/handlers.hpp"
#include "server/login_methods.hpp"
#include "server/place.hpp"
#include "server/revocation_list.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_watch.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int logins_shown = 50;

Task<Result<Session>> session_of(Services& services, const Request& request) {
    std::string cookies(request.header("cookie"));
    return browser_session(services, std::move(cookies), request.secure);
}

std::string_view level_name(int level, Language language) {
    const bool zh = language == Language::zh;
    switch (level) {
        case 3:
            return zh ? "L3（已实人认证）" : "L3 (identity proofed)";
        case 2:
            return zh ? "L2（已实名）" : "L2 (real name checked)";
        default:
            return zh ? "L1（已注册）" : "L1 (registered)";
    }
}

// What follows the kind (a case's id, an operator's words) is not the page's business.
std::string_view evidence_kind(const std::string& evidence) {
    const std::string_view all = evidence;
    const std::string_view kind = all.substr(0, all.find(':'));
    constexpr std::array<std::string_view, 7> known{"demo",     "import",       "desk",     "proofing",
                                                    "operator", "registration", "real-name"};
    return std::ranges::find(known, kind) == known.end() ? "other" : kind;
}

Task<Outcome> show(Services& services, Request request) {
    const Language language = language_of(request);
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    auto found = co_await services.storage.find_person_by_id(session->person_id);
    if (!found) co_return found.error();
    if (!*found) co_return Errc::session_missing;
    const Person person = std::move(**found);
    auto certificates = co_await services.storage.list_certificates(person.id);
    if (!certificates) co_return certificates.error();
    std::size_t people_with_phone = 0;
    if (!person.phone.empty()) {
        auto sharing = co_await services.storage.find_people_by_phone(person.kind, person.phone);
        if (!sharing) co_return sharing.error();
        people_with_phone = sharing->size();
    }

    bool usable = false;
    boost::json::array shown;
    for (const Certificate& certificate : *certificates) {
        usable = usable || is_usable(certificate, services.clock.now());
        shown.push_back(certificate_body(certificate, *session, services.clock.now()));
    }
    boost::json::object body;
    body["person"] = person_body(person.id, person.kind, person.name, person.level);
    body["number_masked"] = masked_number(person.identity_number);
    body["level"] = person.level;
    body["level_name"] = level_name(person.level, language);
    body["since"] = format_time(person.level_since);
    if (person.level_ends_at) body["ends_at"] = format_time(*person.level_ends_at);
    body["evidence"] = evidence_kind(person.level_evidence);
    body["phone"] = person.phone.empty() ? std::string() : masked_phone(person.phone);
    body["phone_shared"] = people_with_phone > 1;
    body["methods"] = login_methods_body(person.level, usable, language);
    body["certificates"] = std::move(shown);
    co_return json_response(200, body);
}

Task<Outcome> revoke(Services& services, Request request) {
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    auto revoked =
        co_await services.storage.revoke_certificate(request.path_values.at(0), session->person_id, "owner",
                                                     services.clock.now(), trace_of(request), session->id);
    sessions_changed(services, session->person_id);
    if (!revoked) co_return revoked.error();
    services.revocations.changed();
    co_return no_content();
}

boost::json::object login_body(const Services& services, const LoginRecord& login, const Session& asking) {
    boost::json::object body;
    if (!login.session_id.empty()) {
        body["id"] = login.session_id;
        body["kind"] = name_of(login.kind);
    }
    body["method"] = name_of(login.method);
    body["at"] = format_time(login.at);
    body["address"] = login.address;
    body["browser"] = login.browser;
    body["place"] = login.place.empty() ? services.places.of(login.address).name : login.place;
    body["outcome"] = login.outcome;
    body["live"] = login.live;
    body["current"] = login.session_id == asking.id;
    if (!login.end_reason.empty()) body["end_reason"] = login.end_reason;
    return body;
}

Task<Outcome> logins(Services& services, Request request) {
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    auto all = co_await services.storage.list_logins(session->person_id, logins_shown, services.clock.now());
    if (!all) co_return all.error();
    boost::json::array rows;
    for (const LoginRecord& row : *all)
        rows.push_back(login_body(services, row, *session));
    co_return json_response(200, {{"logins", std::move(rows)}});
}

// Browsers' and phones' alike. Somebody who says it of the login in use is logged out.
Task<Outcome> undo(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    std::string id = request.path_values.at(0);
    auto ended = co_await services.storage.end_session(session->person_id, id, "undo", services.clock.now(),
                                                       trace_of(request));
    sessions_changed(services, session->person_id);
    if (!ended) co_return ended.error();
    if (!*ended) co_return Errc::not_found;
    Response response = no_content();
    if (id == session->id)
        response.set("Set-Cookie",
                     set_cookie(CookieName::session, "", request.secure, std::chrono::seconds(0)));
    co_return response;
}

}  // namespace

void add_account_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/account", answered(services, show));
    router.add(Method::del, "/api/v1/certificates/{serial}", answered(services, revoke));
    router.add(Method::get, "/api/v1/logins", answered(services, logins));
    router.add(Method::post, "/api/v1/logins/{id}/undo", answered(services, undo));
}

}  // namespace qrgate
