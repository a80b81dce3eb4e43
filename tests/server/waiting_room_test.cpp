// What a waiting browser is told: codes, rotation, scans, ends.
#include "tests/server/waiting_room_fixture.hpp"

namespace qrgate::room_test {
namespace {

TEST_F(Room, ShowsACodeAtOnce) {
    Browser browser = sit(visitor("a"));

    Heard code = browser.hear();

    EXPECT_EQ(code.type(), "code");
    EXPECT_EQ(code.number("seq"), 1);
    EXPECT_EQ(code.number("expires_in"), 60);
    EXPECT_EQ(code.text("url"), "https://login.example/s/" + code.text("token"));
    EXPECT_EQ(code.text("short_code").size(), 9u);
    EXPECT_EQ(room_->seats(), 1u);
    EXPECT_EQ(room_->connections(), 1u);
}

TEST_F(Room, ShowsTheNextCodeFiveSecondsBeforeTheFormerEnds) {
    Browser browser = sit(visitor("a"));
    Heard first = browser.hear();

    advance(54s);
    EXPECT_TRUE(browser.has_nothing_to_hear());
    advance(1s);
    Heard second = browser.hear();
    advance(24s);
    EXPECT_TRUE(browser.has_nothing_to_hear());
    advance(1s);
    Heard third = browser.hear();

    EXPECT_EQ(second.number("expires_in"), 30);
    EXPECT_EQ(third.number("expires_in"), 30);
    EXPECT_EQ(third.number("seq"), 3);
    EXPECT_NE(second.text("token"), first.text("token"));
    EXPECT_EQ(third.text("short_code"), first.text("short_code"));
}

TEST_F(Room, TakesTheFormerCodeUntilItsGraceIsOver) {
    Browser browser = sit(visitor("a"));
    std::string first = browser.hear().text("token");
    advance(55s);

    advance(9s);
    auto in_grace = room_->claim(first);
    ASSERT_TRUE(in_grace);
    EXPECT_EQ(in_grace->token, first);
    room_->release(first);
    advance(1s);

    EXPECT_EQ(room_->claim(first).error(), Errc::ticket_expired);
}

TEST_F(Room, EndsTheWaitWithAFrameAndItsCloseCode) {
    Browser browser = sit(visitor("a"));
    for (int second = 0; second < 299; ++second)
        advance(1s);
    EXPECT_EQ(room_->seats(), 1u);
    advance(1s);

    Heard last;
    int codes = 0;
    for (last = browser.hear(); last.opcode == 1 && last.type() == "code"; last = browser.hear())
        ++codes;

    EXPECT_EQ(codes, 11);  // at 0, 55, 80 … 280
    EXPECT_EQ(last.type(), "expired");
    EXPECT_EQ(browser.hear().close_code(), 4000u);
    EXPECT_EQ(room_->seats(), 0u);
}

TEST_F(Room, ShowsTheLastCodeOnlyAsLongAsTheWaitLasts) {
    Browser browser = sit(visitor("a"));
    browser.hear();
    advance(285s);

    EXPECT_EQ(browser.hear().number("expires_in"), 15);
    advance(14s);
    EXPECT_TRUE(browser.has_nothing_to_hear());
}

TEST_F(Room, GivesSlowPeopleFourTimesAsLong) {
    Browser browser = sit(visitor("a", "203.0.113.9", true));

    EXPECT_EQ(browser.hear().number("expires_in"), 240);
    advance(234s);
    EXPECT_TRUE(browser.has_nothing_to_hear());
    advance(1s);
    EXPECT_EQ(browser.hear().number("expires_in"), 120);
    advance(900s);
    EXPECT_EQ(room_->seats(), 1u);
    advance(65s);
    EXPECT_EQ(room_->seats(), 0u);
}

TEST_F(Room, GivesOneScanTheSeatAndOthersTaken) {
    Visitor who = visitor("a");
    Browser browser = sit(who);
    std::string token = browser.hear().text("token");

    auto claim = room_->claim(token);

    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->pre_session_hash, who.pre_session_hash);
    EXPECT_EQ(claim->browser.family, "Chrome");
    EXPECT_EQ(room_->claim(token).error(), Errc::ticket_taken);
    room_->release(token);
    EXPECT_TRUE(room_->claim(token));
}

TEST_F(Room, FindsTheSeatByItsShortCodeForTheWholeWait) {
    Browser browser = sit(visitor("a"));
    std::string typed = *normal_short_code(browser.hear().text("short_code"));
    advance(280s);
    std::string token = browser.hear().text("token");

    auto claim = room_->claim(typed);

    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->token, token);
    EXPECT_EQ(room_->token_of(typed), token);
    EXPECT_EQ(room_->token_of("A2345678"), std::nullopt);
    EXPECT_EQ(room_->token_of(token), std::nullopt);
}

TEST_F(Room, DoesNotChangeTheCodeDuringAScan) {
    Browser browser = sit(visitor("a"));
    std::string token = browser.hear().text("token");
    advance(50s);
    ASSERT_TRUE(room_->claim(token));

    advance(10s);
    EXPECT_TRUE(browser.has_nothing_to_hear());
    room_->release(token);

    EXPECT_EQ(browser.hear().type(), "code");
}

TEST_F(Room, KnowsNoCodeOfNobody) {
    EXPECT_EQ(room_->claim("nobody").error(), Errc::ticket_expired);
}

TEST_F(Room, TellsTheWholeStoryInOrder) {
    Visitor who = visitor("a");
    Browser browser = sit(who);
    std::string token = browser.hear().text("token");
    ASSERT_TRUE(room_->claim(token));

    room_->scanned(ticket(who, token));
    Ticket confirmed = ticket(who, token, TicketState::confirmed);
    confirmed.needs_code = true;
    room_->confirmed(confirmed);
    room_->redeemed(confirmed);

    Heard scanned = browser.hear();
    EXPECT_EQ(scanned.type(), "scanned");
    EXPECT_EQ(scanned.number("seq"), 2);
    Heard heard = browser.hear();
    EXPECT_EQ(heard.type(), "confirmed");
    EXPECT_EQ(heard.number("seq"), 3);
    EXPECT_TRUE(heard.json().at("needs_code").as_bool());
    EXPECT_EQ(browser.hear().close_code(), 1000u);
    EXPECT_EQ(room_->seats(), 0u);
}

TEST_F(Room, StopsRotatingOnceScannedAndEndsWithTheTicket) {
    Visitor who = visitor("a");
    Browser browser = sit(who);
    std::string token = browser.hear().text("token");
    advance(50s);
    room_->claim(token);
    room_->scanned(ticket(who, token));
    browser.hear();

    advance(299s);
    EXPECT_TRUE(browser.has_nothing_to_hear());
    EXPECT_EQ(room_->claim(token).error(), Errc::ticket_taken);
    EXPECT_EQ(room_->seats(), 1u);
    advance(1s);

    EXPECT_EQ(room_->seats(), 0u);
}

TEST_F(Room, StartsAnewAfterADenial) {
    Visitor who = visitor("a");
    Browser browser = sit(who);
    Heard first = browser.hear();
    std::string token = first.text("token");
    advance(50s);
    room_->claim(token);
    room_->scanned(ticket(who, token));
    browser.hear();

    room_->denied(ticket(who, token, TicketState::denied));

    EXPECT_EQ(browser.hear().type(), "denied");
    Heard fresh = browser.hear();
    EXPECT_EQ(fresh.type(), "code");
    EXPECT_EQ(fresh.number("expires_in"), 60);
    EXPECT_NE(fresh.text("token"), token);
    EXPECT_NE(fresh.text("short_code"), first.text("short_code"));
    EXPECT_EQ(room_->claim(token).error(), Errc::ticket_expired);
    EXPECT_TRUE(room_->claim(fresh.text("token")));
}

TEST_F(Room, GivesAFreshCodeToWhoCancels) {
    Visitor who = visitor("a");
    Browser browser = sit(who);
    std::string token = browser.hear().text("token");
    room_->claim(token);
    room_->scanned(ticket(who, token));
    browser.hear();

    room_->cancelled(ticket(who, token, TicketState::cancelled));
    std::string second = browser.hear().text("token");
    room_->fresh_code(who.pre_session_hash);

    EXPECT_NE(second, token);
    EXPECT_NE(browser.hear().text("token"), second);
}

TEST_F(Room, IgnoresNewsOfAnEarlierTicket) {
    Visitor who = visitor("a");
    Browser browser = sit(who);
    std::string token = browser.hear().text("token");
    room_->claim(token);
    room_->scanned(ticket(who, token));
    browser.hear();
    room_->cancelled(ticket(who, token));
    browser.hear();

    room_->confirmed(ticket(who, token, TicketState::confirmed));
    room_->expired(ticket(who, token, TicketState::expired));

    EXPECT_TRUE(browser.has_nothing_to_hear());
    EXPECT_EQ(room_->seats(), 1u);
}

}  // namespace
}  // namespace qrgate::room_test
