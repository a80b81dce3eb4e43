// Password login of a browser: JSON from the page's script, or the form itself from pages without script.
#include "protocol/body_reader.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/captcha_check.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/metrics.hpp"
#include "server/new_session.hpp"
#include "server/page.hpp"
#include "server/password_check.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Task<Outcome> log_in(Services& services, const Request& request, PasswordAttempt attempt) {
    // A browser without a valid pre-session has no captcha either; it gets both with the refusal.
    PreSession pre_session = pre_session_or_new(services, request);
    auto person = co_await check_password_attempt(services, std::move(attempt), pre_session.hash,
                                                  device_cookie(request), trace_of(request));
    if (!person) {
        Refusal refusal = person.error();
        if (pre_session.fresh)
            refusal.headers.emplace_back("Set-Cookie", pre_session_cookie(request, pre_session));
        co_return refusal;
    }

    MadeSession made = make_browser_session(services, request, LoginMethod::password, pre_session.hash);
    auto opened = co_await services.storage.open_session(person->id, person->password_hash, made.session,
                                                         trace_of(request));
    if (!opened) {
        services.metrics.login(LoginMethod::password, info(opened.error()).code);
        if (opened.error() == Errc::session_missing) {
            // This pre-session has opened a session before; the browser needs a new one to try again.
            Request without_cookies;
            without_cookies.secure = request.secure;
            pre_session = pre_session_or_new(services, without_cookies);
        }
        Refusal refusal = with_fresh_captcha(services, opened.error(), pre_session.hash,
                                             patience_for(services.config, request));
        if (pre_session.fresh)
            refusal.headers.emplace_back("Set-Cookie", pre_session_cookie(request, pre_session));
        co_return refusal;
    }
    services.metrics.login(LoginMethod::password, "ok");
    co_await end_replaced_sessions(services, request, *opened);
    co_return logged_in(services, request, made.value, *opened);
}

Task<Outcome> password_login(Services& services, Request request) {
    BodyReader body = is_form(request) ? BodyReader::form(request.body) : BodyReader::json(request.body);
    PasswordAttempt attempt = read_password_attempt(body, is_form(request), language_of(request));
    attempt.patience = patience_for(services.config, request);
    KeptLogin kept{attempt.kind, attempt.identity_number, {}};

    Outcome outcome = Errc::origin_refused;
    if (auto problem = body.finish(language_of(request))) {
        outcome = *problem;
    } else if (comes_from_us(services, request)) {
        outcome = co_await log_in(services, request, std::move(attempt));
    }
    if (!wants_page(request)) co_return outcome;

    std::string target = redirect_target(services, request);
    if (!outcome) {
        if (target != services.config.redirect_targets.front()) kept.to = std::move(target);
        co_return login_page_with_problem(outcome.error(), language_of(request), kept);
    }
    Response onward = see_other(std::move(target));
    for (auto& [name, value] : outcome->headers) {
        if (name == "Set-Cookie") onward.headers.emplace_back(name, value);
    }
    co_return onward;
}

}  // namespace

void add_password_login_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/login/password",
               answered(services, password_login, BodyType::json_or_form),
               refused_while_full(services, true));
}

}  // namespace qrgate
