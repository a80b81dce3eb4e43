#include "server/callers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "protocol/cookie.hpp"
#include "protocol/origin.hpp"
#include "protocol/signed_text.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/place.hpp"
#include "server/services.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_browser_word = 40;

std::string_view after_host(std::string_view url) {
    std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    std::size_t path = url.find('/', scheme + 3);
    return path == std::string_view::npos ? std::string_view{} : url.substr(path);
}

template <typename Asked>  // Request or RequestView
bool is_from_us(const Services& services, const Asked& request) {
    const std::string_view origin = request.header("origin");
    const std::string_view referer = request.header("referer");
    if (origin.empty() && referer.empty()) return request.header("cookie").empty();
    return is_our_origin(services.config.public_origin, origin, referer);
}

}  // namespace

bool comes_from_us(const Services& services, const Request& request) {
    return is_from_us(services, request);
}

bool comes_from_us(const Services& services, const RequestView& request) {
    return is_from_us(services, request);
}

bool may_be_a_phone(const Services& services, const Request& request) {
    std::string_view origin = request.header("origin");
    return origin.empty() || is_our_origin(services.config.public_origin, origin, {});
}

std::optional<PreSession> pre_session_of(const Services& services, const Request& request) {
    std::string name = cookie_name(CookieName::pre_session, request.secure);
    std::optional<std::string> value = read_cookie(request.header("cookie"), name);
    if (!value || !is_pre_session(services.keys.pre_session, *value, services.clock.now()))
        return std::nullopt;
    return PreSession{*value, sha256(as_bytes(*value)), false};
}

PreSession pre_session_or_new(Services& services, const Request& request) {
    if (auto present = pre_session_of(services, request)) return *present;
    std::string value = make_pre_session(services.keys.pre_session, services.clock.now(), services.random);
    Digest hash = sha256(as_bytes(value));
    return {std::move(value), hash, true};
}

std::string pre_session_cookie(const Request& request, const PreSession& pre_session) {
    return set_cookie(CookieName::pre_session, pre_session.value, request.secure);
}

Task<Result<Session>> browser_session(Services& services, std::string cookie_header, bool secure) {
    std::optional<std::string> value = read_cookie(cookie_header, cookie_name(CookieName::session, secure));
    if (!value || value->empty()) co_return Errc::session_missing;
    Digest hash = sha256(as_bytes(*value));
    auto found = co_await services.storage.use_session(hash, SessionKind::browser, services.clock.now());
    if (!found) co_return found.error();
    if (!*found) co_return Errc::session_missing;
    co_return std::move(**found);
}

Task<Result<Session>> phone_session(Services& services, std::string authorization) {
    constexpr std::string_view scheme = "Bearer ";
    if (!boost::algorithm::istarts_with(authorization, scheme)) co_return Errc::token_missing;
    Digest hash = sha256(as_bytes(std::string_view(authorization).substr(scheme.size())));
    auto found = co_await services.storage.use_session(hash, SessionKind::phone, services.clock.now());
    if (!found) co_return found.error();
    if (!*found) co_return Errc::token_missing;
    co_return std::move(**found);
}

std::optional<std::string> device_cookie(const Request& request) {
    return read_cookie(request.header("cookie"), cookie_name(CookieName::device, request.secure));
}

bool is_known_device(const Services& services, const std::optional<std::string>& cookie,
                     std::string_view person_id) {
    return cookie && is_device(hmac_sha256(services.keys.device, as_bytes(person_id)), *cookie);
}

std::string new_device_cookie(Services& services, std::string_view person_id) {
    return make_device(hmac_sha256(services.keys.device, as_bytes(person_id)), services.random);
}

Trace trace_of(const Request& request) {
    return {request.address, request.request_id};
}

BrowserContext browser_context(const Services& services, const Request& request) {
    BrowserName name = browser_name(request.header("user-agent"));
    BrowserContext context;
    context.family = without_controls(name.family, longest_browser_word);
    context.os = without_controls(name.os, longest_browser_word);
    context.address = request.address;
    context.place = services.places.of(request.address).name;
    context.started_at = services.clock.now();
    return context;
}

std::string redirect_target(const Services& services, const Request& request) {
    const auto& allowed = services.config.redirect_targets;
    // A form without script is on its second try: its page has the address of this call and says so itself.
    std::optional<std::string> named = request.query_value("to");
    if (named && std::ranges::find(allowed, *named) != allowed.end()) return *named;
    std::string_view referer = request.header("referer");
    std::string_view target = after_host(referer);
    if (is_our_origin(services.config.public_origin, {}, referer) && target.starts_with("/login?")) {
        Request asked;
        asked.query = target.substr(target.find('?') + 1);
        std::optional<std::string> to = asked.query_value("to");
        if (to && std::ranges::find(allowed, *to) != allowed.end()) return *to;
    }
    return allowed.front();
}

}  // namespace qrgate
