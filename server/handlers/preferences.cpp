// Display choices that follow the account: large text, contrast, language. For browsers and phones.
#include "protocol/body_reader.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/handlers/handlers.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Preferences read_preferences(BodyReader& body, Language language) {
    Preferences wish;
    wish.easy = body.boolean("easy");
    wish.contrast = body.boolean("contrast");
    wish.language = body.text("language", 8);
    if (body.ok() && !wish.language.empty() && wish.language != "zh" && wish.language != "en")
        body.fault("language", language == Language::zh ? "应为 zh、en 或空。" : "Must be zh, en or empty.");
    return wish;
}

Task<Outcome> preferences_of(Services& services, std::string person_id) {
    auto stored = co_await services.storage.preferences(std::move(person_id));
    if (!stored) co_return stored.error();
    const Preferences chosen = stored->value_or(Preferences());
    co_return json_response(200, {{"easy", chosen.easy},
                                  {"contrast", chosen.contrast},
                                  {"language", chosen.language},
                                  {"chosen", stored->has_value()}});
}

Task<Outcome> store(Services& services, std::string person_id, Preferences wish) {
    auto stored = co_await services.storage.set_preferences(std::move(person_id), std::move(wish),
                                                            services.clock.now());
    if (!stored) co_return stored.error();
    co_return no_content();
}

Task<Outcome> show(Services& services, Request request) {
    std::string cookies(request.header("cookie"));
    auto session = co_await browser_session(services, std::move(cookies), request.secure);
    if (!session) co_return session.error();
    co_return co_await preferences_of(services, session->person_id);
}

Task<Outcome> choose(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Preferences wish = read_preferences(body, language_of(request));
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    std::string cookies(request.header("cookie"));
    auto session = co_await browser_session(services, std::move(cookies), request.secure);
    if (!session) co_return session.error();
    co_return co_await store(services, session->person_id, std::move(wish));
}

Task<Outcome> show_on_phone(Services& services, Request request) {
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    co_return co_await preferences_of(services, phone->person_id);
}

Task<Outcome> choose_on_phone(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Preferences wish = read_preferences(body, language_of(request));
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    co_return co_await store(services, phone->person_id, std::move(wish));
}

}  // namespace

void add_preference_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/preferences", answered(services, show));
    router.add(Method::put, "/api/v1/preferences", answered(services, choose));
    router.add(Method::get, "/api/v1/phone/preferences", answered(services, show_on_phone));
    router.add(Method::put, "/api/v1/phone/preferences", answered(services, choose_on_phone));
}

}  // namespace qrgate
