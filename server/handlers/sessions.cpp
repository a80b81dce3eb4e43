// The sessions of the person who is logged in with this browser: look, extend, end.
#include <algorithm>
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/cookie.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/codes.hpp"
#include "server/handlers/handlers.hpp"
#include "server/live_session.hpp"
#include "server/new_session.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_body.hpp"
#include "server/session_watch.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds longest_watch{25};
constexpr std::string_view json_type = "application/json; charset=utf-8";

Task<Result<Session>> session_of(Services& services, const Request& request) {
    std::string cookies(request.header("cookie"));
    return browser_session(services, std::move(cookies), request.secure);
}

Response without_session_cookie(const Request& request) {
    Response response = no_content();
    response.set("Set-Cookie", set_cookie(CookieName::session, "", request.secure, std::chrono::seconds(0)));
    return response;
}

void fill(Response& response, const SessionCache::Entry& session) {
    response.status = 200;
    response.headers.emplace_back("Content-Type", json_type);
    response.body = session.shown;
}

bool show_at_once(Services& services, const RequestView& request, Response& response) {
    if (!request.body.empty()) return false;
    const auto* session = live_session_at_once(services, request.header("cookie"), request.secure);
    if (session == nullptr) return false;
    fill(response, *session);
    return true;
}

Task<Outcome> show(Services& services, Request request) {
    auto session = co_await live_session(services, std::string(request.header("cookie")), request.secure);
    if (!session) co_return session.error();
    Response response;
    fill(response, *session);
    co_return response;
}

// Using a session moves its idle end; this call exists so that a page can do it on purpose.
Task<Outcome> extend(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    // What is kept shows the earlier end.
    if (const auto hash = session_hash(request.header("cookie"), request.secure))
        services.sessions.forget(*hash);
    Response response = json_response(200, own_session_body(*session));
    if (auto cookie = co_await renewed_session_cookie(services, request)) response.set("Set-Cookie", *cookie);
    co_return response;
}

Task<Outcome> list(Services& services, Request request) {
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    auto all = co_await services.storage.list_sessions(session->person_id, SessionKind::browser,
                                                       services.clock.now());
    if (!all) co_return all.error();
    boost::json::array rows;
    for (const Session& row : *all) {
        boost::json::object shown = session_body(row);
        shown["current"] = row.id == session->id;
        rows.push_back(std::move(shown));
    }
    boost::json::object body;
    body["sessions"] = std::move(rows);
    co_return json_response(200, body);
}

// A long poll: 204 when there is no news, 401 the moment the session is over.
Task<Outcome> watch(Services& services, Request request) {
    std::string asked = request.query_value("wait").value_or("0");
    const bool whole = asked.size() <= 3 && is_digits(asked, asked.size()) && !asked.empty();
    if (!whole) co_return Errc::bad_request;
    std::string cookies(request.header("cookie"));
    auto over = co_await watch_session(services, std::move(cookies), request.secure,
                                       std::min(std::chrono::seconds(std::stoi(asked)), longest_watch));
    if (!over) co_return over.error();
    co_return no_content();
}

Task<Outcome> end_one(Services& services, Request request) {
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    std::string id = request.path_values.at(0);
    auto ended = co_await services.storage.end_session(session->person_id, id, "ended", services.clock.now(),
                                                       trace_of(request));
    sessions_changed(services, session->person_id);
    if (!ended) co_return ended.error();
    if (!*ended) co_return Errc::not_found;
    co_return id == session->id ? without_session_cookie(request) : no_content();
}

Task<Outcome> end_others(Services& services, Request request) {
    // Only `?others=1` is a wish that can be meant; anything else must not end what somebody is working in.
    if (request.query != "others=1") co_return Errc::bad_request;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    auto session = co_await session_of(services, request);
    if (!session) co_return session.error();
    auto ended = co_await services.storage.end_other_sessions(session->person_id, session->id, 0, "ended",
                                                              services.clock.now(), trace_of(request));
    sessions_changed(services, session->person_id);
    if (!ended) co_return ended.error();
    co_return no_content();
}

Task<Outcome> log_out(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    auto session = co_await session_of(services, request);
    if (!session && session.error() != Errc::session_missing) co_return session.error();
    if (session) {
        auto ended = co_await services.storage.end_session(session->person_id, session->id, "logout",
                                                           services.clock.now(), trace_of(request));
        sessions_changed(services, session->person_id);
        if (!ended) co_return ended.error();
    }
    Response response = without_session_cookie(request);
    response.set("Clear-Site-Data", "\"cache\"");
    co_return response;
}

}  // namespace

void add_session_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/session", answered(services, show),
               [&services](const RequestView& request, Response& response) {
                   return show_at_once(services, request, response);
               });
    router.add(Method::get, "/api/v1/session/watch", answered(services, watch));
    router.add(Method::post, "/api/v1/session/extend", answered(services, extend));
    router.add(Method::get, "/api/v1/sessions", answered(services, list));
    router.add(Method::del, "/api/v1/sessions", answered(services, end_others));
    router.add(Method::del, "/api/v1/sessions/{id}", answered(services, end_one));
    router.add(Method::post, "/api/v1/logout", answered(services, log_out));
}

}  // namespace qrgate
