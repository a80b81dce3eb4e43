#include "tests/simulation/invariants.hpp"

#include <map>
#include <set>

#include "tests/simulation/world.hpp"

namespace qrgate::tests::simulation {

namespace {

using Found = std::vector<Broken>;

// Tickets that can still move, and all that ended before.
using Tickets = std::map<std::string, Ticket>;

Tickets tickets_of(World& world) {
    Tickets all = world.record.settled;
    for (const std::string& token : world.record.scanned) {
        if (all.contains(token)) continue;
        const auto ticket = world.stored(world.storage.find_ticket(sha256(as_bytes(token))));
        if (!ticket) continue;
        all.emplace(token, *ticket);
        if (is_final(ticket->life.state)) world.record.settled.emplace(token, *ticket);
    }
    return all;
}

void take_down_sessions(World& world) {
    for (const Someone* who : world.people())
        for (const Session& session :
             world.stored(world.storage.list_sessions(who->id, SessionKind::browser, world.clock.now())))
            if (session.method == LoginMethod::qr) world.record.qr_sessions.emplace(session.id, session);
}

void one_session_a_ticket(const World& world, const Tickets& tickets, Found& found) {
    constexpr std::string_view rule = "A ticket gives at most one session.";
    std::map<std::string, int> tickets_of_session;
    for (const auto& [token, ticket] : tickets) {
        if (ticket.session_id.has_value() != (ticket.life.state == TicketState::redeemed))
            found.push_back({rule, "a session without a redeem, or the other way round: " + token});
        if (ticket.session_id) ++tickets_of_session[*ticket.session_id];
    }
    for (const auto& [id, session] : world.record.qr_sessions)
        if (tickets_of_session[id] != 1)
            found.push_back(
                {rule, "session " + id + " is of " + std::to_string(tickets_of_session[id]) + " tickets"});
    std::set<Digest> values;
    for (const Given& given : world.record.given)
        if (!values.insert(given.session_hash).second) found.push_back({rule, "one session was given twice"});
    std::map<Digest, int> redeemed_of;
    for (const auto& [token, ticket] : tickets)
        if (ticket.session_id) ++redeemed_of[ticket.pre_session_hash];
    std::map<Digest, int> given_to;
    for (const Given& given : world.record.given)
        if (++given_to[given.pre_session] > redeemed_of[given.pre_session])
            found.push_back(
                {rule, "browser " + std::to_string(given.browser) + " got more sessions than tickets"});
}

void only_to_its_browser(const World& world, const Tickets& tickets, Found& found) {
    constexpr std::string_view rule = "A ticket's session goes only to the browser that opened the ticket.";
    for (const auto& [token, ticket] : tickets) {
        const auto shown = world.record.shown.find(token);
        if (shown == world.record.shown.end() || ticket.pre_session_hash != shown->second.pre_session)
            found.push_back({rule, "the ticket " + token + " is of another browser"});
    }
}

void only_of_who_signed(World& world, const Tickets& tickets, Found& found) {
    constexpr std::string_view rule = "A ticket's session is only of the person who signed.";
    for (const auto& [token, ticket] : tickets) {
        const TicketState state = ticket.life.state;
        if (state != TicketState::confirmed && state != TicketState::redeemed) continue;
        const auto& signers = world.record.signed_by[token];
        if (!signers.contains(ticket.person_id))
            found.push_back(
                {rule, std::string(name_of(state)) + " though its scanner never signed: " + token});
        if (!ticket.session_id) continue;
        const auto session = world.record.qr_sessions.find(*ticket.session_id);
        if (session != world.record.qr_sessions.end() && !signers.contains(session->second.person_id))
            found.push_back({rule, "the session of " + token + " is another person's"});
    }
    for (const Given& given : world.record.given) {
        bool signed_one = false;
        for (const auto& [token, ticket] : tickets)
            signed_one |= ticket.session_id && ticket.pre_session_hash == given.pre_session &&
                          ticket.person_id == given.person_id;
        if (!signed_one)
            found.push_back(
                {rule, "browser " + std::to_string(given.browser) + " got a session of " + given.person_id});
    }
}

void one_open_ticket_a_browser(World& world, const Tickets& tickets, Found& found) {
    constexpr std::string_view rule = "A browser has at most one open ticket.";
    std::map<Digest, int> open;
    for (const auto& [token, ticket] : tickets)
        if (!is_final(ticket.life.state) && world.clock.now() < ticket.life.deadline)
            if (++open[ticket.pre_session_hash] > 1) found.push_back({rule, "also " + token});
}

void final_is_final(World& world, Found& found) {
    constexpr std::string_view rule = "A ticket that ended stays as it ended.";
    for (const auto& [token, was] : world.record.settled) {
        const auto is = world.stored(world.storage.find_ticket(was.token_hash));
        if (is && (is->life.state != was.life.state || is->session_id != was.session_id))
            found.push_back({rule, token + " was " + std::string(name_of(was.life.state)) + " and is " +
                                       std::string(name_of(is->life.state))});
    }
}

// Of the ends that storage knows, how often each was told to a browser.
struct Ends {
    int refused = 0;  // denied, or dead by wrong signatures
    int redeemed = 0;
};

void ends_told_once(World& world, const Tickets& tickets, Found& found) {
    constexpr std::string_view rule = "Every seat ends with exactly one final message or close.";
    std::map<Digest, Ends> are;
    for (const auto& [token, ticket] : tickets) {
        const TicketState state = ticket.life.state;
        are[ticket.pre_session_hash].refused += state == TicketState::denied || state == TicketState::dead;
        are[ticket.pre_session_hash].redeemed += state == TicketState::redeemed;
    }
    std::map<Digest, Ends> told;
    for (const Connection& connection : world.record.connections) {
        const std::string who = "browser " + std::to_string(connection.browser);
        Ends& of = told[connection.pre_session];
        if (connection.closes.size() > 1) found.push_back({rule, who + " was closed twice"});
        if (connection.spoke_after_close)
            found.push_back({rule, who + " was told something after its close"});
        const auto& frames = connection.frames;
        for (std::size_t i = 0; i < frames.size(); ++i) {
            if (frames[i] == "expired" && (i + 1 != frames.size() || connection.closes != std::vector{4000U}))
                found.push_back({rule, who + ": expired without its close"});
            if (frames[i] != "denied") continue;
            ++of.refused;
            if (i + 1 == frames.size() || frames[i + 1] != "code")
                found.push_back({rule, who + ": denied without a fresh code"});
        }
        for (const unsigned code : connection.closes) {
            of.redeemed += code == 1000;
            if (code == 4000 && (frames.empty() || frames.back() != "expired"))
                found.push_back({rule, who + ": closed as expired without the message"});
            if (code != 1000 && code != 1001 && code != 4000 && code != 4001)
                found.push_back({rule, who + ": closed with " + std::to_string(code)});
        }
        if (of.refused > are[connection.pre_session].refused)
            found.push_back({rule, who + " was told more refusals than there were"});
        if (of.redeemed > are[connection.pre_session].redeemed)
            found.push_back({rule, who + " was told more logins than there were"});
    }
}

void closed_connections_are_closed(const World& world, Found& found) {
    constexpr std::string_view rule = "Every seat ends with exactly one final message or close.";
    for (const Connection& connection : world.record.connections)
        if (!connection.left && connection.closes.size() != 1)
            found.push_back({rule, "browser " + std::to_string(connection.browser) + " waits for ever"});
}

void bounded(World& world, Found& found) {
    constexpr std::string_view rule = "There is at most one seat a pre-session, and one connection a seat.";
    std::set<Digest> sat;
    for (const Connection& connection : world.record.connections)
        sat.insert(connection.pre_session);
    if (world.room.seats() > sat.size()) found.push_back({rule, "more seats than browsers"});
    if (world.room.connections() > world.room.seats()) found.push_back({rule, "more connections than seats"});
}

void as_the_contract_says(World& world, Found& found) {
    constexpr std::string_view rule = "Every answer is one of docs/protocol.md.";
    for (const std::string& line : world.record.against_protocol)
        found.push_back({rule, line});
}

void nothing_left_over(World& world, const Tickets& tickets, Found& found) {
    constexpr std::string_view rule = "When all is over nothing is left over.";
    const auto none = [&](std::size_t count, const std::string& of) {
        if (count != 0) found.push_back({rule, std::to_string(count) + " " + of});
    };
    none(world.room.seats(), "seats");
    none(world.room.connections(), "connections");
    none(world.room.lines_that_wait(), "lines");
    none(world.watch.waiting(), "watchers");
    none(world.tasks.size(), "tasks");
    none(world.signing.unfinished() + world.hashing.unfinished(), "jobs");
    for (const auto& [token, ticket] : tickets)
        if (!is_final(ticket.life.state)) found.push_back({rule, "the open ticket " + token});
    std::set<Digest> known = world.record.abandoned;
    for (const Browser& browser : world.browsers) {
        const auto cookie = browser.pc.cookies.find("qrgate-session");
        if (cookie != browser.pc.cookies.end()) known.insert(sha256(as_bytes(cookie->second)));
    }
    std::set<std::string> held;
    for (const Digest& hash : known) {
        const auto session =
            world.stored(world.storage.find_session(hash, SessionKind::browser, world.clock.now()));
        if (session) held.insert(session->id);
    }
    for (const Someone* who : world.people())
        for (const Session& session :
             world.stored(world.storage.list_sessions(who->id, SessionKind::browser, world.clock.now())))
            if (!held.contains(session.id))
                found.push_back({rule, "a session that no browser holds: " + session.id});
}

}  // namespace

std::vector<Broken> broken_rules(World& world) {
    Found found;
    take_down_sessions(world);
    const Tickets tickets = tickets_of(world);
    one_session_a_ticket(world, tickets, found);
    only_to_its_browser(world, tickets, found);
    only_of_who_signed(world, tickets, found);
    one_open_ticket_a_browser(world, tickets, found);
    ends_told_once(world, tickets, found);
    bounded(world, found);
    as_the_contract_says(world, found);
    return found;
}

std::vector<Broken> broken_at_rest(World& world) {
    Found found = broken_rules(world);
    final_is_final(world, found);
    closed_connections_are_closed(world, found);
    nothing_left_over(world, tickets_of(world), found);
    return found;
}

std::string text_of(const std::vector<Broken>& broken) {
    std::string text;
    for (const Broken& it : broken)
        text += std::string(it.rule) + " " + it.how + "\n";
    return text;
}

}  // namespace qrgate::tests::simulation
