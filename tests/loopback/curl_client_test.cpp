// Outgoing calls, against a server on this machine that a test tells how to behave.
#include "server/curl_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/loopback/certificate.hpp"
#include "tests/loopback/test_server.hpp"

namespace qrgate::testing_server {
namespace {

using ::testing::HasSubstr;

// Takes one connection, reads what comes until a blank line and `body` octets, and answers `answer`; without
// an answer it holds the line until the test ends.
class Peer {
public:
    explicit Peer(std::string answer, std::size_t body = 0) : answer_(std::move(answer)), body_(body) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::listen(listening_, 8);
        socklen_t size = sizeof address;
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Peer() {
        ::shutdown(listening_, SHUT_RDWR);
        thread_.join();
        ::close(listening_);
        if (line_ >= 0) ::close(line_);
    }
    std::string url(std::string_view path = "/sms") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }
    const std::string& heard() const { return heard_; }

private:
    void serve() {
        line_ = ::accept(listening_, nullptr, nullptr);
        if (line_ < 0) return;
        timeval limit{5, 0};
        ::setsockopt(line_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        char octets[4096];
        for (std::size_t head = std::string::npos;
             head == std::string::npos || heard_.size() < head + 4 + body_;) {
            const ssize_t got = ::recv(line_, octets, sizeof octets, 0);
            if (got <= 0) return;
            heard_.append(octets, static_cast<std::size_t>(got));
            head = heard_.find("\r\n\r\n");
        }
        if (answer_.empty()) return;
        ::send(line_, answer_.data(), answer_.size(), MSG_NOSIGNAL);
        ::shutdown(line_, SHUT_RDWR);
    }

    std::string answer_;
    std::size_t body_;
    std::string heard_;
    int listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int line_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

class OutgoingCall : public ::testing::Test {
protected:
    OutgoingCall() { std::signal(SIGPIPE, SIG_IGN); }

    using Pending = std::shared_ptr<std::optional<Result<HttpReply>>>;
    Pending begin(HttpCall call) {
        auto done = std::make_shared<std::optional<Result<HttpReply>>>();
        asio::co_spawn(io, client.call(std::move(call)), [done](std::exception_ptr, Result<HttpReply> reply) {
            done->emplace(std::move(reply));
        });
        return done;
    }
    Result<HttpReply> finish(const Pending& pending) {
        io.restart();
        while (!pending->has_value() && io.run_one_for(10s) > 0) {
        }
        return pending->has_value() ? **pending : Result<HttpReply>(Errc::internal_error);
    }
    Result<HttpReply> call(HttpCall what) { return finish(begin(std::move(what))); }
    static HttpCall post(std::string url) {
        HttpCall call;
        call.url = std::move(url);
        call.headers = {{"Content-Type", "application/json"}};
        call.body = R"({"to":"1"})";
        return call;
    }

    asio::io_context io;
    CurlClient client{io.get_executor(), 4};
};

constexpr std::string_view ok = "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello";

TEST_F(OutgoingCall, BringsStatusAndBody) {
    Peer peer(std::string(ok), 10);

    const auto reply = call(post(peer.url()));

    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 201);
    EXPECT_EQ(reply->body, "hello");
    EXPECT_THAT(peer.heard(), HasSubstr("POST /sms HTTP/1.1\r\n"));
    EXPECT_THAT(peer.heard(), HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(peer.heard(), HasSubstr("\r\n\r\n{\"to\":\"1\"}"));
}

TEST_F(OutgoingCall, EndsAtItsDeadlineWhenThePeerHangs) {
    Peer peer("", 10);
    HttpCall slow = post(peer.url());
    slow.deadline = 200ms;

    EXPECT_EQ(call(slow).error(), Errc::timed_out);
}

TEST_F(OutgoingCall, ThatHangsHoldsUpNoOther) {
    Peer hanging("", 10);
    Peer well(std::string(ok), 10);
    HttpCall slow = post(hanging.url());
    slow.deadline = 60s;
    const Pending first = begin(slow);

    EXPECT_TRUE(call(post(well.url())));
    EXPECT_FALSE(first->has_value());
    client.stop();
    EXPECT_EQ(finish(first).error(), Errc::busy) << "stopping breaks it off";
}

TEST_F(OutgoingCall, IsRefusedWhenTooManyWait) {
    Peer hanging("", 10);
    std::vector<Pending> waiting;
    for (int i = 0; i < 4; ++i) {
        HttpCall slow = post(hanging.url());
        slow.deadline = 60s;
        waiting.push_back(begin(slow));
    }
    io.poll();

    EXPECT_EQ(call(post(hanging.url())).error(), Errc::busy);
    client.stop();
    for (const Pending& each : waiting)
        EXPECT_EQ(finish(each).error(), Errc::busy);
}

TEST_F(OutgoingCall, FollowsNoRedirect) {
    Peer elsewhere{std::string(ok)};
    Peer peer("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n", 10);

    const auto reply = call(post(peer.url()));

    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 302);
    EXPECT_EQ(elsewhere.heard(), "");
}

TEST_F(OutgoingCall, BreaksOffAnAnswerThatIsTooLong) {
    Peer peer("HTTP/1.1 200 OK\r\n\r\n" + std::string(100, 'x'), 10);
    HttpCall bounded = post(peer.url());
    bounded.answer_limit = 99;

    EXPECT_EQ(call(bounded).error(), Errc::busy);
}

TEST_F(OutgoingCall, GoesNowhereButHttp) {
    EXPECT_EQ(call(post("file:///etc/hostname")).error(), Errc::busy);
    EXPECT_EQ(call(post("gopher://127.0.0.1/")).error(), Errc::busy);
}

TEST_F(OutgoingCall, SaysBusyWhenNobodyListens) {
    EXPECT_EQ(call(post("http://127.0.0.1:1/")).error(), Errc::busy);
}

TEST_F(OutgoingCall, TakesNoProxyFromTheEnvironment) {
    Peer proxy(std::string(ok), 10);
    Peer peer(std::string(ok), 10);
    ::setenv("http_proxy", proxy.url("").c_str(), 1);
    const auto reply = call(post(peer.url()));
    ::unsetenv("http_proxy");

    ASSERT_TRUE(reply);
    EXPECT_THAT(peer.heard(), HasSubstr("POST /sms HTTP/1.1"));
    EXPECT_EQ(proxy.heard(), "");
}

TEST_F(OutgoingCall, SendsNoHeaderWithALineBreak) {
    Peer peer(std::string(ok), 10);
    HttpCall split = post(peer.url());
    split.headers.emplace_back("X-Key", "a\r\nX-Other: b");

    EXPECT_EQ(call(split).error(), Errc::busy);
    EXPECT_EQ(peer.heard(), "");
}

TEST_F(OutgoingCall, RefusesACertificateThatNobodyVouchesFor) {
    const Certificate files;
    TlsContext tls(files.certificate(), files.key());
    Server server({}, {}, &tls);
    HttpCall get;
    get.method = "GET";
    get.url = "https://localhost:" + std::to_string(server.port()) + "/echo";

    EXPECT_EQ(call(get).error(), Errc::busy);
    EXPECT_THAT(server.statuses(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace qrgate::testing_server
