#include "server/new_session.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "protocol/cookie.hpp"
#include "protocol/levels.hpp"
#include "protocol/messages.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/live_session.hpp"
#include "server/services.hpp"
#include "server/session_cache.hpp"
#include "server/session_watch.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::hours device_cookie_life{24 * 400};  // the longest browsers keep one

MadeSession make_session(Services& services, const Request& request) {
    BrowserContext browser = browser_context(services, request);
    auto secret = services.random.bytes<32>();
    auto id = services.random.bytes<16>();
    MadeSession made;
    made.value = base64url(secret);
    made.session.id = base64url(id);
    made.session.token_hash = sha256(as_bytes(made.value));
    made.session.opened_at = browser.started_at;
    made.session.address = browser.address;
    made.session.browser = fmt::format("{} on {}", browser.family, browser.os);
    made.session.place = browser.place;
    return made;
}

}  // namespace

MadeSession make_browser_session(Services& services, const Request& request, LoginMethod method,
                                 const Digest& pre_session_hash) {
    const Config& config = services.config;
    MadeSession made = make_session(services, request);
    made.session.kind = SessionKind::browser;
    made.session.method = method;
    made.session.aal = assurance(method);
    made.session.idle = method == LoginMethod::qr ? config.session_idle_qr : config.session_idle;
    made.session.expires_at = made.session.opened_at + config.session_life;
    made.session.pre_session_hash = pre_session_hash;
    return made;
}

MadeSession make_phone_session(Services& services, const Request& request, const Digest& device_hash) {
    MadeSession made = make_session(services, request);
    made.session.kind = SessionKind::phone;
    made.session.method = LoginMethod::password;
    made.session.aal = assurance(LoginMethod::password);
    made.session.idle = services.config.phone_session_life;
    made.session.expires_at = made.session.opened_at + services.config.phone_session_life;
    // The phone has its token in the answer; it may well use it only when its person scans, days later.
    made.session.present_within = services.config.phone_session_life;
    made.session.device_hash = device_hash;
    return made;
}

std::vector<std::pair<std::string, std::string>> login_cookies(Services& services, const Request& request,
                                                               const std::string& session_value,
                                                               const std::string& person_id) {
    std::vector<std::pair<std::string, std::string>> headers;
    headers.emplace_back("Set-Cookie", set_cookie(CookieName::session, session_value, request.secure));
    headers.emplace_back("Set-Cookie",
                         set_cookie(CookieName::pre_session, "", request.secure, std::chrono::seconds(0)));
    if (!is_known_device(services, device_cookie(request), person_id)) {
        std::string device = new_device_cookie(services, person_id);
        headers.emplace_back("Set-Cookie",
                             set_cookie(CookieName::device, device, request.secure, device_cookie_life));
    }
    return headers;
}

Task<std::optional<std::string>> renewed_session_cookie(Services& services, Request request) {
    const auto former = session_hash(request.header("cookie"), request.secure);
    if (!former) co_return std::nullopt;
    auto secret = services.random.bytes<32>();
    const std::string value = base64url(secret);
    auto renewed =
        co_await services.storage.renew_session(*former, sha256(as_bytes(value)), services.clock.now());
    if (!renewed || !*renewed) co_return std::nullopt;
    // Also what is being read of it just now; levels change seldom.
    services.sessions.anyone_ended();
    co_return set_cookie(CookieName::session, value, request.secure);
}

Task<void> end_replaced_sessions(Services& services, Request request, Session opened) {
    std::string cookies(request.header("cookie"));
    auto former = co_await browser_session(services, std::move(cookies), request.secure);
    if (former) {
        auto ended = co_await services.storage.end_session(former->person_id, former->id, "replaced",
                                                           services.clock.now(), trace_of(request));
        if (!ended || *ended) sessions_changed(services, former->person_id);
    }
    const int allowed = services.config.sessions_per_person;
    if (allowed == 0) co_return;
    // Not "this one and the newest others": of logins that arrive together each would end another's.
    auto ended = co_await services.storage.end_other_sessions(opened.person_id, "", allowed, "too_many",
                                                              services.clock.now(), trace_of(request));
    if (!ended || *ended > 0) sessions_changed(services, opened.person_id);
}

Response logged_in(Services& services, const Request& request, const std::string& session_value,
                   const Session& session) {
    boost::json::object body;
    body["redirect_to"] = redirect_target(services, request);
    body["person"] =
        person_body(session.person_id, session.person_kind, session.person_name, session.person_level);
    Response response = json_response(200, body);
    for (auto& header : login_cookies(services, request, session_value, session.person_id))
        response.headers.push_back(std::move(header));
    return response;
}

}  // namespace qrgate
