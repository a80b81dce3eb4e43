// Waiting where WebSockets do not get through: the same seats and messages as events and as long polls.
#include <gmock/gmock.h>

#include "server/event_stream.hpp"
#include "tests/server/waiting_room_fixture.hpp"

namespace qrgate::room_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string type_of(const std::string& message) {
    return std::string(boost::json::parse(message).as_object().at("type").as_string());
}

PollCursor after(const WaitingRoom::Polled& polled) {
    return parse_poll_cursor(polled.cursor).value();
}

// --- Server-Sent Events

TEST_F(Room, StreamsTheCodeAsAnEventWithItsSeqAsId) {
    Browser browser = stream(visitor("a"));

    EXPECT_THAT(browser.hear_event(), StartsWith("id: 1\ndata: {\"type\":\"code\",\"seq\":1,"));
}

TEST_F(Room, StreamsWhatThePhoneDoes) {
    Browser browser = stream(visitor("a"));
    std::string code = browser.hear_event();
    std::string token = code.substr(code.find("/s/") + 3, 32);
    Ticket scan = ticket(visitor("a"), token);

    room_->claim(token);
    room_->scanned(scan);
    scan.life.state = TicketState::confirmed;
    room_->confirmed(scan);

    EXPECT_EQ(browser.hear_event(), "id: 2\ndata: {\"type\":\"scanned\",\"seq\":2}\n\n");
    EXPECT_EQ(browser.hear_event(), "id: 3\ndata: {\"type\":\"confirmed\",\"seq\":3}\n\n");
}

TEST_F(Room, EndsAStreamWithAClosedMessageAndTheConnection) {
    Browser browser = stream(visitor("a"));
    browser.hear_event();

    advance(301s);

    EXPECT_THAT(browser.hear_event(), HasSubstr("expired"));
    EXPECT_EQ(browser.hear_event(), "id: closed\ndata: {\"type\":\"closed\",\"code\":4000}\n\n");
    EXPECT_EQ(browser.hear_event(), "");
    EXPECT_TRUE(room_->has_ended(visitor("a").pre_session_hash));
}

TEST_F(Room, ForgetsThatAWaitEndedAfterAWhile) {
    Browser browser = stream(visitor("a"));
    advance(301s);
    ASSERT_TRUE(room_->has_ended(visitor("a").pre_session_hash));

    advance(30s);

    EXPECT_FALSE(room_->has_ended(visitor("a").pre_session_hash));
}

TEST_F(Room, SupersedesAStreamByANewerSocket) {
    Browser older = stream(visitor("a"));
    older.hear_event();

    Browser newer = sit(visitor("a"));

    EXPECT_THAT(older.hear_event(), HasSubstr("4001"));
    EXPECT_EQ(newer.hear().number("seq"), 2);
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, KeepsAStreamAliveByCommentsAndAsksForNoAnswer) {
    WaitingRoomLimits limits;
    limits.ping = 25s;
    open_room(limits);
    Visitor who = visitor("a");
    who.easy = true;  // no next code for four minutes
    Browser browser = stream(who);
    browser.hear_event();

    for (int i = 0; i < 6; ++i)
        advance(25s);

    std::string comments;
    for (std::string heard = browser.hear_event(); comments.size() < 6; heard = browser.hear_event())
        if (heard == ":\n\n") comments += ':';
    EXPECT_EQ(room_->connections(), 1u);
}

TEST_F(Room, KeepsTheSeatOfAStreamThatBroke) {
    Browser browser = stream(visitor("a"));
    browser.hear_event();

    browser.leave();
    turn_until_disconnected();

    EXPECT_EQ(room_->seats(), 1u);
}

// --- long poll

TEST_F(Room, AnswersTheFirstPollAtOnceWithTheCode) {
    WaitingRoom::Polled polled = poll(visitor("a"));

    ASSERT_THAT(polled.messages, SizeIs(1));
    EXPECT_EQ(type_of(polled.messages[0]), "code");
    EXPECT_THAT(polled.cursor, testing::MatchesRegex("a[0-9]+-1"));
    EXPECT_EQ(room_->connections(), 0u);
    EXPECT_EQ(room_->seats(), 1u);
}

TEST_F(Room, LetsAPollWaitForNews) {
    WaitingRoom::Polled first = poll(visitor("a"));
    Polling second = begin_poll(visitor("a"), after(first));
    EXPECT_FALSE(second->has_value());

    advance(55s);

    EXPECT_EQ(type_of(finish(second).messages.at(0)), "code");
}

TEST_F(Room, AnswersAPollWithNothingWhenItsTimeIsOver) {
    WaitingRoom::Polled first = poll(visitor("a"));

    WaitingRoom::Polled second = finish(begin_poll(visitor("a"), after(first), 1ms));

    EXPECT_THAT(second.messages, IsEmpty());
    EXPECT_EQ(second.cursor, first.cursor);
}

TEST_F(Room, KeepsWhatWasSaidBetweenTwoPolls) {
    WaitingRoom::Polled first = poll(visitor("a"));
    std::string token =
        std::string(boost::json::parse(first.messages.at(0)).as_object().at("token").as_string());
    Ticket scan = ticket(visitor("a"), token);
    room_->claim(token);
    room_->scanned(scan);
    room_->denied(scan);

    WaitingRoom::Polled second = poll(visitor("a"), after(first));

    ASSERT_THAT(second.messages, SizeIs(3));
    EXPECT_EQ(type_of(second.messages[0]), "scanned");
    EXPECT_EQ(type_of(second.messages[1]), "denied");
    EXPECT_EQ(type_of(second.messages[2]), "code");
}

TEST_F(Room, AnswersAnUnknownAfterWithThePresentState) {
    poll(visitor("a"));

    WaitingRoom::Polled polled = poll(visitor("a"), PollCursor{.window = 0, .seq = 77});

    EXPECT_EQ(type_of(polled.messages.at(0)), "code");
}

TEST_F(Room, TakesTheBareSeqAsAfterToo) {
    poll(visitor("a"));

    Polling waiting = begin_poll(visitor("a"), PollCursor{.window = 0, .seq = 1});

    EXPECT_FALSE(waiting->has_value()) << "nothing is new";
}

TEST_F(Room, TellsAnOlderPollingWindowThatANewerOneWaits) {
    WaitingRoom::Polled older = poll(visitor("a"));
    poll(visitor("a"));  // another window

    EXPECT_THAT(poll(visitor("a"), after(older)).messages, ElementsAre(R"({"type":"closed","code":4001})"));
}

TEST_F(Room, EndsAWaitingPollWhenANewerWindowComes) {
    WaitingRoom::Polled first = poll(visitor("a"));
    Polling waiting = begin_poll(visitor("a"), after(first));

    Browser newer = sit(visitor("a"));

    EXPECT_THAT(finish(waiting).messages, ElementsAre(R"({"type":"closed","code":4001})"));
    EXPECT_EQ(newer.hear().type(), "code");
    EXPECT_EQ(room_->connections(), 1u);
}

TEST_F(Room, TellsAPollThatTheWaitIsOver) {
    WaitingRoom::Polled first = poll(visitor("a"));
    for (int i = 0; i < 11; ++i) {
        first = poll(visitor("a"), PollCursor{.window = after(first).window, .seq = 0});
        advance(25s);
    }
    Polling waiting = begin_poll(visitor("a"), PollCursor{.window = 0, .seq = 0});
    first = finish(waiting);
    waiting = begin_poll(visitor("a"), after(first));

    advance(30s);

    WaitingRoom::Polled last = finish(waiting);
    EXPECT_EQ(type_of(last.messages.front()), "expired");
    EXPECT_EQ(last.messages.back(), R"({"type":"closed","code":4000})");
    EXPECT_TRUE(room_->has_ended(visitor("a").pre_session_hash));
}

TEST_F(Room, ForgetsASeatThatIsNoLongerPolled) {
    poll(visitor("a"));

    advance(30s);

    EXPECT_EQ(room_->seats(), 0u);
}

TEST_F(Room, RefusesAPollWhenItIsFull) {
    WaitingRoomLimits limits;
    limits.seats = 1;
    open_room(limits);
    Browser there = sit(visitor("a"));

    EXPECT_THAT(poll(visitor("b")).messages, ElementsAre(R"({"type":"closed","code":1013})"));
}

TEST_F(Room, AnswersItsPollsWhenItStops) {
    WaitingRoom::Polled first = poll(visitor("a"));
    Polling waiting = begin_poll(visitor("a"), after(first));

    room_->stop();

    EXPECT_THAT(finish(waiting).messages, ElementsAre(R"({"type":"closed","code":1001})"));
}

// --- cursors

TEST(PollCursors, AreReadAsTheyAreWritten) {
    auto cursor = parse_poll_cursor(poll_cursor('7', {.window = 12, .seq = 345}));

    ASSERT_TRUE(cursor);
    EXPECT_EQ(cursor->window, 12u);
    EXPECT_EQ(cursor->seq, 345u);
}

TEST(PollCursors, AreRefusedWhenTheyAreNone) {
    for (const char* text :
         {"", "x", "-1", "a-1", "a1-", "a0-1", "a1-1x", "a1--1", "99999999999999999999", "ax1-1"})
        EXPECT_FALSE(parse_poll_cursor(text)) << text;
}

}  // namespace
}  // namespace qrgate::room_test
