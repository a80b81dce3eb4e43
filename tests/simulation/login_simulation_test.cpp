// Many browsers and phones do right and wrong things in a random order while the clock jumps; after every
// step the rules that must never break are looked at. One seed is one story: the trace names the seed and the
// last steps, and the same seed tells the same story again.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

constexpr int browsers = 5;
constexpr int steps = 500;

struct Browser {
    explicit Browser(Fixture& fixture) : pc(fixture) {}
    Pc pc;
    std::optional<Socket> socket = {};
    std::string typed = {};  // the code its phone was told last
};

struct Owner {
    Someone* who;
    Phone phone;
    std::map<std::string, std::string> texts = {};  // of what it scanned, by token
    std::string newest = {};                        // of them
};

// What the story knows of a token, from answers alone.
struct Known {
    std::size_t shown_to = 0;
    Digest pre_session{};
    bool confirmed = false;
    int redeemed = 0;
};

class Story : public Fixture {
public:
    explicit Story(std::uint64_t seed) : Fixture(seed), dice_(seed) {
        config.typed_code = seed % 2 == 0 ? TypedCodePolicy::always : TypedCodePolicy::off;
        for (int i = 0; i < browsers; ++i) {
            all_.emplace_back(*this);
            all_.back().pc.address = "203.0.113." + std::to_string(i + 1);
        }
        for (Someone* who : {&lin, &gongsi, &hao}) {
            owners_.push_back({who, Phone(*this, *who)});
            owners_.back().phone.key =
                new_key(KeyAlgorithm::p256);  // who may have no certificate signs all the same
            if (who->level == 3) owners_.back().phone.has_certificate();
        }
    }

    void step();
    void check();
    std::string last_steps() const {
        std::string text;
        for (const std::string& line : trace_)
            text += line + "\n";
        return text;
    }
    int sessions_opened() const { return opened_; }
    int refusals() const { return refusals_; }

private:
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(dice_() % bound); }
    Browser& any_browser() { return all_[at_ = below(all_.size())]; }
    Owner& any_owner() { return owners_[below(owners_.size())]; }
    std::string any_token();
    void note(std::string what, const Response& answer);
    void listen(std::size_t index);
    void leave(Browser& browser);
    void redeem();
    void confirm();
    void act_as_browser(std::size_t what);
    void act_as_phone(std::size_t what);
    void act_as_operator();
    void renew(Owner& owner);

    std::mt19937_64 dice_;
    std::vector<Browser> all_;
    std::vector<Owner> owners_;
    std::map<std::string, Known> known_;
    std::deque<std::string> newest_;
    std::string newest_confirmed_;
    std::set<Digest> pre_sessions_;
    std::deque<std::string> trace_;
    std::size_t at_ = 0;
    int opened_ = 0;
    int refusals_ = 0;
};

// Mostly a token of now, sometimes one of long ago.
std::string Story::any_token() {
    if (newest_.empty()) return "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const std::size_t reach =
        below(4) == 0 ? newest_.size() : std::min<std::size_t>(newest_.size(), browsers);
    return newest_[below(reach)];
}

void Story::note(std::string what, const Response& answer) {
    trace_.push_back(what + " -> " + std::to_string(answer.status) + " " + code_of(answer));
    if (answer.status >= 400) ++refusals_;
    if (answer.status >= 500) throw std::runtime_error("a server error: " + trace_.back());
    if (trace_.size() > 40) trace_.pop_front();
}

// Hears all that was said to the browser; remembers its tokens.
void Story::listen(std::size_t index) {
    Browser& browser = all_[index];
    while (browser.socket && !browser.socket->has_nothing_to_hear()) {
        const Heard heard = browser.socket->hear();
        if (heard.opcode == 8 || heard.opcode == 16) browser.socket.reset();
        if (heard.type() != "code") continue;
        Known& token = known_[heard.text("token")];
        token.shown_to = index;
        token.pre_session = browser.pc.pre_session_hash();
        newest_.push_front(heard.text("token"));
    }
}

void Story::leave(Browser& browser) {
    if (!browser.socket) return;
    const std::size_t before = room.connections();
    browser.socket.reset();
    turn_until([&] { return room.connections() < before; });
}

void Story::redeem() {
    Browser* chosen = &any_browser();
    if (!newest_confirmed_.empty() && below(2) == 0) chosen = &all_[at_ = known_[newest_confirmed_].shown_to];
    Browser& browser = *chosen;
    Pc& pc = browser.pc;
    const bool has_one = pc.cookies.contains("qrgate-pre");
    const Digest mine = has_one ? pc.pre_session_hash() : Digest{};
    boost::json::object body;
    if (!browser.typed.empty() && below(4) != 0) body["code"] = below(4) == 0 ? "none" : browser.typed;
    const Response answer = pc.post("/api/v1/qr/redeem", body);
    note("redeem by browser " + std::to_string(at_), answer);
    if (answer.status != 200) return;
    ++opened_;
    int of_mine = 0;
    for (auto& [token, what] : known_) {
        const auto ticket = stored(storage.find_ticket(sha256(as_bytes(token))));
        if (!ticket || ticket->life.state != TicketState::redeemed || ticket->pre_session_hash != mine)
            continue;
        ++of_mine;
        ++what.redeemed;
        EXPECT_TRUE(what.confirmed) << "a session without a confirmation";
        EXPECT_EQ(what.shown_to, at_) << "redeemed by another browser";
    }
    EXPECT_EQ(of_mine, 1) << "a session of no ticket, or of two";
}

void Story::confirm() {
    Owner& owner = any_owner();
    const std::string token = owner.newest.empty() || below(6) == 0 ? any_token() : owner.newest;
    std::string text = owner.texts.contains(token) ? owner.texts[token] : "qrgate-login-v1\n";
    if (below(8) == 0) text += "x";
    const Response answer = owner.phone.confirm(token, text);
    note("confirm by " + owner.who->phone, answer);
    if (answer.status >= 300) return;
    EXPECT_EQ(owner.who->level, 3);
    known_[token].confirmed = true;
    newest_confirmed_ = token;
    if (answer.status == 200) all_[known_[token].shown_to].typed = json_of(answer).at("code").as_string();
}

void Story::act_as_browser(std::size_t what) {
    Browser& browser = any_browser();
    const std::string name = " of browser " + std::to_string(at_);
    if (what < 4) {
        if (!browser.pc.cookies.contains("qrgate-pre")) browser.pc.visit();
        const auto old = std::move(browser.socket);  // superseded; still open while the new one is seated
        browser.socket = browser.pc.sit();
        pre_sessions_.insert(browser.pc.pre_session_hash());
    } else if (what == 4) {
        leave(browser);
    } else if (what == 5) {
        note("cancel" + name, browser.pc.post("/api/v1/qr/cancel"));
    } else if (what == 6) {
        leave(browser);
        browser.pc.cookies.clear();  // a new browser at the same desk
        browser.typed.clear();
    } else {
        note("logout" + name, browser.pc.post("/api/v1/logout"));
    }
}

void Story::act_as_phone(std::size_t what) {
    Owner& owner = any_owner();
    const std::string token = any_token();
    if (what < 5) {
        const Response answer = owner.phone.scan(token);
        note("scan by " + owner.who->phone, answer);
        if (answer.status == 200) owner.texts[owner.newest = token] = text_of(answer);
    } else if (what == 5) {
        note("deny by " + owner.who->phone, owner.phone.deny(token));
    } else {
        note("look by " + owner.who->phone, owner.phone.get("/api/v1/phone/tickets/" + token));
    }
}

// All certificates revoked, a new one made.
void Story::renew(Owner& owner) {
    for (const Certificate& each : stored(storage.list_certificates(owner.who->id)))
        stored(storage.revoke_certificate(each.serial, owner.who->id, "test", clock.now(), {}));
    owner.phone.has_certificate();
}

// Now and then the ground moves: levels, locks, certificates; and the sweeper comes by.
void Story::act_as_operator() {
    Owner& owner = any_owner();
    switch (below(4)) {
        case 0:
            set_level(*owner.who, owner.who->level = owner.who->level == 3 ? 2 : 3);
            break;
        case 1:
            lock(*owner.who);
            stored(storage.set_person_state(owner.who->id, PersonState::active, clock.now(), {}));
            owner.phone = Phone(*this, *owner.who);
            owner.phone.key = new_key(KeyAlgorithm::p256);
            owner.texts.clear();
            if (owner.who->level == 3) renew(owner);
            break;
        case 2:
            if (owner.who->level == 3) renew(owner);
            break;
        default:
            for (const Ticket& ticket : stored(storage.expire_tickets(clock.now(), 100)))
                room.expired(ticket);
    }
}

void Story::step() {
    const std::size_t roll = below(100);
    if (roll < 24) {
        act_as_browser(below(8));
    } else if (roll < 50) {
        act_as_phone(below(7));
    } else if (roll < 68) {
        confirm();
    } else if (roll < 87) {
        redeem();
    } else if (roll < 89) {
        act_as_operator();
    } else {
        advance(std::chrono::seconds(below(8) == 0 ? below(400) : below(10)));
        trace_.push_back("clock");
    }
    for (std::size_t i = 0; i < all_.size(); ++i)
        listen(i);
}

void Story::check() {
    std::map<Digest, int> open;
    std::set<std::string> sessions;
    int redeemed = 0;
    for (const auto& [token, what] : known_) {
        const auto ticket = stored(storage.find_ticket(sha256(as_bytes(token))));
        if (!ticket) continue;
        const TicketState state = ticket->life.state;
        if (!is_final(state) && clock.now() < ticket->life.deadline) ++open[ticket->pre_session_hash];
        EXPECT_EQ(ticket->pre_session_hash, what.pre_session);
        EXPECT_LE(what.redeemed, 1) << "two sessions of one ticket";
        EXPECT_EQ(ticket->session_id.has_value(), state == TicketState::redeemed);
        if (state == TicketState::confirmed || state == TicketState::redeemed) {
            EXPECT_TRUE(what.confirmed) << name_of(state) << " though no phone was told so";
        }
        if (!ticket->session_id) continue;
        ++redeemed;
        EXPECT_TRUE(sessions.insert(*ticket->session_id).second) << "one session of two tickets";
    }
    EXPECT_EQ(redeemed, opened_) << "sessions opened by redeem and tickets redeemed";
    for (const auto& [hash, count] : open)
        EXPECT_EQ(count, 1) << "two open tickets of one pre-session";
    EXPECT_LE(room.seats(), pre_sessions_.size());
    EXPECT_LE(room.connections(), room.seats());
}

class LoginSimulation : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seed, LoginSimulation, testing::Range<std::uint64_t>(1, 7));

TEST_P(LoginSimulation, NeverBreaksARule) {
    Story story(GetParam());

    for (int i = 0; i < steps && !HasFailure(); ++i) {
        SCOPED_TRACE("seed " + std::to_string(GetParam()) + ", step " + std::to_string(i) + "\n" +
                     story.last_steps());
        story.step();
        story.check();
    }

    // A story in which nothing happens proves nothing.
    EXPECT_GT(story.sessions_opened(), 2) << "seed " << GetParam() << "\n" << story.last_steps();
    EXPECT_GT(story.refusals(), 50);
}

}  // namespace
}  // namespace qrgate::tests
