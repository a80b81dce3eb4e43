// What every page asks first: the context (methods, policy, time). Hands out a pre-session.
#include <boost/json/array.hpp>

#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/sms_code.hpp"
#include "server/version.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Task<Outcome> context(Services& services, Request request) {
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

}  // namespace

void add_entry_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/context", answered(services, context));
}

}  // namespace qrgate
