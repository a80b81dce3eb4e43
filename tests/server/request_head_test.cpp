#include "server/request_head.hpp"
#include "tests/case_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace qrgate {
namespace {

using Outcome = HeadScanner::Outcome;
using namespace std::string_literals;

Outcome scan(const std::string& octets, std::size_t limit = 8192) {
    HeadScanner scanner;
    return scanner.look(octets, limit);
}

int status_of(const std::string& head) {
    auto parsed = parse_head(head, 8192, 16384);
    return parsed ? 200 : parsed.error().status;
}

TEST(HeadScanner, FindsTheEndWhateverThePieces) {
    std::string octets = "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
    HeadScanner scanner;
    Outcome outcome = Outcome::needs_more;
    for (std::size_t have = 1; have <= octets.size() && outcome == Outcome::needs_more; ++have)
        outcome = scanner.look(std::string_view(octets).substr(0, have), 8192);

    EXPECT_EQ(outcome, Outcome::complete);
    EXPECT_EQ(scanner.size(), octets.size() - 4);
}

TEST(HeadScanner, RefusesWhatCanNeverBecomeAHead) {
    EXPECT_EQ(scan("GET / HTTP/1.1\nHost: a\n\n"), Outcome::malformed);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nHost: a\r\n\tfolded\r\n\r\n"), Outcome::malformed);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nX: a\rb\r\n\r\n"), Outcome::malformed);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nX: \0\r\n\r\n"s), Outcome::malformed);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nX: \x7f\r\n\r\n"), Outcome::malformed);
    EXPECT_EQ(scan(" GET / HTTP/1.1\r\n\r\n"), Outcome::malformed);
    EXPECT_EQ(scan("\r\nGET / HTTP/1.1\r\n\r\n"), Outcome::malformed);
}

TEST(HeadScanner, StopsAtTheLimit) {
    EXPECT_EQ(scan(std::string(40, 'a'), 30), Outcome::too_long);
    EXPECT_EQ(scan(std::string(30, 'a'), 30), Outcome::needs_more);
}

TEST(RequestHead, IsReadIntoARequest) {
    auto parsed = parse_head(
        "POST /a/b?c=%20 HTTP/1.1\r\nHost: x.example:8080\r\nCoNtEnT-LeNgTh: 12\r\nX-A:  v \r\nX-A: "
        "w\r\n\r\n",
        8192, 16384);

    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->request.method, Method::post);
    EXPECT_EQ(parsed->request.path, "/a/b");
    EXPECT_EQ(parsed->request.query, "c=%20");
    EXPECT_EQ(parsed->request.header("x-a"), "v");
    EXPECT_EQ(parsed->request.headers.size(), 4u);
    EXPECT_EQ(parsed->content_length, 12u);
    EXPECT_TRUE(parsed->keep_alive);
    EXPECT_TRUE(parsed->request.http_1_1);
}

TEST(RequestHead, OfHttp10ClosesUnlessAskedOtherwise) {
    EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\nHost: a\r\n\r\n", 8192, 16384)->keep_alive);
    EXPECT_TRUE(
        parse_head("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", 8192, 16384)->keep_alive);
}

struct Case {
    const char* head;
    int status;
};
class StrictHead : public testing::TestWithParam<Case> {};

TEST_P(StrictHead, IsAnsweredBy) {
    EXPECT_EQ(status_of(GetParam().head), GetParam().status) << GetParam().head;
}

INSTANTIATE_TEST_SUITE_P(
    Heads, StrictHead,
    testing::Values(
        Case{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200}, Case{"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
        Case{"GET / HTTP/1.1\r\n\r\n", 400}, Case{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        Case{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        Case{"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400}, Case{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        Case{"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16384\r\n\r\n", 200},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n", 413},
        Case{"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Case{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Case{"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        Case{"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Case{"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400},
        Case{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400}, Case{"GET /\r\nHost: a\r\n\r\n", 400},
        Case{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Case{"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        Case{"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
        Case{"POST / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n", 417}),
    [](const auto& what) { return test::case_name(what.index, what.param.head); });

}  // namespace
}  // namespace qrgate
