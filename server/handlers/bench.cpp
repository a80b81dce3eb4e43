// The load test's door: pushes to one waiting browser, so that a bare push can be measured from outside. App
// adds it only with `serve --bench`, which listens on loopback alone.
#include "protocol/body_reader.hpp"
#include "protocol/token.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/client_address.hpp"
#include "server/handlers/handlers.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/waiting_room.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

bool push_to(Services& services, const std::string& token) {
    const std::optional<std::string> short_code = normal_short_code(token);
    return services.room.push(short_code ? *short_code : token);
}

Task<Outcome> push(Services& services, Request request) {
    // A proxy on this machine may speak for others.
    if (!is_loopback_address(request.address)) co_return Errc::not_found;
    BodyReader body = BodyReader::json(request.body);
    const std::string token = body.text("token");
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    if (!push_to(services, token)) co_return Errc::ticket_unknown;
    co_return no_content();
}

// Nothing but the good answer; whatever is to be refused goes the long way.
bool push_at_once(Services& services, const RequestView& request, Response& response) {
    if (request.header("content-type") != "application/json" || !is_loopback_address(request.address) ||
        !comes_from_us(services, request))
        return false;
    BodyReader body = BodyReader::json(request.body);
    const std::string token = body.text("token");
    if (body.finish() || !push_to(services, token)) return false;
    response.status = 204;
    return true;
}

}  // namespace

void add_bench_routes(Router& router, Services& services) {
    router.add(Method::post, "/bench/push", answered(services, push),
               [&services](const RequestView& request, Response& response) {
                   return push_at_once(services, request, response);
               });
}

}  // namespace qrgate
