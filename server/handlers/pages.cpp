// The pages and their assets, from the binary. Pages change nothing; the login page hands out a pre-session.
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/new_session.hpp"
#include "server/page.hpp"
#include "server/qr_risk.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/waiting_room.hpp"
#include "storage/task.hpp"
#include "web/assets.hpp"

namespace qrgate {

namespace {

constexpr std::string_view html_ending = ".html";

// A demo is opened as localhost, 127.0.0.1 or [::1] alike, but cookies, Origin and QR code need one name.
std::optional<Response> elsewhere(const Services& services, const Request& request) {
    if (!services.config.demo) return std::nullopt;
    std::string_view ours = services.config.public_origin;
    std::string_view host = ours.substr(ours.find("://") + 3);
    if (request.header("host") == host) return std::nullopt;
    std::string location = std::string(ours) + request.path;
    if (!request.query.empty()) location += "?" + request.query;
    return see_other(std::move(location));
}

Outcome with_pre_session(const Request& request, const PreSession& pre_session, Outcome shown) {
    if (shown && pre_session.fresh) shown->set("Set-Cookie", pre_session_cookie(request, pre_session));
    return shown;
}

// Pages with a captcha: it belongs to a pre-session.
Outcome page_with_pre_session(Services& services, const Request& request, std::string_view name) {
    if (auto moved = elsewhere(services, request)) return *moved;
    return with_pre_session(request, pre_session_or_new(services, request), page(request, name));
}

// A person has opened this page, and no other page has put it into a picture or a frame or loads it ahead:
// browsers say so (W3C Fetch Metadata).
bool is_looked_at(const Request& request) {
    return request.method == Method::get && request.header("sec-fetch-dest") == "document" &&
           request.header("sec-purpose").empty();
}

// The page runs the QR tab's script first (web/build/pages.ts); a new browser's has its code in it. One that
// was here before may have a ticket under way, which only the database knows.
Outcome qr_page(Services& services, const Request& request) {
    if (auto moved = elsewhere(services, request)) return *moved;
    const PreSession pre_session = pre_session_or_new(services, request);
    std::optional<std::string> message;
    if (pre_session.fresh && is_looked_at(request) && !denial_wait(services, request.address))
        message = services.room.first_message(
            {.pre_session_hash = pre_session.hash, .browser = browser_context(services, request)});
    return with_pre_session(
        request, pre_session,
        message ? page_with_code(request, "login.qr", *message) : page(request, "login.qr"));
}

Task<Outcome> login(Services& services, Request request) {
    co_return request.query_value("tab") == "qr" ? qr_page(services, request)
                                                 : page_with_pre_session(services, request, "login");
}

Task<Outcome> registration(Services& services, Request request) {
    co_return page_with_pre_session(services, request, "register");
}

Task<Outcome> password_reset(Services& services, Request request) {
    co_return page_with_pre_session(services, request, "reset");
}

Task<Outcome> account(Services& services, Request request) {
    if (auto moved = elsewhere(services, request)) co_return *moved;
    Outcome shown = page(request, "account");
    if (!shown) co_return shown;
    if (auto cookie = co_await renewed_session_cookie(services, request)) shown->set("Set-Cookie", *cookie);
    co_return shown;
}

// What the QR code holds, and the same for a dead token: it says nothing and changes nothing.
Task<Outcome> phone(Services& services, Request request) {
    if (auto moved = elsewhere(services, request)) co_return *moved;
    co_return page(request, "phone");
}

Task<Outcome> front(Services& services, Request) {
    co_return see_other(services.config.demo ? "/demo" : "/login");
}

Task<Outcome> asset(Services&, Request request) {
    const WebAsset* found = find_web_asset(request.path);
    if (!found) co_return Errc::not_found;
    co_return asset_response(request, *found);
}

}  // namespace

void add_page_routes(Router& router, Services& services) {
    router.add(Method::get, "/", answered(services, front));
    router.add(Method::get, "/login", answered(services, login));
    router.add(Method::get, "/register", answered(services, registration));
    router.add(Method::get, "/password/reset", answered(services, password_reset));
    router.add(Method::get, "/account", answered(services, account));
    router.add(Method::get, "/phone", answered(services, phone));
    router.add(Method::get, "/s/{token}", answered(services, phone));
    for (const WebAsset& file : web_assets()) {
        // Pages have their own addresses above.
        if (!file.path.ends_with(html_ending))
            router.add(Method::get, std::string(file.path), answered(services, asset));
    }
}

}  // namespace qrgate
