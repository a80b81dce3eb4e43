// The demo's doors: who the people are, what a captcha says, which texts were sent, and moving the clock.
// App adds these routes only in demo mode, which a loopback origin alone can have.
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/captcha.hpp"
#include "server/clock.hpp"
#include "server/codes.hpp"
#include "server/config.hpp"
#include "server/content_security_policy.hpp"
#include "server/demo_people.hpp"
#include "server/handlers/handlers.hpp"
#include "server/page.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/sms/sms_sender.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::int64_t longest_advance = 366L * 86'400;

Task<Outcome> demo_page(Services& services, Request request) {
    std::string_view ours = services.config.public_origin;
    if (request.header("host") != ours.substr(ours.find("://") + 3)) {
        co_return see_other(std::string(ours) + request.path);
    }
    Outcome shown = page(request, "demo");
    // PC and phone are frames of this page; nothing else may be framed, and only by ourselves.
    if (shown)
        shown->set("Content-Security-Policy",
                   content_security_policy("frame-src 'self'; frame-ancestors 'self'"));
    co_return shown;
}

Task<Outcome> people(Services&, Request) {
    boost::json::array rows;
    for (const DemoPerson& person : demo_people()) {
        rows.push_back(boost::json::object{{"key", person.key},
                                           {"kind", name_of(person.kind)},
                                           {"identity_number", person.identity_number},
                                           {"name", person.name},
                                           {"phone", person.phone},
                                           {"password", person.password},
                                           {"level", person.level},
                                           {"shows", person.shows}});
    }
    co_return json_response(200, std::move(rows));
}

Task<Outcome> captcha_answer(Services& services, Request request) {
    const std::string& id = request.path_values.at(0);
    std::optional<std::string> answer = services.captchas.answer_of(id);
    auto spoken = services.captchas.spoken(id, services.clock.now());
    if (!answer || !spoken) co_return Errc::not_found;
    co_return json_response(200, {{"answer", *answer}, {"digits", spoken->digits}});
}

// For pages without script, which know no id: the newest of the browser that asks.
Task<Outcome> newest_captcha_answer(Services& services, Request request) {
    std::optional<PreSession> pre_session = pre_session_of(services, request);
    if (!pre_session) co_return Errc::not_found;
    request.path_values = {services.captchas.newest_id_of(pre_session->hash)};
    co_return co_await captcha_answer(services, std::move(request));
}

// The outbox and the clock are the demo's own, not services of the product: they come with the route.
Task<Response> outbox(SmsOutbox& texts, Request request) {
    boost::json::array rows;
    for (const SmsText& text : texts.sent_to(request.query_value("phone").value_or(""))) {
        rows.push_back(
            boost::json::object{{"to", text.to}, {"text", text.text}, {"at", format_time(text.at)}});
    }
    co_return json_response(200, std::move(rows));
}

Task<Response> advance(Services& services, MovableClock& clock, Request request) {
    Language language = language_of(request);
    if (!comes_from_us(services, request)) co_return refusal_response(Errc::origin_refused, language);
    BodyReader body = BodyReader::json(request.body);
    std::int64_t seconds = body.integer("advance_s", 0, longest_advance);
    if (auto problem = body.finish(language_of(request))) co_return refusal_response(*problem, language);
    clock.advance(std::chrono::seconds(seconds));
    co_return json_response(200, {{"server_time", format_time(clock.now())}});
}

}  // namespace

void add_demo_routes(Router& router, Services& services, SmsOutbox& texts, MovableClock& clock) {
    router.add(Method::get, "/demo", answered(services, demo_page));
    router.add(Method::get, "/demo/people", answered(services, people));
    router.add(Method::get, "/demo/captcha/newest", answered(services, newest_captcha_answer));
    router.add(Method::get, "/demo/captcha/{id}", answered(services, captcha_answer));
    router.add(Method::get, "/demo/sms",
               [&texts](Request request) { return outbox(texts, std::move(request)); });
    router.add(Method::post, "/demo/clock",
               [&services, &clock](Request request) { return advance(services, clock, std::move(request)); });
}

}  // namespace qrgate
