// Waiting without a WebSocket, for networks that break them: Server-Sent Events and the long poll, over the
// same seats and with the same messages (docs/protocol.md sections 3 and 4).
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "protocol/origin.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/config.hpp"
#include "server/event_stream.hpp"
#include "server/handlers/handlers.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/transport.hpp"
#include "server/waiting_room.hpp"
#include "server/waiting_visitor.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds longest_poll{25};

// A browser sends no Origin with a GET of its own page; a foreign page's request says so, or has no cookie
// (SameSite).
bool comes_from_elsewhere(const Services& services, const Request& request) {
    std::string_view origin = request.header("origin");
    std::string_view referer = request.header("referer");
    if (request.header("sec-fetch-site") == "cross-site") return true;
    return (!origin.empty() || !referer.empty()) &&
           !is_our_origin(services.config.public_origin, origin, referer);
}

Task<Outcome> events(Services& services, Request request) {
    std::optional<PreSession> pre_session = pre_session_of(services, request);
    if (comes_from_elsewhere(services, request) || !pre_session) co_return Errc::origin_refused;
    std::string_view last = request.header("last-event-id");
    bool told = last == closed_event_id || (!last.empty() && services.room.has_ended(pre_session->hash));
    if (told) co_return no_content();
    auto admitted = co_await admit_visitor(services, request, *pre_session);
    if (!admitted) co_return admitted.error();

    Response response;
    response.set("Content-Type", "text/event-stream; charset=utf-8");
    response.set("X-Accel-Buffering", "no");  // nginx would keep the events back
    response.take_over = [&services, who = std::move(*admitted)](std::unique_ptr<Transport> transport,
                                                                 const std::string& early_octets) {
        if (!early_octets.empty()) return;
        services.room.seat_stream(std::move(transport), who.visitor, who.open_ticket);
    };
    co_return response;
}

Task<Outcome> poll(Services& services, Request request) {
    std::optional<PollCursor> after;
    if (auto asked = request.query_value("after")) {
        after = parse_poll_cursor(*asked);
        if (!after)
            co_return Problem(Errc::bad_request, {{"after", "SEQ, or the cursor of the last answer."}});
    }
    std::optional<PreSession> pre_session = pre_session_of(services, request);
    if (comes_from_elsewhere(services, request) || !pre_session) co_return Errc::origin_refused;
    if (after && services.room.has_ended(pre_session->hash)) co_return no_content();
    auto admitted = co_await admit_visitor(services, request, *pre_session);
    if (!admitted) co_return admitted.error();

    auto polled = co_await services.room.poll(admitted->visitor, admitted->open_ticket, after, longest_poll);
    boost::json::array messages;
    for (const std::string& message : polled.messages)
        messages.push_back(boost::json::parse(message));
    boost::json::object body{{"messages", std::move(messages)}};
    if (!polled.cursor.empty()) body["cursor"] = polled.cursor;
    co_return json_response(200, body);
}

}  // namespace

void add_qr_stream_routes(Router& router, Services& services) {
    router.add(Method::get, "/api/v1/qr/events", answered(services, events));
    router.add(Method::get, "/api/v1/qr/poll", answered(services, poll));
}

}  // namespace qrgate
