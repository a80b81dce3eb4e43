// The waiting room with real sockets of the loopback and a clock that stands still until it is moved.
#include "server/waiting_room.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <random>

#include "server/transport.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;

const WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

class SeededRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out)
            octet = static_cast<std::uint8_t>(engine_());
    }

private:
    std::mt19937 engine_{7};
};

struct Heard {
    unsigned opcode = 0;  // 16: the end of the stream
    std::string payload = {};

    boost::json::object json() const { return boost::json::parse(payload).as_object(); }
    std::string type() const { return std::string(json().at("type").as_string()); }
    std::string text(std::string_view key) const { return std::string(json().at(key).as_string()); }
    std::int64_t number(std::string_view key) const { return json().at(key).to_number<std::int64_t>(); }
    unsigned close_code() const {
        return opcode != 8 || payload.size() < 2
                   ? 0
                   : static_cast<unsigned char>(payload[0]) * 256u + static_cast<unsigned char>(payload[1]);
    }
};

// The browser's end: a blocking socket that reads whole server frames.
class Browser {
public:
    explicit Browser(int fd) : fd_(fd) {
        timeval limit{5, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    Browser(Browser&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    ~Browser() { leave(); }

    void leave() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

    Heard hear() {
        unsigned char head[2];
        if (!read_exactly(head, 2)) return {16, {}};
        std::size_t size = head[1];
        if (size == 126) {
            unsigned char more[2];
            if (!read_exactly(more, 2)) return {16, {}};
            size = more[0] * 256u + more[1];
        }
        std::string payload(size, '\0');
        if (!read_exactly(payload.data(), size)) return {16, {}};
        return {head[0] & 0x0fu, payload};
    }

    bool has_nothing_to_hear() const {
        char octet;
        return ::recv(fd_, &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
    }

    void send(unsigned opcode, std::string_view payload) {
        std::string octets(1, static_cast<char>(0x80u | opcode));
        if (payload.size() < 126) {
            octets += static_cast<char>(0x80u | payload.size());
        } else {
            octets += '\xfe';
            octets += static_cast<char>(payload.size() >> 8);
            octets += static_cast<char>(payload.size() & 0xff);
        }
        octets.append(4, '\0').append(payload);  // masked with zeros
        ASSERT_EQ(::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(octets.size()));
    }

private:
    bool read_exactly(void* into, std::size_t size) {
        return size == 0 || ::recv(fd_, into, size, MSG_WAITALL) == static_cast<ssize_t>(size);
    }

    int fd_;
};

class Room : public testing::Test {
protected:
    Room() {
        WaitingRoomLimits limits;
        limits.ping = 24h;  // out of the way of the rules
        open_room(limits);
    }

    void open_room(WaitingRoomLimits limits) {
        TokenRing ring;
        ring.current = {'1', sha256(as_bytes("key"))};
        room_.reset();
        room_ = std::make_unique<WaitingRoom>(io_.get_executor(), clock_, random_, ring,
                                              "https://login.example", limits);
    }

    static Visitor visitor(std::string_view secret, std::string address = "203.0.113.9", bool easy = false) {
        Visitor out;
        out.pre_session_hash = sha256(as_bytes(secret));
        out.browser = {"Chrome", "Linux", std::move(address), "", start};
        out.easy = easy;
        return out;
    }

    Browser sit(const Visitor& who, std::optional<Ticket> open = {}) {
        asio::ip::tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
        int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto endpoint = acceptor.local_endpoint();
        EXPECT_EQ(::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
        auto socket = acceptor.accept();
        socket.non_blocking(true);
        room_->seat(std::make_unique<Transport>(std::move(socket), nullptr), who, std::move(open));
        return Browser(fd);
    }

    void advance(std::chrono::seconds by) {
        clock_.advance(by);
        room_->look_at_the_time();
    }

    // Runs the loop until the room has seen what was sent; false after five seconds.
    bool turn_until(const std::function<bool()>& reached) {
        auto until = std::chrono::steady_clock::now() + 5s;
        while (!reached() && std::chrono::steady_clock::now() < until)
            io_.run_one_for(50ms);
        return reached();
    }
    void turn_until_disconnected(std::size_t left = 0) {
        EXPECT_TRUE(turn_until([&] { return room_->connections() == left; }));
    }

    Ticket ticket(const Visitor& who, const std::string& token, TicketState state = TicketState::scanned,
                  std::chrono::seconds life = 300s) {
        Ticket out;
        out.token = token;
        out.token_hash = sha256(as_bytes(token));
        out.pre_session_hash = who.pre_session_hash;
        out.life.state = state;
        out.life.deadline = clock_.now() + life;
        return out;
    }

    asio::io_context io_;
    MovableClock clock_{start};
    SeededRandom random_;
    std::unique_ptr<WaitingRoom> room_;
};

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
    Browser browser = sit(who);
    browser.hear();

    advance(25s);
    EXPECT_EQ(browser.hear().opcode, 9u);
    advance(25s);
    advance(25s);
    EXPECT_EQ(room_->connections(), 1u);
    advance(25s);

    EXPECT_EQ(room_->connections(), 0u);
}

TEST_F(Room, KeepsWhoAnswersPings) {
    open_room({});
    Browser browser = sit(visitor("a"));
    browser.hear();
    for (int i = 0; i < 8; ++i) {
        advance(25s);
        while (browser.hear().opcode != 9) {
        }
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
}  // namespace qrgate
