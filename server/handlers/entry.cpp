// What every page asks first: the context (methods, policy, time) and captchas. Both hand out a pre-session.
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/captcha.hpp"
#include "server/captcha_check.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/sms_code.hpp"
#include "server/version.hpp"

namespace qrgate {

namespace {

asio::awaitable<Outcome> context(Services& services, Request request) {
    PreSession pre_session = pre_session_or_new(services, request);
    Language language = language_of(request);
    boost::json::object body;
    body["methods"] = sends_texts(services.config) ? boost::json::array{"password", "sms", "qr"}
                                                   : boost::json::array{"password", "qr"};
    body["server_time"] = format_time(services.clock.now());
    body["password_policy"] = policy_text(services.config.password_policy, language);
    body["password_rules"] = name_of(services.config.password_policy);
    body["version"] = build_version;
    body["origin"] = services.config.public_origin;
    body["demo"] = services.config.demo;
    Response response = json_response(200, body);
    if (pre_session.fresh) response.set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return response;
}

asio::awaitable<Outcome> captcha(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;

    PreSession pre_session = pre_session_or_new(services, request);
    Response response = json_response(200, fresh_captcha(services, pre_session.hash));
    if (pre_session.fresh) response.set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return response;
}

// For pages without script: an <img> cannot read JSON. Its form leaves captcha_id empty, which means the
// newest.
asio::awaitable<Outcome> captcha_picture(Services& services, Request request) {
    BudgetRequest budgets(services);
    budgets.of_address(Budget::captcha_of_address, request.address);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;

    PreSession pre_session = pre_session_or_new(services, request);
    DrawnCaptcha drawn = services.captchas.make(pre_session.hash, services.clock.now());
    Response response;
    response.set("Content-Type", "image/png");
    response.set("Cache-Control", "no-store");
    response.body.assign(drawn.png.begin(), drawn.png.end());
    if (pre_session.fresh) response.set("Set-Cookie", pre_session_cookie(request, pre_session));
    co_return response;
}

}  // namespace

void add_entry_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/context", answered(services, context));
    router.add(Method::post, "/api/v1/captcha", answered(services, captcha));
    router.add(Method::get, "/login/captcha.png", answered(services, captcha_picture));
}

}  // namespace qrgate
