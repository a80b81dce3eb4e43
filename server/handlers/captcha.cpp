// Captchas in all their forms: drawn, spoken, and the one that asks nothing of a person. Sound and challenge
// are found by the captcha's id alone (128 unguessable bits, told only to who asked): players and phones send
// no cookie. That tells nothing to others, because an answer counts only from the holder itself.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "protocol/body_reader.hpp"
#include "server/altcha.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha.hpp"
#include "server/captcha_check.hpp"
#include "server/captcha_sound.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/risk.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

struct Range {
    std::size_t first = 0;
    std::size_t last = 0;
};

// "bytes=first-last" or "bytes=first-" within `size` (RFC 9110, 14.2). Others, also several at once, may be
// answered with the whole.
std::optional<Range> range_of(std::string_view header, std::size_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return std::nullopt;
    header.remove_prefix(unit.size());
    Range range{0, size - 1};
    const char* begin = header.data();
    const char* end = begin + header.size();
    auto [at, error] = std::from_chars(begin, end, range.first);
    if (error != std::errc() || at == end || *at != '-') return std::nullopt;
    if (++at != end) {
        auto [rest, wrong] = std::from_chars(at, end, range.last);
        if (wrong != std::errc() || rest != end) return std::nullopt;
        range.last = std::min(range.last, size - 1);
    }
    if (range.first > range.last) return std::nullopt;
    return range;
}

Task<Outcome> captcha(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;

    PreSession pre_session = pre_session_or_new(services, request);
    Response response =
        json_response(200, fresh_captcha(services, pre_session.hash, patience_for(services.config, request)));
    if (pre_session.fresh) response.set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return response;
}

// For pages without script: an <img> cannot read JSON. Its form leaves captcha_id empty, which means the
// newest.
Task<Outcome> picture(Services& services, Request request) {
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;

    PreSession pre_session = pre_session_or_new(services, request);
    DrawnCaptcha drawn = services.captchas.make(pre_session.hash, services.clock.now(),
                                                patience_for(services.config, request));
    Response response;
    response.set("Content-Type", "image/png");
    response.set("Cache-Control", "no-store");
    response.body.assign(drawn.png.begin(), drawn.png.end());
    if (pre_session.fresh) response.set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return response;
}

// Players of iPhones play nothing that cannot be had in parts.
Task<Outcome> sound_of(Services& services, Request request, std::string id) {
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_sound_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    const auto spoken = services.captchas.spoken(id, services.clock.now());
    if (!spoken) co_return Errc::not_found;

    const Bytes wav = speak_digits(spoken->digits, spoken->seed);
    Response response;
    response.set("Content-Type", "audio/wav");
    response.set("Cache-Control", "no-store");
    response.set("Accept-Ranges", "bytes");
    Range range{0, wav.size() - 1};
    if (const auto asked = range_of(request.header("range"), wav.size())) {
        range = *asked;
        response.status = 206;
        response.set("Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.last, wav.size()));
    }
    response.body.assign(reinterpret_cast<const char*>(wav.data()) + range.first,
                         range.last - range.first + 1);
    co_return response;
}

Task<Outcome> sound(Services& services, Request request) {
    std::string id = request.path_values.at(0);
    return sound_of(services, std::move(request), std::move(id));
}

// For pages without script, beside their picture.
Task<Outcome> sound_of_newest(Services& services, Request request) {
    auto pre_session = pre_session_of(services, request);
    std::string id = pre_session ? services.captchas.newest_id_of(pre_session->hash) : std::string();
    return sound_of(services, std::move(request), std::move(id));
}

// What the browser works on instead.
Task<Outcome> work(Services& services, Request request) {
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    const auto holder = services.captchas.holder_of(request.path_values.at(0), services.clock.now());
    if (!holder) co_return Errc::not_found;
    const WallTime now = services.clock.now();
    const CaptchaAsker asker = captcha_asker(services, request.address, {});
    const int times = std::max(services.risk.work(asker.address, {}, now), services.risk.asked(*holder, now));
    auto made =
        co_await services.altcha.challenge(*holder, now, patience_for(services.config, request), times);
    if (!made) co_return made.error();
    Response response;
    response.set("Content-Type", "application/json; charset=utf-8");
    response.set("Cache-Control", "no-store");
    response.body = std::move(*made);
    co_return response;
}

}  // namespace

void add_captcha_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/captcha", answered(services, captcha));
    router.add(Method::get, "/api/v1/captcha/{id}.wav", answered(services, sound));
    router.add(Method::get, "/api/v1/captcha/{id}/pow", answered(services, work));
    router.add(Method::get, "/login/captcha.wav", answered(services, sound_of_newest));
    router.add(Method::get, "/login/captcha.png", answered(services, picture));
}

}  // namespace qrgate
