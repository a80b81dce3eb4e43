// The short way through a request: it takes only what the whole parser takes, and reads it the same.
#include "server/plain_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/request_head.hpp"
#include "tests/case_name.hpp"

namespace qrgate {
namespace {

constexpr std::size_t header_limit = 8192;
constexpr std::size_t body_limit = 16384;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

// Empty: the short way left it, or both read it the same. Else what differs.
std::string difference(const std::string& octets) {
    PlainRequest plain;
    if (!read_plain_request(octets, header_limit, body_limit, plain)) return "";
    HeadScanner scanner;
    if (scanner.look(octets, header_limit) != HeadScanner::Outcome::complete) return "no complete head";
    auto whole = parse_head(std::string_view(octets).substr(0, scanner.size()), header_limit, body_limit);
    if (!whole) return "refused by the whole parser";
    const Request& request = whole->request;
    if (!whole->keep_alive || whole->expects_continue || !request.http_1_1) return "connection";
    if (plain.size != scanner.size() + whole->content_length) return "size";
    if (plain.view.body != std::string_view(octets).substr(scanner.size(), whole->content_length))
        return "body";
    if (plain.view.method != request.method || plain.view.path != request.path) return "request line";
    if (plain.view.query != request.query) return "query";
    if (plain.view.header_count != request.headers.size()) return "number of headers";
    for (std::size_t i = 0; i < request.headers.size(); ++i)
        if (lower(plain.view.headers[i].first) != request.headers[i].first ||
            plain.view.headers[i].second != request.headers[i].second)
            return "header " + request.headers[i].first;
    return "";
}

bool takes(const std::string& octets) {
    PlainRequest plain;
    return read_plain_request(octets, header_limit, body_limit, plain);
}

const std::vector<std::string>& usual() {
    static const std::vector<std::string> requests{
        "GET /api/v1/verify?level=3 HTTP/1.1\r\nHost: login.example:8443\r\nCookie: a=b; "
        "qrgate-session=AAAA\r\n\r\n",
        "HEAD / HTTP/1.1\r\nhost:[::1]:80\r\nX-Empty:\r\nConnection:  Keep-Alive \r\n\r\n",
        "POST /bench/push HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: "
        "13\r\n\r\n{\"token\":\"a\"}",
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"};
    return requests;
}

TEST(PlainRequest, TakesWhatEverybodySends) {
    for (const std::string& octets : usual()) {
        EXPECT_TRUE(takes(octets)) << octets;
        EXPECT_EQ(difference(octets), "") << octets;
    }
}

TEST(PlainRequest, LeavesWhatIsNotWhole) {
    for (std::size_t octets = 0; octets < usual()[2].size(); ++octets)
        EXPECT_FALSE(takes(usual()[2].substr(0, octets))) << octets;
}

class Unusual : public testing::TestWithParam<const char*> {};

TEST_P(Unusual, IsLeftToTheWholeParser) {
    EXPECT_FALSE(takes(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Unusual,
    testing::Values(
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-encoding: identity\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: \xff\r\n\r\n"),
    [](const auto& what) { return test::case_name(what.index, what.param); });

TEST(PlainRequest, LeavesMoreHeadersThanItHolds) {
    std::string octets = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < RequestView::header_limit; ++i)
        octets += "X: y\r\n";
    EXPECT_TRUE(takes(octets + "\r\n"));
    EXPECT_FALSE(takes(octets + "X: y\r\n\r\n"));
    EXPECT_FALSE(takes("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(header_limit, 'a') + "\r\n\r\n"));
}

// Every octet of the usual requests replaced by, preceded by, or left out for each of those that framing
// hangs on: whatever is taken is read as the whole parser reads it.
TEST(PlainRequest, NeverReadsARequestDifferently) {
    constexpr std::string_view octets_of_framing("\r\n :\t/?#0,;aZ=%\0\x7f\x80", 18);
    std::size_t taken = 0;
    for (const std::string& right : usual()) {
        for (std::size_t at = 0; at < right.size(); ++at) {
            std::vector<std::string> bent{right.substr(0, at) + right.substr(at + 1)};
            for (char c : octets_of_framing) {
                bent.push_back(right.substr(0, at) + c + right.substr(at + 1));
                bent.push_back(right.substr(0, at) + c + right.substr(at));
            }
            for (const std::string& octets : bent) {
                taken += takes(octets);
                ASSERT_EQ(difference(octets), "") << octets;
            }
        }
    }
    EXPECT_GT(taken, 1000u) << "most of them are taken: there is something to compare";
}

}  // namespace
}  // namespace qrgate
