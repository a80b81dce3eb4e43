// Seats and their connections: reconnects, a second window, limits, pings, what ends a connection.
#include "tests/server/waiting_room_fixture.hpp"

namespace qrgate::room_test {
namespace {

TEST_F(Room, KeepsTheStateForABrowserThatReconnects) {
    Visitor who = visitor("a");
    Browser first = sit(who);
    std::string token = first.hear().text("token");
    room_->claim(token);
    room_->scanned(ticket(who, token));
    first.leave();
    turn_until_disconnected();
    room_->confirmed(ticket(who, token, TicketState::confirmed));
    advance(29s);

    Browser second = sit(who);

    Heard heard = second.hear();
    EXPECT_EQ(heard.type(), "confirmed");
    EXPECT_GT(heard.number("seq"), 2);
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, ShowsAReconnectingBrowserTheCodeWithTheTimeItHasLeft) {
    Visitor who = visitor("a");
    Browser first = sit(who);
    std::string token = first.hear().text("token");
    first.leave();
    turn_until_disconnected();
    advance(20s);

    Browser second = sit(who);

    Heard code = second.hear();
    EXPECT_EQ(code.text("token"), token);
    EXPECT_EQ(code.number("expires_in"), 40);
}

TEST_F(Room, ForgetsASeatThirtySecondsAfterItsConnection) {
    Browser browser = sit(visitor("a"));
    std::string token = browser.hear().text("token");
    browser.leave();
    turn_until_disconnected();

    advance(29s);
    EXPECT_EQ(room_->seats(), 1u);
    advance(1s);

    EXPECT_EQ(room_->seats(), 0u);
    EXPECT_EQ(room_->claim(token).error(), Errc::ticket_expired);
}

// --- the code that is in the page

TEST_F(Room, GivesAPageTheCodeThatItsBrowserIsShownWhenItConnects) {
    const Heard in_page{1, room_->first_message(visitor("a")).value_or("{}")};
    EXPECT_EQ(in_page.type(), "code");
    EXPECT_EQ(in_page.number("seq"), 1);
    EXPECT_EQ(in_page.number("expires_in"), 60);

    Browser browser = sit(visitor("a"));

    const Heard code = browser.hear();
    EXPECT_EQ(code.number("seq"), 2);
    EXPECT_EQ(code.text("token"), in_page.text("token"));
    EXPECT_EQ(code.text("short_code"), in_page.text("short_code"));
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, LetsAPagesCodeBeScannedBeforeItsBrowserConnects) {
    const Visitor who = visitor("a");
    const std::string token = Heard{1, room_->first_message(who).value_or("{}")}.text("token");
    ASSERT_TRUE(room_->claim(token));
    room_->scanned(ticket(who, token));

    EXPECT_EQ(sit(who).hear().type(), "scanned");
}

TEST_F(Room, ForgetsAPagesSeatWhereNobodyConnects) {
    ASSERT_TRUE(room_->first_message(visitor("a")));

    advance(29s);
    EXPECT_EQ(room_->seats(), 1u);
    advance(1s);

    EXPECT_EQ(room_->seats(), 0u);
    EXPECT_EQ(room_->connections(), 0u);
}

TEST_F(Room, GivesNoPageACodeThatDisturbsAnother) {
    Browser browser = sit(visitor("a"));
    browser.hear();

    EXPECT_FALSE(room_->first_message(visitor("a")));

    EXPECT_TRUE(browser.has_nothing_to_hear());
    EXPECT_EQ(room_->connections(), 1u);
}

TEST_F(Room, GivesNoPageACodeWhenItIsFullOrStops) {
    WaitingRoomLimits limits;
    limits.seats = 1;
    open_room(limits);
    Visitor later = visitor("b");
    later.later = true;
    EXPECT_FALSE(room_->first_message(later));
    ASSERT_TRUE(room_->first_message(visitor("a")));
    EXPECT_FALSE(room_->first_message(visitor("b")));

    open_room({});
    room_->stop();
    EXPECT_FALSE(room_->first_message(visitor("a")));
}

TEST_F(Room, SupersedesAnOlderConnection) {
    Visitor who = visitor("a");
    Browser older = sit(who);
    std::string token = older.hear().text("token");

    Browser newer = sit(who);

    EXPECT_EQ(older.hear().close_code(), 4001u);
    EXPECT_EQ(newer.hear().text("token"), token);
    EXPECT_EQ(room_->connections(), 1u);
    older.leave();
    advance(40s);
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, ResumesAnOpenTicketAfterARestart) {
    Visitor who = visitor("a");
    Visitor other = visitor("b");

    Browser scanned = sit(who, ticket(who, "t1"));
    Browser confirmed = sit(other, ticket(other, "t2", TicketState::confirmed));

    Heard first = scanned.hear();
    EXPECT_EQ(first.type(), "scanned");
    EXPECT_EQ(first.number("seq"), 1);
    EXPECT_EQ(confirmed.hear().type(), "confirmed");
    room_->confirmed(ticket(who, "t1", TicketState::confirmed));
    EXPECT_EQ(scanned.hear().type(), "confirmed");
}

TEST_F(Room, EndsAResumedTicketAtItsDeadline) {
    Visitor who = visitor("a");
    Browser browser = sit(who, ticket(who, "t1", TicketState::scanned, 20s));
    browser.hear();

    advance(20s);

    EXPECT_EQ(browser.hear().type(), "expired");
    EXPECT_EQ(browser.hear().close_code(), 4000u);
}

TEST_F(Room, AnswersPings) {
    Browser browser = sit(visitor("a"));
    browser.hear();
    browser.send(9, "are you there");

    io_.run_one_for(2s);

    Heard pong = browser.hear();
    EXPECT_EQ(pong.opcode, 10u);
    EXPECT_EQ(pong.payload, "are you there");
}

TEST_F(Room, ClosesOnData) {
    Browser browser = sit(visitor("a"));
    browser.hear();
    browser.send(1, "hello");

    turn_until_disconnected();

    EXPECT_EQ(browser.hear().close_code(), 1008u);
}

TEST_F(Room, ClosesOnTooMuch) {
    Browser browser = sit(visitor("a"));
    browser.hear();
    browser.send(2, std::string(513, 'x'));

    turn_until_disconnected();

    EXPECT_EQ(browser.hear().close_code(), 1009u);
}

TEST_F(Room, AnswersACloseAndKeepsTheSeat) {
    Browser browser = sit(visitor("a"));
    browser.hear();
    browser.send(8, "\x03\xe9");

    turn_until_disconnected();

    EXPECT_EQ(browser.hear().close_code(), 1001u);
    EXPECT_EQ(browser.hear().opcode, 16u);
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, RefusesMoreThanItsSeats) {
    WaitingRoomLimits limits;
    limits.seats = 1;
    open_room(limits);
    Browser first = sit(visitor("a"));
    Browser second = sit(visitor("b"));

    EXPECT_EQ(second.hear().close_code(), 1013u);
    EXPECT_EQ(first.hear().type(), "code");
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, RefusesMoreThanTheSeatsOfAnAddress) {
    WaitingRoomLimits limits;
    limits.seats_per_address = 1;
    limits.loopback_is_free = true;
    open_room(limits);
    Browser first = sit(visitor("a"));

    EXPECT_EQ(sit(visitor("b")).hear().close_code(), 1013u);
    EXPECT_EQ(sit(visitor("c", "203.0.113.10")).hear().type(), "code");
    EXPECT_EQ(sit(visitor("d", "127.0.0.1")).hear().type(), "code");
    EXPECT_EQ(sit(visitor("e", "127.0.0.1")).hear().type(), "code");
}

TEST_F(Room, GivesAnAddressItsSeatBack) {
    WaitingRoomLimits limits;
    limits.seats_per_address = 1;
    open_room(limits);
    Browser first = sit(visitor("a"));
    first.leave();
    turn_until_disconnected();
    advance(30s);

    EXPECT_EQ(sit(visitor("b")).hear().type(), "code");
}

TEST_F(Room, DropsABrowserThatDoesNotReadButKeepsItsSeat) {
    Visitor who = visitor("a");
    Browser browser = sit(who);

    for (int i = 0; i < 100'000 && room_->connections() == 1; ++i)
        room_->fresh_code(who.pre_session_hash);

    EXPECT_EQ(room_->connections(), 0u);
    EXPECT_EQ(room_->seats(), 1u);
    EXPECT_EQ(sit(who).hear().type(), "code");
}

TEST_F(Room, PingsAndForgetsWhoNeverAnswers) {
    open_room({});
    Visitor who = visitor("a");
    who.easy = true;  // no next code for two minutes
    Browser browser = sit(who);
    browser.hear();

    advance(35s);
    EXPECT_EQ(browser.hear().opcode, 9u);
    advance(35s);
    advance(35s);
    EXPECT_EQ(room_->connections(), 1u);
    advance(35s);

    EXPECT_EQ(room_->connections(), 0u);
}

TEST_F(Room, PingsNobodyWhoseCodesTurn) {
    open_room({});
    Browser browser = sit(visitor("a"));
    browser.hear();

    for (int i = 0; i < 58; ++i)
        advance(5s);

    std::string heard;
    while (!browser.has_nothing_to_hear())
        heard += browser.hear().opcode == 9 ? 'p' : 'c';
    EXPECT_THAT(heard, testing::MatchesRegex("c+"));
}

TEST_F(Room, PingsWhenTheNextCodeWaitsForAScan) {
    open_room({});
    Browser browser = sit(visitor("a"));
    const std::string shown = browser.hear().text("token");
    advance(35s);
    ASSERT_TRUE(browser.has_nothing_to_hear()) << "its next code comes in twenty seconds";

    advance(15s);
    ASSERT_TRUE(room_->claim(shown));
    advance(6s);

    EXPECT_EQ(browser.hear().opcode, 9u);
}

TEST_F(Room, SaysSomethingToEverybodyEachMinute) {
    open_room({});
    Browser browser = sit(visitor("a"));
    browser.hear();
    auto silence = 0s;
    for (auto waited = 1s; waited < 290s; ++waited) {
        advance(1s);
        silence = browser.has_nothing_to_hear() ? silence + 1s : 0s;
        while (!browser.has_nothing_to_hear())
            browser.hear();
        ASSERT_LT(silence, 56s) << "proxies close what is silent for a minute";
    }
}

TEST_F(Room, KeepsWhoAnswersPings) {
    open_room({});
    Visitor who = visitor("a");
    who.easy = true;
    Browser browser = sit(who);
    browser.hear();
    for (int i = 0; i < 6; ++i) {
        advance(35s);
        ASSERT_EQ(browser.hear().opcode, 9u);
        browser.send(10, "");
        io_.run_one_for(2s);
    }

    EXPECT_EQ(room_->connections(), 1u);
}

TEST_F(Room, TellsEverybodyWhenItStops) {
    Browser first = sit(visitor("a"));
    Browser second = sit(visitor("b"));
    first.hear();
    second.hear();

    room_->stop();

    EXPECT_EQ(first.hear().close_code(), 1001u);
    EXPECT_EQ(second.hear().close_code(), 1001u);
    EXPECT_EQ(room_->seats(), 0u);
    EXPECT_EQ(sit(visitor("c")).hear().close_code(), 1001u);
    io_.run();  // ends because nothing waits any more
}

}  // namespace
}  // namespace qrgate::room_test
