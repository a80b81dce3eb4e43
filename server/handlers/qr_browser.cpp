// The waiting browser: the WebSocket that seats it, "not me, another code", and taking the session after the
// phone confirmed. Nothing here names a ticket: it is always the one of the caller's pre-session.
#include "protocol/body_reader.hpp"
#include "protocol/cookie.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/codes.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/keys.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/new_session.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/ticket_watch.hpp"
#include "server/transport.hpp"
#include "server/waiting_room.hpp"
#include "server/waiting_visitor.hpp"
#include "server/websocket_upgrade.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Task<Outcome> wait(Services& services, Request request) {
    auto accepted = websocket_upgrade(request);
    if (!accepted) co_return accepted.error();
    // No Referer and no absence here: only a page of ours opens this socket (cross-site WebSocket hijacking).
    std::optional<PreSession> pre_session = pre_session_of(services, request);
    if (request.header("origin").empty() || !comes_from_us(services, request) || !pre_session) {
        co_return Errc::origin_refused;
    }
    auto admitted = co_await admit_visitor(services, request, *pre_session);
    if (!admitted) co_return admitted.error();

    Response response = std::move(*accepted);
    response.take_over = [&services, who = std::move(*admitted)](std::unique_ptr<Transport> transport,
                                                                 const std::string& early_octets) {
        // A client that talks before it has our answer breaks the protocol; its connection is dropped.
        if (!early_octets.empty()) return;
        services.room.seat(std::move(transport), who.visitor, who.open_ticket);
    };
    co_return response;
}

Task<Outcome> cancel(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    std::optional<PreSession> pre_session = pre_session_of(services, request);
    if (!comes_from_us(services, request) || !pre_session) co_return Errc::origin_refused;
    auto cancelled =
        co_await services.storage.cancel_ticket(pre_session->hash, services.clock.now(), trace_of(request));
    if (!cancelled) co_return cancelled.error();
    if (*cancelled) {
        services.metrics.ticket("cancel");
        services.watch.changed((*cancelled)->token_hash);
        services.room.cancelled(**cancelled);
    } else {
        services.room.fresh_code(pre_session->hash);
    }
    co_return no_content();
}

// The third wrong code ended the ticket: its phone hears of it and its browser is shown another code.
Task<void> tell_if_dead(Services& services, Digest token_hash) {
    auto ticket = co_await services.storage.find_ticket(token_hash);
    if (!ticket || !*ticket || (*ticket)->life.state != TicketState::dead) co_return;
    services.metrics.ticket("dead");
    services.watch.changed(token_hash);
    services.room.cancelled(**ticket);
}

Task<Outcome> redeem(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    std::optional<std::string> code = body.optional_text("code", 16);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    std::optional<PreSession> pre_session = pre_session_of(services, request);
    if (!pre_session) co_return Errc::ticket_unknown;

    // Which ticket a wrong code may kill; afterwards nothing leads from the pre-session to it.
    std::optional<Ticket> open;
    if (services.config.typed_code != TypedCodePolicy::off) {
        auto known = co_await services.storage.resume(pre_session->hash, services.clock.now());
        if (known) open = std::move(known->open_ticket);
    }
    MadeSession made = make_browser_session(services, request, LoginMethod::qr, pre_session->hash);
    Redemption redemption;
    redemption.pre_session_hash = pre_session->hash;
    if (code) redemption.code_hash = hash_code(services.keys.typed_codes, pre_session->hash, *code);
    redemption.session = made.session;
    redemption.at = services.clock.now();
    auto opened = co_await services.storage.redeem_ticket(std::move(redemption), trace_of(request));
    if (!opened) {
        services.metrics.login(LoginMethod::qr, info(opened.error()).code);
        if (opened.error() == Errc::code_wrong && open) co_await tell_if_dead(services, open->token_hash);
        co_return opened.error();
    }
    services.metrics.login(LoginMethod::qr, "ok");
    services.metrics.ticket("redeem");
    services.watch.changed(opened->ticket.token_hash);
    services.room.redeemed(opened->ticket);
    co_await end_replaced_sessions(services, request, opened->session);
    co_return logged_in(services, request, made.value, opened->session);
}

}  // namespace

void add_qr_browser_routes(Router& router, Services& services) {
    router.add(Method::get, "/ws/qr", answered(services, wait));
    router.add(Method::post, "/api/v1/qr/cancel", answered(services, cancel));
    router.add(Method::post, "/api/v1/qr/redeem", answered(services, redeem));
}

}  // namespace qrgate
