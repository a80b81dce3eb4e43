// The phone's half of a QR login: scan, confirm, deny, and what became of it. docs/protocol.md section 5.
// Identity comes only from the phone's own session; rights are checked again by storage inside each
// statement.
#include "protocol/body_reader.hpp"
#include "protocol/levels.hpp"
#include "protocol/signed_text.hpp"
#include "protocol/token.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/certificate_authority.hpp"
#include "server/clock.hpp"
#include "server/codes.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/keys.hpp"
#include "server/login_signature.hpp"
#include "server/metrics.hpp"
#include "server/qr_risk.hpp"
#include "server/router.hpp"
#include "server/scan_claim.hpp"
#include "server/services.hpp"
#include "server/signature_checker.hpp"
#include "server/ticket_watch.hpp"
#include "server/waiting_room.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_signature = 160;
constexpr std::chrono::seconds longest_wait{25};
constexpr int typed_code_digits = 4;

boost::json::object scan_body(const Ticket& ticket) {
    boost::json::object browser;
    browser["family"] = ticket.browser.family;
    browser["os"] = ticket.browser.os;
    browser["address"] = ticket.browser.address;
    browser["place"] = ticket.browser.place;
    browser["started_at"] = format_time(ticket.browser.started_at);
    boost::json::object body;
    body["ticket"] = ticket.token;
    body["certificate"] = ticket.certificate;
    body["browser"] = std::move(browser);
    body["origin"] = ticket.origin;
    body["expires_at"] = format_time(ticket.signing_expires_at);
    body["text"] = signed_text(signed_login(ticket));
    return body;
}

// Times that a person must meet are longer for those who asked for it, never the checks weaker.
std::chrono::seconds for_person(const Services& services, std::chrono::seconds time, bool easy) {
    return time * services.config.time_factor * (easy ? services.config.easy_factor : 1);
}

NewScan new_scan(Services& services, const WaitingRoom::Waiting& waiting, const Session& phone) {
    NewScan scan;
    scan.token = waiting.token;
    scan.token_hash = sha256(as_bytes(waiting.token));
    scan.pre_session_hash = waiting.pre_session_hash;
    scan.person_id = phone.person_id;
    scan.phone_session_id = phone.id;
    auto nonce = services.random.bytes<32>();
    scan.nonce = base64url(nonce);
    scan.browser = waiting.browser;
    scan.origin = services.config.public_origin;
    scan.scanned_at = services.clock.now();
    scan.expires_at = scan.scanned_at + for_person(services, services.config.confirm_time, waiting.easy);
    scan.easy = waiting.easy;
    return scan;
}

// A final state seen by a phone that comes too late.
Errc over(TicketState state) {
    return state == TicketState::expired ? Errc::ticket_expired : Errc::ticket_state;
}

// What is scanned, by whom, with which certificate (none: the newest). `request` outlives it.
struct Scan {
    const Request& request;
    Session phone;
    std::optional<std::string> certificate;
    bool in_audit = false;  // storage was asked to scan, and writes its row whatever it answers
};

// none: the scan goes on. What a phone shows itself is flagged or refused, as configured.
Task<std::optional<Errc>> look_at_devices(Services& services, const BrowserContext& browser,
                                          const Scan& scan) {
    const SameDevicePolicy policy = services.config.same_device;
    if (policy == SameDevicePolicy::allow || !is_same_device(browser, scan.request)) co_return std::nullopt;
    if (policy == SameDevicePolicy::refuse) co_return Errc::same_device;
    AuditEvent event;
    event.event = "same_device";
    event.outcome = "flagged";
    event.person_id = scan.phone.person_id;
    event.method = name_of(LoginMethod::qr);
    event.at = services.clock.now();
    auto noted = co_await services.storage.record(std::move(event), trace_of(scan.request));
    if (!noted) co_return noted.error();
    co_return std::nullopt;
}

Response scanned_answer(const Services& services, const Ticket& ticket, const Scan& scan) {
    boost::json::object body = scan_body(ticket);
    if (services.config.same_device != SameDevicePolicy::allow &&
        is_same_device(ticket.browser, scan.request))
        body["same_device"] = true;
    return json_response(200, body);
}

// The ticket has a row already: its scanner may scan again, nobody else may.
Task<Outcome> scan_again(Services& services, Ticket ticket, Scan& scan) {
    if (is_final(ticket.life.state)) co_return over(ticket.life.state);
    if (ticket.person_id != scan.phone.person_id) co_return Errc::ticket_taken;
    if (ticket.life.state != TicketState::scanned) co_return Errc::ticket_state;
    if (services.clock.now() >= ticket.life.deadline) co_return Errc::ticket_expired;
    WaitingRoom::Waiting waiting{ticket.token, ticket.pre_session_hash, ticket.browser, ticket.easy};
    NewScan row = new_scan(services, waiting, scan.phone);
    // Without a wish the certificate stays the one whose text was shown.
    row.certificate = scan.certificate ? scan.certificate : std::optional(ticket.certificate);
    scan.in_audit = true;
    auto scanned = co_await services.storage.scan_ticket(std::move(row), trace_of(scan.request));
    if (!scanned) co_return scanned.error();
    services.signatures.scanned_tickets().keep(*scanned);
    co_return scanned_answer(services, *scanned, scan);
}

Task<Outcome> scan_first(Services& services, ScanClaim claim, Scan& scan) {
    const BrowserContext& browser = claim.waiting().browser;
    if (auto wait = denial_wait(services, browser.address)) co_return too_many(*wait);
    if (auto refused = co_await look_at_devices(services, browser, scan)) co_return *refused;
    NewScan row = new_scan(services, claim.waiting(), scan.phone);
    row.certificate = scan.certificate;
    scan.in_audit = true;
    auto scanned = co_await services.storage.scan_ticket(std::move(row), trace_of(scan.request));
    if (!scanned) co_return scanned.error();
    claim.keep();
    services.signatures.scanned_tickets().keep(*scanned);
    services.metrics.ticket("scan");
    services.room.scanned(*scanned);
    co_return scanned_answer(services, *scanned, scan);
}

// Who holds the claim of a waiting seat is its first scanner, and nothing need be read: should there be a row
// after all (of a scan whose outcome was in doubt), the statement that inserts takes it into account.
Task<Outcome> scan_named(Services& services, std::string token, Scan& scan) {
    // Not even for a moment: who may not confirm claims nothing.
    const bool may_confirm = scan.phone.person_level >= needed_level(LoginMethod::qr);
    std::optional<Errc> no_claim;
    if (may_confirm) {
        auto claim = ScanClaim::of(services.room, token);
        if (claim) co_return co_await scan_first(services, std::move(*claim), scan);
        no_claim = claim.error();
    }
    auto known = co_await services.storage.find_ticket(sha256(as_bytes(token)));
    if (!known) co_return known.error();
    if (*known) co_return co_await scan_again(services, std::move(**known), scan);
    co_return no_claim.value_or(Errc::level_too_low);
}

// For whoever asks later why this phone did not get in (`qrgate why`). Best effort: it changes no answer.
Task<void> note_refused_scan(Services& services, Refusal refusal, std::string person_id, Trace trace) {
    AuditEvent event;
    const bool used = refusal.problem.errc == Errc::ticket_state;
    event.event = used ? "authn_token_reuse" : "authz_fail";
    event.outcome = info(refusal.problem.errc).code;
    event.person_id = std::move(person_id);
    event.method = name_of(LoginMethod::qr);
    event.at = services.clock.now();
    co_await services.storage.record(std::move(event), std::move(trace));
}

// The token a path names: a token of ours, or what a short code stands for.
Task<boost::system::result<std::string, Refusal>> named_token(Services& services, std::string path_value,
                                                              std::string person_id) {
    if (check_token(services.keys.tokens, path_value)) co_return path_value;
    std::optional<std::string> short_code = normal_short_code(path_value);
    if (!short_code) co_return Refusal(Errc::ticket_unknown);
    if (auto token = services.room.token_of(*short_code)) co_return *token;
    BudgetRequest misses(services);
    misses.of(Budget::short_code_misses, person_id);
    if (auto refusal = co_await misses.spend()) co_return *refusal;
    co_return Refusal(Errc::ticket_unknown);
}

Task<Outcome> scan(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    std::optional<std::string> certificate = body.optional_text("certificate", 64);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    BudgetRequest budgets(services);
    budgets.of(Budget::scan_of_person, phone->person_id);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;

    auto token = co_await named_token(services, request.path_values.at(0), phone->person_id);
    if (!token) co_return token.error();
    Scan named{request, *phone, certificate};
    Outcome outcome = co_await scan_named(services, *token, named);
    const bool refused = !outcome && info(outcome.error().problem.errc).status != 503;
    if (refused && !named.in_audit)
        co_await note_refused_scan(services, outcome.error(), phone->person_id, trace_of(request));
    co_return outcome;
}

// The ticket of this path, if this phone scanned it. Found by its hash alone, whatever the token's expiry or
// key.
Task<Result<Ticket>> scanned_ticket(Services& services, std::string token, Session phone) {
    auto found = co_await services.storage.find_ticket(sha256(as_bytes(token)));
    if (!found) co_return found.error();
    if (!*found) {
        bool ours = check_token(services.keys.tokens, token).has_value();
        co_return ours ? Errc::ticket_state : Errc::ticket_unknown;
    }
    if ((*found)->person_id != phone.person_id || (*found)->phone_session_id != phone.id)
        co_return Errc::ticket_unknown;
    co_return std::move(**found);
}

// May it still be confirmed or denied? The pure machine says; storage checks again.
Result<void> still(const Ticket& ticket, TicketEvent event, WallTime now) {
    if (is_final(ticket.life.state)) return over(ticket.life.state);
    auto next = apply(ticket.life, event, TicketActor::scanner, now);
    if (!next) return next.error();
    return {};
}

// A wrong signature counts; the fifth kills the ticket, and the browser shows another code.
Task<Outcome> wrong_signature(Services& services, Ticket ticket, Trace trace) {
    auto counted = co_await services.storage.count_wrong_signature(ticket.token_hash, ticket.person_id,
                                                                   services.clock.now(), std::move(trace));
    if (!counted) co_return counted.error();
    if (counted->life.state == TicketState::dead) {
        services.metrics.ticket("dead");
        services.watch.changed(ticket.token_hash);
        services.room.denied(*counted);
    }
    co_return Errc::signature_wrong;
}

Task<Outcome> confirmed(Services& services, Ticket ticket, Bytes signature, Bytes chain,
                        std::optional<std::string> code, Trace trace) {
    const Config& config = services.config;
    Confirmation confirmation;
    confirmation.token_hash = ticket.token_hash;
    confirmation.person_id = ticket.person_id;
    confirmation.phone_session_id = ticket.phone_session_id;
    confirmation.certificate = ticket.certificate;
    confirmation.nonce = ticket.nonce;
    confirmation.text = signed_text(signed_login(ticket));
    confirmation.signature = std::move(signature);
    confirmation.chain = std::move(chain);
    confirmation.at = services.clock.now();
    std::chrono::seconds redeem_time = code ? config.redeem_time_with_code : config.redeem_time;
    confirmation.redeem_until = confirmation.at + for_person(services, redeem_time, ticket.easy);
    if (code) confirmation.code_hash = hash_code(services.keys.typed_codes, ticket.pre_session_hash, *code);

    auto done = co_await services.storage.confirm_ticket(std::move(confirmation), std::move(trace));
    if (!done) co_return done.error();
    auto committed = std::chrono::steady_clock::now();
    services.room.confirmed(*done);
    services.metrics.confirm_to_push(std::chrono::steady_clock::now() - committed);
    services.watch.changed(done->token_hash);
    services.metrics.ticket("confirm");
    count_confirmation(services, *done);
    if (code) co_return json_response(200, {{"code", *code}});
    co_return no_content();
}

// signature_wrong is not counted yet. `request` is the handler's own.
Task<Outcome> confirm_signed(Services& services, Ticket ticket, std::string certificate, Bytes signature,
                             const Request& request) {
    auto issuer = co_await signature_fits(services, ticket, std::move(certificate), signature);
    if (!issuer) co_return issuer.error();
    if (!*issuer) co_return Errc::signature_wrong;
    std::optional<std::string> code;
    if (needs_typed_code(services, ticket.browser, request.address))
        code = random_digits(services.random, typed_code_digits);
    const Bytes* chain = services.authority.certificate_of(**issuer);
    co_return co_await confirmed(services, std::move(ticket), std::move(signature),
                                 chain ? *chain : services.authority.certificate(), std::move(code),
                                 trace_of(request));
}

// What this phone scanned here a moment ago, nothing read. The statement that confirms decides by the row.
std::optional<Ticket> kept_ticket(Services& services, std::string_view token, const Session& phone) {
    auto kept = services.signatures.scanned_tickets().find(sha256(as_bytes(token)));
    if (!kept || kept->person_id != phone.person_id || kept->phone_session_id != phone.id ||
        !still(*kept, TicketEvent::confirm, services.clock.now()))
        return std::nullopt;
    return kept;
}

// Refusals that the ticket as it is now may turn out otherwise, or name otherwise.
bool may_be_due_to_keeping(Errc errc) {
    return errc == Errc::signature_wrong || errc == Errc::certificate_unusable ||
           errc == Errc::ticket_unknown || errc == Errc::ticket_state || errc == Errc::conflict;
}

Task<Outcome> confirm(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    std::string certificate = body.text("certificate", 64);
    Bytes signature = body.octets("signature", 0, longest_signature);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();

    const std::string& token = request.path_values.at(0);
    if (auto kept = kept_ticket(services, token, *phone)) {
        Outcome outcome = co_await confirm_signed(services, *kept, certificate, signature, request);
        services.signatures.scanned_tickets().forget(kept->token_hash);
        if (outcome || !may_be_due_to_keeping(outcome.error().problem.errc)) co_return outcome;
    }
    auto ticket = co_await scanned_ticket(services, token, *phone);
    if (!ticket) co_return ticket.error();
    auto possible = still(*ticket, TicketEvent::confirm, services.clock.now());
    if (!possible) co_return possible.error();
    Outcome outcome = co_await confirm_signed(services, *ticket, certificate, signature, request);
    if (outcome || outcome.error().problem.errc != Errc::signature_wrong) co_return outcome;
    co_return co_await wrong_signature(services, *ticket, trace_of(request));
}

Task<Outcome> deny(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto ticket = co_await scanned_ticket(services, request.path_values.at(0), *phone);
    if (!ticket) co_return ticket.error();
    auto possible = still(*ticket, TicketEvent::deny, services.clock.now());
    if (!possible) co_return possible.error();
    auto denied = co_await services.storage.deny_ticket(ticket->token_hash, phone->person_id, phone->id,
                                                        services.clock.now(), trace_of(request));
    if (!denied) co_return denied.error();
    services.metrics.ticket("deny");
    count_denial(services, *denied);
    services.watch.changed(denied->token_hash);
    services.room.denied(*denied);
    co_return no_content();
}

std::chrono::seconds asked_wait(const Request& request) {
    std::optional<std::string> wait = request.query_value("wait");
    if (!wait || !is_digits(*wait, wait->size()) || wait->empty() || wait->size() > 3)
        return std::chrono::seconds(0);
    return std::min(std::chrono::seconds(std::stoi(*wait)), longest_wait);
}

Task<Outcome> became(Services& services, Request request) {
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto ticket = co_await scanned_ticket(services, request.path_values.at(0), *phone);
    if (!ticket) co_return ticket.error();
    std::chrono::seconds wait = asked_wait(request);
    if (!is_final(ticket->life.state) && wait.count() > 0) {
        co_await services.watch.wait(ticket->token_hash, wait);
        ticket = co_await scanned_ticket(services, request.path_values.at(0), *phone);
        if (!ticket) co_return ticket.error();
    }
    TicketState state = ticket->life.state;
    if (!is_final(state) && services.clock.now() >= ticket->life.deadline) state = TicketState::expired;
    boost::json::object answer;
    answer["state"] = name_of(state);
    if (ticket->session_id) answer["session"] = boost::json::object{{"id", *ticket->session_id}};
    co_return json_response(200, answer);
}

}  // namespace

void add_qr_phone_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/phone/tickets/{token}/scan", answered(services, scan));
    router.add(Method::post, "/api/v1/phone/tickets/{token}/confirm", answered(services, confirm));
    router.add(Method::post, "/api/v1/phone/tickets/{token}/deny", answered(services, deny));
    router.add(Method::get, "/api/v1/phone/tickets/{token}", answered(services, became));
}

}  // namespace qrgate
