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

namespace qrgate {

namespace {

Outcome push_now(Services& services, const Request& request) {
    // A proxy on this machine may speak for others.
    if (!is_loopback_address(request.address)) return Refusal(Errc::not_found);
    BodyReader body = BodyReader::json(request.body);
    const std::string token = body.text("token");
    if (auto problem = body.finish(language_of(request))) return Refusal(*problem);
    if (!comes_from_us(services, request)) return Refusal(Errc::origin_refused);
    const std::optional<std::string> short_code = normal_short_code(token);
    if (!services.room.push(short_code ? *short_code : token)) return Refusal(Errc::ticket_unknown);
    return no_content();
}

asio::awaitable<Outcome> push(Services& services, Request request) {
    co_return push_now(services, request);
}

}  // namespace

void add_bench_routes(Router& router, Services& services) {
    router.add(Method::post, "/bench/push", answered(services, push));
}

}  // namespace qrgate
