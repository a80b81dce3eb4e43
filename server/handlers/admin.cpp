// The admin listener's three answers: alive, ready, and what was counted.
#include <boost/json/array.hpp>

#include "server/answers.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/metrics.hpp"
#include "server/readiness.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Task<Outcome> health(Services& services, Request) {
    (void)services;
    co_return json_response(200, boost::json::object{{"status", "ok"}});
}

Task<Outcome> metrics(Services& services, Request) {
    Response response;
    response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = services.metrics.text();
    co_return response;
}

Task<Response> ready(Readiness& readiness) {
    std::vector<std::string> reasons = co_await readiness.reasons_against();
    boost::json::array shown;
    for (const std::string& reason : reasons)
        shown.push_back(boost::json::string(reason));
    co_return json_response(reasons.empty() ? 200 : 503,
                            boost::json::object{{"ready", reasons.empty()}, {"reasons", std::move(shown)}});
}

}  // namespace

void add_admin_routes(Router& router, Services& services, Readiness& readiness) {
    router.add(Method::get, "/healthz", answered(services, health));
    router.add(Method::get, "/metrics", answered(services, metrics));
    router.add(Method::get, "/readyz", [&readiness](Request) { return ready(readiness); });
}

}  // namespace qrgate
