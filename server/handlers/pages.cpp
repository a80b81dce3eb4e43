// The pages and their assets, from the binary. Pages change nothing; the login page hands out a pre-session.
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/new_session.hpp"
#include "server/page.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
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

// Pages with a captcha: it belongs to a pre-session.
asio::awaitable<Outcome> page_with_pre_session(Services& services, const Request& request,
                                               std::string_view name) {
    if (auto moved = elsewhere(services, request)) co_return *moved;
    Outcome shown = page(request, name);
    if (!shown) co_return shown;
    PreSession pre_session = pre_session_or_new(services, request);
    if (pre_session.fresh) shown->set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return shown;
}

// Who asks for the QR code gets the page that runs its script first (web/build/pages.ts).
asio::awaitable<Outcome> login(Services& services, Request request) {
    const bool qr = request.query_value("tab") == "qr";
    co_return co_await page_with_pre_session(services, request, qr ? "login.qr" : "login");
}

asio::awaitable<Outcome> registration(Services& services, Request request) {
    co_return co_await page_with_pre_session(services, request, "register");
}

asio::awaitable<Outcome> password_reset(Services& services, Request request) {
    co_return co_await page_with_pre_session(services, request, "reset");
}

asio::awaitable<Outcome> account(Services& services, Request request) {
    if (auto moved = elsewhere(services, request)) co_return *moved;
    Outcome shown = page(request, "account");
    if (!shown) co_return shown;
    if (auto cookie = co_await renewed_session_cookie(services, request)) shown->set("Set-Cookie", *cookie);
    co_return shown;
}

// What the QR code holds, and the same for a dead token: it says nothing and changes nothing.
asio::awaitable<Outcome> phone(Services& services, Request request) {
    if (auto moved = elsewhere(services, request)) co_return *moved;
    co_return page(request, "phone");
}

asio::awaitable<Outcome> front(Services& services, Request) {
    co_return see_other(services.config.demo ? "/demo" : "/login");
}

asio::awaitable<Outcome> asset(Services&, Request request) {
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
