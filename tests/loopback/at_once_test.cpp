// Requests that are answered between one read and one write: nobody outside can tell them from the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/loopback/test_server.hpp"

namespace qrgate::testing_server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(AtOnce, AnswersLikeTheHandler) {
    Server server;
    RawClient client(server.port());
    for (const char* rest :
         {" HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
          " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: "
          "https\r\n\r\n"}) {
        client.send(std::string("POST /now") + rest);
        const std::string now = client.read_answer();
        client.send(std::string("POST /now?later") + rest);
        EXPECT_EQ(now, client.read_answer());
        EXPECT_THAT(now, StartsWith("HTTP/1.1 200 OK\r\n"));
    }
}

TEST(AtOnce, AnswersPipelinedRequestsInOrder) {
    Server server;
    RawClient client(server.port());
    client.send(
        "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
        "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nthree"
        "GET /now HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string answers = client.read_to_end();
    std::size_t at = 0;
    for (const char* body : {"one|", "two|", "three|", "\r\n\r\n|127.0.0.1|-"}) {
        at = answers.find(body, at);
        ASSERT_NE(at, std::string::npos) << body << answers;
    }
}

TEST(AtOnce, TakesARequestInPieces) {
    Server server;
    RawClient client(server.port());
    for (char c : std::string("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none"))
        client.send(std::string(1, c));
    EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\none|127.0.0.1|-"));
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_answer(), HasSubstr("\r\n\r\n|127.0.0.1|-"));
}

TEST(AtOnce, SendsWhatTheSocketDidNotTakeAtOnce) {
    Server server;
    RawClient client(server.port());
    client.send("GET /now?large HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.read_answer();
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), large_text());
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_answer(), HasSubstr("200 OK"));
}

TEST(AtOnce, LeavesTheBodyOutForHead) {
    Server server;
    RawClient client(server.port());
    client.send(
        "HEAD /now?large HTTP/1.1\r\nHost: a\r\n\r\nGET /echo HTTP/1.1\r\nHost: a\r\nConnection: "
        "close\r\n\r\n");
    const std::string answers = client.read_to_end();
    EXPECT_THAT(answers, HasSubstr("Content-Length: 1000000\r\n"));
    EXPECT_EQ(answers.find("LL"), std::string::npos);
}

TEST(AtOnce, BelievesTheTrustedProxyOnly) {
    Server server;  // trusts 127.0.0.0/8
    RawClient client(server.port());
    client.send(
        "GET /now HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 203.0.113.9\r\n"
        "X-Forwarded-Proto: https\r\n\r\n");
    const std::string answer = client.read_answer();
    EXPECT_THAT(answer, HasSubstr("|203.0.113.9|s"));
    EXPECT_THAT(answer, HasSubstr("Strict-Transport-Security: "));
}

TEST(AtOnce, AnswersForAHandlerThatThrows) {
    Server server;
    RawClient client(server.port());
    client.send("GET /now?fail HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 500 "));
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(server.failures(), testing::ElementsAre(HasSubstr("a bug at once")));
}

TEST(AtOnce, ClosesAnIdleConnectionAfterwards) {
    HttpLimits limits;
    limits.idle_deadline = 30ms;
    Server server(limits);
    RawClient client(server.port());
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_answer();
    EXPECT_EQ(client.read_to_end(), "");
}

// The timer of a connection is left running from one wait to the next: a later wait that ends earlier counts.
TEST(AtOnce, ClosesOnASlowHeadAfterALongIdleTime) {
    HttpLimits limits;
    limits.read_deadline = 30ms;
    Server server(limits);  // idle: 60 s
    RawClient client(server.port());
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_answer();
    client.send("GET /now HTTP/1.1\r\nHos");
    EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 408 "));
}

TEST(AtOnce, EndsWhenTheServerDrains) {
    Server server;
    RawClient client(server.port());
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_answer();
    server.on_server([&] { server.http().drain(); });
    EXPECT_EQ(client.read_to_end(), "");
}

TEST(AtOnce, EndsWhenItsTaskIsCancelled) {
    Server server;
    RawClient client(server.port());
    for (int i = 0; i < 2; ++i) {
        client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
    }
    server.on_server([&] { server.tasks().cancel(); });
    EXPECT_EQ(client.read_to_end(), "");
}

// Longer than a test waits: what is asked in the rest is not answered, and not lost.
HttpLimits long_rest() {
    HttpLimits limits;
    limits.rest = std::chrono::hours(1);
    return limits;
}

TEST(AtOnce, RestsAfterARefusalBeforeTheNextRequestIsRead) {
    Server server(long_rest());
    for (const char* refused : {"busy", "too_many", "busy&later"}) {
        RawClient client(server.port());
        client.send("GET /now?" + std::string(refused) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_THAT(client.read_answer(), HasSubstr("Retry-After: ")) << refused;
        client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
        // Another connection is served meanwhile, twice, so the first one's request lies there by now.
        RawClient other(server.port());
        for (int i = 0; i < 2; ++i) {
            other.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
            EXPECT_THAT(other.read_answer(), StartsWith("HTTP/1.1 200 "));
        }
        EXPECT_FALSE(client.has_octets()) << refused;
    }
}

TEST(AtOnce, GoesOnAfterTheRestAlsoWithPipelinedRequests) {
    HttpLimits limits;
    limits.rest = 1ms;
    Server server(limits);
    RawClient client(server.port());
    client.send(
        "GET /now?busy HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /now?busy HTTP/1.1\r\nHost: a\r\n\r\nGET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST(AtOnce, IsToldLikeEveryAnswer) {
    Server server;
    RawClient client(server.port());
    client.send("GET /now HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_answer();
    EXPECT_THAT(server.statuses(), testing::ElementsAre(200));
}

}  // namespace
}  // namespace qrgate::testing_server
