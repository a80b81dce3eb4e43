// Browsers on loopback sockets before a WaitingRoom whose clock stands still: what the room's tests share.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/parse.hpp>
#include <functional>
#include <random>

#include "server/transport.hpp"
#include "server/waiting_room.hpp"

namespace qrgate::room_test {

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

    // What a stream of events said next, up to its blank line; empty: the end of the stream.
    std::string hear_event() {
        std::string event;
        char octet;
        while (!event.ends_with("\n\n") && read_exactly(&octet, 1))
            event += octet;
        return event;
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

    void send_octets(std::string_view octets) {
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
        auto [transport, browser] = connect();
        room_->seat(std::move(transport), who, std::move(open));
        return std::move(browser);
    }
    Browser stream(const Visitor& who, std::optional<Ticket> open = {}) {
        auto [transport, browser] = connect();
        room_->seat_stream(std::move(transport), who, std::move(open));
        return std::move(browser);
    }

    // A long poll that has begun; `answer` is set when it is answered.
    using Polling = std::shared_ptr<std::optional<WaitingRoom::Polled>>;
    Polling begin_poll(const Visitor& who, std::optional<PollCursor> after = {},
                       std::chrono::milliseconds at_most = 1h) {
        auto answer = std::make_shared<std::optional<WaitingRoom::Polled>>();
        asio::co_spawn(io_, room_->poll(who, {}, after, at_most),
                       [answer](std::exception_ptr error, WaitingRoom::Polled polled) {
                           if (!error) *answer = std::move(polled);
                       });
        io_.poll();
        return answer;
    }
    WaitingRoom::Polled finish(const Polling& polling) {
        EXPECT_TRUE(turn_until([&] { return polling->has_value(); })) << "the poll is not answered";
        return polling->value_or(WaitingRoom::Polled{});
    }
    WaitingRoom::Polled poll(const Visitor& who, std::optional<PollCursor> after = {}) {
        return finish(begin_poll(who, after));
    }

    std::pair<std::unique_ptr<Transport>, Browser> connect() {
        TcpAcceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
        int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto endpoint = acceptor.local_endpoint();
        EXPECT_EQ(::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())), 0);
        auto socket = acceptor.accept();
        socket.non_blocking(true);
        return {std::make_unique<Transport>(std::move(socket), nullptr), Browser(fd)};
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

}  // namespace qrgate::room_test
