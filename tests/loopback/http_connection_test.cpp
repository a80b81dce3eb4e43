#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/case_name.hpp"
#include "tests/loopback/test_server.hpp"

namespace qrgate::testing_server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::string_literals;

std::string exchange(std::uint16_t port, std::string_view request) {
    RawClient client(port);
    client.send(request);
    return client.read_to_end();
}

TEST(HttpConnection, AnswersInOnePieceWithTheSecurityHeaders) {
    Server server;

    std::string answer =
        exchange(server.port(),
                 "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'none'"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\n\r\nhello|127.0.0.1|-"));
}

TEST(HttpConnection, KeepsTheConnectionForTheNextRequest) {
    Server server;
    RawClient client(server.port());

    for (int i = 0; i < 3; ++i) {
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
        EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\n" + std::to_string(i) + "|"));
    }
    EXPECT_EQ(server.on_server([&] { return server.listener().counts().accepted; }), 1u);
}

TEST(HttpConnection, AnswersPipelinedRequestsInOrder) {
    Server server;

    std::string answers = exchange(server.port(),
                                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
                                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
                                   "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    std::size_t one = answers.find("one|");
    std::size_t two = answers.find("two|");
    std::size_t three = answers.find("\r\n\r\n|127");
    EXPECT_LT(one, two);
    EXPECT_LT(two, three);
    EXPECT_NE(three, std::string::npos);
}

TEST(HttpConnection, TakesARequestOctetByOctet) {
    Server server;
    RawClient client(server.port());

    for (char c : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"s)
        client.send({&c, 1});

    EXPECT_THAT(client.read_answer(), HasSubstr("hi|"));
}

struct Bad {
    const char* why;
    std::string request;
    const char* status;
};
class BadRequest : public testing::TestWithParam<Bad> {};

TEST_P(BadRequest, IsRefusedAndTheConnectionClosed) {
    Server server;

    // What follows must never be read as a second request.
    std::string answer = exchange(
        server.port(), GetParam().request + "GET /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 "s + GetParam().status)) << GetParam().why;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, HasSubstr("{\"error\":{\"code\":"));
    EXPECT_THAT(answer, Not(HasSubstr("HTTP/1.1 200")));
    EXPECT_EQ(server.statuses().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Battery, BadRequest,
    testing::Values(
        Bad{"TE", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        Bad{"TE and CL",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
            "chunked\r\n\r\n0\r\n\r\n",
            "400"},
        Bad{"odd TE",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n",
            "400"},
        Bad{"two Hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
        Bad{"no Host", "GET /echo HTTP/1.1\r\n\r\n", "400"},
        Bad{"empty Host", "GET /echo HTTP/1.1\r\nHost: \r\n\r\n", "400"},
        Bad{"two CL", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            "400"},
        Bad{"differing CL",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "400"},
        Bad{"folded", "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "400"},
        Bad{"bare LF", "GET /echo HTTP/1.1\nHost: a\n\n", "400"},
        Bad{"bare CR", "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "400"},
        Bad{"NUL", "GET /echo HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, "400"},
        Bad{"NUL in the target", "GET /ec\0ho HTTP/1.1\r\nHost: a\r\n\r\n"s, "400"},
        Bad{"9 KB header", "GET /echo HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x') + "\r\n\r\n",
            "431"},
        Bad{"9 KB target", "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
        Bad{"17 KB body",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 17408\r\n\r\n" + std::string(17408, 'x'),
            "413"},
        Bad{"absolute form", "GET http://a/echo HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        Bad{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
        Bad{"HTTP/0.9", "GET /echo\r\n\r\n", "400"},
        Bad{"TLS on a plain port", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03", "400"},
        Bad{"no faith", "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\nx",
            "417"}),
    [](const auto& what) { return test::case_name(what.index, what.param.why); });

TEST(HttpConnection, RefusesALargeBodyBeforeItIsSent) {
    Server server;
    RawClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 16385\r\n\r\n");

    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpConnection, AsksForTheBodyOfWhoWaits) {
    Server server;
    RawClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");

    EXPECT_EQ(client.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("yes");
    EXPECT_THAT(client.read_answer(), HasSubstr("yes|"));
}

TEST(HttpConnection, LeavesTheBodyOutForHead) {
    Server server;

    std::string answer =
        exchange(server.port(), "HEAD /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("Content-Length: 12\r\n"));
    EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST(HttpConnection, SpeaksHttp10) {
    Server server;

    EXPECT_THAT(exchange(server.port(), "GET /echo HTTP/1.0\r\nHost: a\r\n\r\n"),
                HasSubstr("Connection: close\r\n"));
    RawClient client(server.port());
    client.send("GET /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(client.read_answer(), HasSubstr("Connection: keep-alive\r\n"));
}

TEST(HttpConnection, AnswersErrorsInTheLanguageOfTheBrowser) {
    Server server;

    EXPECT_THAT(exchange(server.port(), "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
                HasSubstr(std::string(text(Errc::not_found, Language::zh))));
    EXPECT_THAT(
        exchange(server.port(),
                 "GET /nothing HTTP/1.1\r\nHost: a\r\nAccept-Language: en\r\nConnection: close\r\n\r\n"),
        HasSubstr(std::string(text(Errc::not_found, Language::en))));
}

TEST(HttpConnection, ClosesOnASlowHead) {
    HttpLimits limits;
    limits.read_deadline = 20ms;
    Server server(limits);
    RawClient client(server.port());
    client.send("GET /echo HT");

    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpConnection, ClosesOnASlowBody) {
    HttpLimits limits;
    limits.read_deadline = 20ms;
    Server server(limits);
    RawClient client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhel");

    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST(HttpConnection, ClosesAnIdleConnectionWithoutAWord) {
    HttpLimits limits;
    limits.idle_deadline = 20ms;
    Server server(limits);

    EXPECT_EQ(RawClient(server.port()).read_to_end(), "");
}

TEST(HttpConnection, AnswersForAHandlerThatIsTooLate) {
    HttpLimits limits;
    limits.handler_deadline = 20ms;
    Server server(limits);
    RawClient client(server.port());
    client.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");

    std::string answer = client.read_answer();

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(answer, HasSubstr("Retry-After: "));
    EXPECT_THAT(answer, HasSubstr("\"busy\""));
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST(HttpConnection, AnswersForAHandlerThatThrows) {
    Server server;

    std::string answer =
        exchange(server.port(), "GET /fail HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(answer, Not(HasSubstr("a bug")));
    EXPECT_THAT(server.failures(), testing::ElementsAre("r1 a bug"));
}

TEST(HttpConnection, SendsLargeBodiesWhole) {
    Server server;

    std::string answer =
        exchange(server.port(), "GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(answer.substr(answer.find("\r\n\r\n") + 4), testing::SizeIs(1'000'000));
}

TEST(HttpConnection, DropsAPeerThatDoesNotRead) {
    HttpLimits limits;
    limits.write_deadline = 20ms;
    limits.close_deadline = 20ms;
    Server server(limits);
    RawClient client(server.port());
    for (int i = 0; i < 40; ++i)
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");

    bool gone = false;
    for (int i = 0; i < 500 && !gone; ++i) {
        std::this_thread::sleep_for(10ms);  // for the server's real deadline, which no clock of ours moves
        gone = server.on_server([&] { return server.listener().counts().open == 0; });
    }
    EXPECT_TRUE(gone);
}

TEST(HttpConnection, BelievesTheTrustedProxyOnly) {
    Server server;  // trusts 127.0.0.0/8

    std::string answer =
        exchange(server.port(),
                 "GET /echo HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: "
                 "203.0.113.9\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n");

    EXPECT_THAT(answer, HasSubstr("|203.0.113.9|s"));
    EXPECT_THAT(answer, HasSubstr("Strict-Transport-Security: "));
}

TEST(HttpServer, EndsIdleConnectionsWhenItDrains) {
    Server server;
    RawClient idle(server.port());
    idle.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.read_answer();

    server.on_server([&] { server.http().drain(); });

    EXPECT_EQ(idle.read_to_end(), "");
}

TEST(Listener, ClosesWhatIsOverTheLimitOfAnAddress) {
    ListenerLimits limits;
    limits.connections_per_address = 1;
    Server server({}, limits);
    RawClient first(server.port());
    first.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    first.read_answer();

    EXPECT_EQ(RawClient(server.port()).read_to_end(), "");
    auto counts = server.on_server([&] { return server.listener().counts(); });
    EXPECT_EQ(counts.refused_address, 1u);
    EXPECT_EQ(counts.open, 1u);
}

TEST(Listener, ClosesWhatIsOverTheWholeLimit) {
    ListenerLimits limits;
    limits.connections = 1;
    limits.loopback_is_free = true;
    Server server({}, limits);
    RawClient first(server.port());
    first.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    first.read_answer();

    EXPECT_EQ(RawClient(server.port()).read_to_end(), "");
    EXPECT_EQ(server.on_server([&] { return server.listener().counts().refused_full; }), 1u);
}

TEST(Listener, SaysPlainlyThatAPortIsTaken) {
    Server server;
    asio::io_context io;
    TaskGroup tasks(io.get_executor(), {});
    Listener second(io.get_executor(), tasks, {}, nullptr, {}, {});

    EXPECT_THROW(second.open("127.0.0.1", server.port()), std::runtime_error);
    EXPECT_THROW(second.open("localhost", 0), std::runtime_error);
}

}  // namespace
}  // namespace qrgate::testing_server
