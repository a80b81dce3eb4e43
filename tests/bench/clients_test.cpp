// The bench's clients against a server that says exactly what a test wants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/pusher.hpp"
#include "bench/request_lanes.hpp"
#include "bench/waiting_browsers.hpp"
#include "bench/ws_reader.hpp"
#include "tests/bench/fake_server.hpp"

namespace qrgate::bench {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

// Turns until it is so, ten seconds at most: a test that waits for sockets, not for rules.
template <class Enough>
bool turn_until(EventLoop& loop, WaitingBrowsers* browsers, Enough enough) {
    for (Time end = Clock::now() + 10s; Clock::now() < end;) {
        if (browsers) browsers->advance(Clock::now());
        if (enough()) return true;
        loop.turn(Clock::now() + 5ms);
    }
    return false;
}

std::string text_frame(const std::string& text) {
    std::string frame{static_cast<char>(0x81)};
    if (text.size() < 126) return frame + static_cast<char>(text.size()) + text;
    return frame + static_cast<char>(126) + static_cast<char>(text.size() >> 8) +
           static_cast<char>(text.size() & 0xFF) + text;
}

std::string code_frame(const std::string& token) {
    return text_frame(R"({"type":"code","seq":1,"url":"http://x/s/)" + token + R"(","token":")" + token +
                      R"(","short_code":"K7QD-M3RP","expires_in":60})");
}

const std::string context =
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: qrgate-pre=abc; Path=/; HttpOnly\r\n\r\n{}";
const std::string switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const std::string no_content = "HTTP/1.1 204 No Content\r\n\r\n";

TEST(QuickAnswer, AgreesWithTheFullReader) {
    EXPECT_EQ(quick_answer("HTTP/1.1 204 No Content\r\nX: 1\r\n\r\nHTTP/1.1").length, 33U);
    EXPECT_EQ(quick_answer("HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\n\r\nabcd").length, 41U);
    EXPECT_EQ(quick_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab").length, 0U);
    EXPECT_EQ(quick_answer("HTTP/1.1 200 OK\r\nContent-Len").length, 0U);
    EXPECT_FALSE(
        quick_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").keep_alive);
    const std::string chunked = "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
    EXPECT_EQ(quick_answer(chunked).length, chunked.size());
    EXPECT_EQ(quick_answer(chunked).status, 403);
    EXPECT_EQ(quick_answer("SSH-2.0\r\n\r\n").status, 0);
    EXPECT_GT(quick_answer("SSH-2.0\r\n\r\n").length, 0U);
}

TEST(RequestLanes, ConnectAgainWhenTheServerClosedAnIdleConnection) {
    FakeServer server([](const std::string&, int, int) {
        return FakeServer::Answer{.octets = no_content, .close = true};  // without a word about it
    });
    EventLoop loop;
    std::vector<int> statuses;
    RequestLanes lanes(loop, server.target(), {""}, 1,
                       [&](std::size_t, std::uint64_t, int status) { statuses.push_back(status); });
    const std::string request = "GET / HTTP/1.1\r\n\r\n";

    for (std::size_t n = 1; n <= 3; ++n) {
        lanes.send(request, n);
        ASSERT_TRUE(turn_until(loop, nullptr, [&] { return statuses.size() == n; }));
    }

    EXPECT_THAT(statuses, ElementsAre(204, 204, 204));
    EXPECT_EQ(server.connections(), 3);
}

TEST(RequestLanes, AServerThatIsNotThereIsNoAnswer) {
    Target nowhere{.host = "127.0.0.1", .address = "127.0.0.1", .port = 1};
    EventLoop loop;
    int status = -1;
    RequestLanes lanes(loop, nowhere, {""}, 1, [&](std::size_t, std::uint64_t, int got) { status = got; });

    lanes.send("GET / HTTP/1.1\r\n\r\n", 0);

    ASSERT_TRUE(turn_until(loop, nullptr, [&] { return status >= 0; }));
    EXPECT_EQ(status, 0);
    EXPECT_EQ(lanes.idle(), 1U);
}

TEST(WaitingBrowsers, AskForAPreSessionThenWaitAndAnswerPings) {
    std::mutex guard;
    std::vector<std::string> heads;
    FakeServer server([&](const std::string& head, int, int number) -> FakeServer::Answer {
        std::lock_guard lock(guard);
        heads.push_back(head);
        if (number == 0) return {.octets = context};
        // The first frame comes with the upgrade, and a ping behind it.
        if (number == 1) return {.octets = switching + code_frame("T1") + std::string("\x89\x02hi", 4)};
        return {.octets = code_frame("T2")};
    });
    EventLoop loop;
    WaitingBrowsers browsers(loop, {.targets = {server.target()}});

    browsers.open(1);
    ASSERT_TRUE(turn_until(loop, &browsers, [&] { return browsers.counts().codes == 2; }));

    std::lock_guard lock(guard);
    ASSERT_EQ(heads.size(), 3U);
    EXPECT_THAT(heads[1], HasSubstr("Cookie: qrgate-pre=abc\r\n"));
    EXPECT_THAT(heads[1], HasSubstr("Origin: " + server.target().origin() + "\r\n"));
    EXPECT_THAT(heads[1], HasSubstr("Sec-WebSocket-Protocol: qrgate.v1\r\n"));
    EXPECT_EQ(static_cast<unsigned char>(heads[2][0]), 0x8AU);  // the pong
    EXPECT_EQ(browsers.token(0), "T2");
    EXPECT_EQ(browsers.short_code(0), "K7QD-M3RP");
    EXPECT_EQ(browsers.with_codes(2), 1U);
    EXPECT_EQ(browsers.waiting(), 1U);
}

TEST(WaitingBrowsers, CountWhoWasRefusedAndWhoWasClosed) {
    FakeServer server([](const std::string&, int connection, int number) -> FakeServer::Answer {
        if (number == 0) return {.octets = context};
        if (connection == 0) return {.octets = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
        return {.octets = switching + std::string("\x88\x02\x03\xf5", 4)};
    });
    EventLoop loop;
    WaitingBrowsers browsers(loop, {.targets = {server.target()}});

    browsers.open(2);
    ASSERT_TRUE(turn_until(loop, &browsers, [&] { return browsers.settled() && browsers.waiting() == 0; }));

    EXPECT_EQ(browsers.counts().failed, 1U);
    EXPECT_EQ(browsers.counts().opened, 1U);
    EXPECT_EQ(browsers.counts().closed_by_server.at(1013), 1U);
}

TEST(WaitingBrowsers, AReplacedOneHasANewPreSession) {
    FakeServer server([](const std::string&, int, int number) -> FakeServer::Answer {
        return {.octets = number == 0 ? context : switching + code_frame("T")};
    });
    EventLoop loop;
    WaitingBrowsers browsers(loop, {.targets = {server.target()}});
    browsers.open(2);
    ASSERT_TRUE(turn_until(loop, &browsers, [&] { return browsers.counts().codes == 2; }));

    browsers.leave(1);
    EXPECT_EQ(browsers.waiting(), 1U);
    browsers.fill_places();
    ASSERT_TRUE(
        turn_until(loop, &browsers, [&] { return browsers.settled() && browsers.counts().codes == 3; }));

    EXPECT_EQ(server.connections(), 3);
    EXPECT_EQ(browsers.waiting(), 2U);
    EXPECT_EQ(browsers.size(), 2U);
}

TEST(WaitingBrowsers, WhoseWaitIsOverComesBackAsANewOne) {
    FakeServer server([](const std::string&, int connection, int number) -> FakeServer::Answer {
        if (number == 0) return {.octets = context};
        return {.octets =
                    switching + (connection == 0 ? std::string("\x88\x02\x0f\xa0", 4) : code_frame("T"))};
    });
    EventLoop loop;
    WaitingBrowsers browsers(loop, {.targets = {server.target()}});

    browsers.open(1);
    ASSERT_TRUE(turn_until(loop, &browsers, [&] { return browsers.counts().codes == 1; }));

    EXPECT_EQ(browsers.counts().reopened, 1U);
    EXPECT_EQ(browsers.counts().closed_by_server.at(4000), 1U);
    EXPECT_EQ(browsers.waiting(), 1U);
}

TEST(WaitingBrowsers, ASilentServerIsGivenUpAfterPatience) {
    FakeServer server([](const std::string&, int, int) { return FakeServer::Answer{}; });
    EventLoop loop;
    WaitingBrowsers browsers(loop, {.targets = {server.target()}, .half_open = 1});
    browsers.open(2);
    browsers.advance(Clock::now());
    EXPECT_FALSE(browsers.settled());

    browsers.advance(Clock::now() + 11s);  // the first is given up, the second begins
    browsers.advance(Clock::now() + 30s);

    EXPECT_TRUE(browsers.settled());
    EXPECT_EQ(browsers.counts().failed, 2U);
}

TEST(Pusher, MeasuresToThePushedFrameAndNotToARotation) {
    // Publishing is answered at once; the browser first hears a rotation, then, asked by its own pong, the
    // push.
    std::atomic<bool> rotated = false;
    FakeServer server([&](const std::string& head, int, int number) -> FakeServer::Answer {
        if (head.starts_with("POST /bench/push")) {
            EXPECT_THAT(head, HasSubstr(R"({"token":"K7QD-M3RP"})"));
            return {.octets = no_content};
        }
        if (number == 0) return {.octets = context};
        if (number == 1) return {.octets = switching + code_frame("T1") + std::string("\x89\x00", 2)};
        if (!rotated.exchange(true)) return {.octets = code_frame("T2") + std::string("\x89\x00", 2)};
        return {.octets = code_frame("T2")};
    });
    EventLoop loop;
    WaitingPlan plan{.targets = {server.target()}};
    std::vector<BrowserEvent> held;
    plan.on_event = [&](const BrowserEvent& event) { held.push_back(event); };
    WaitingBrowsers browsers(loop, plan);
    browsers.open(1);
    ASSERT_TRUE(turn_until(loop, &browsers, [&] { return held.size() == 4; }));  // waiting, T1, T2, T2 again

    Pusher pusher(loop, browsers, {.rate = 1, .measured = 500ms}, "", {""}, 1);
    pusher.advance(Clock::now());
    pusher.hear(held[2]);
    EXPECT_EQ(pusher.tally().answered, 0U);
    pusher.hear(held[3]);

    EXPECT_EQ(pusher.tally().answered, 1U);
    EXPECT_GT(pusher.frame_octets(), 90U);
    ASSERT_TRUE(turn_until(loop, nullptr, [&] {
        pusher.advance(Clock::now());
        return pusher.over();
    }));
    EXPECT_EQ(pusher.tally().failed, 0U);
}

TEST(Pusher, APushThatIsRefusedFailed) {
    FakeServer server([](const std::string& head, int, int number) -> FakeServer::Answer {
        if (head.starts_with("POST"))
            return {.octets = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"};
        return {.octets = number == 0 ? context : switching + code_frame("T1")};
    });
    EventLoop loop;
    WaitingBrowsers browsers(loop, {.targets = {server.target()}});
    browsers.open(1);
    ASSERT_TRUE(turn_until(loop, &browsers, [&] { return browsers.counts().codes == 1; }));

    Pusher pusher(loop, browsers, {.rate = 1, .measured = 500ms}, "", {""}, 1);
    ASSERT_TRUE(turn_until(loop, nullptr, [&] {
        pusher.advance(Clock::now());
        return pusher.over();
    }));

    EXPECT_EQ(pusher.tally().asked, 1U);
    EXPECT_EQ(pusher.tally().failed, 1U);
}

}  // namespace
}  // namespace qrgate::bench
