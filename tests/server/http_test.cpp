#include "server/http.hpp"

#include <gtest/gtest.h>

#include "server/answer_octets.hpp"
#include "server/clock.hpp"

namespace qrgate {
namespace {

Request with_query(std::string query) {
    Request request;
    request.query = std::move(query);
    return request;
}

TEST(QueryValue, IsDecoded) {
    EXPECT_EQ(with_query("to=%2Fa%20b+c&x=1").query_value("to"), "/a b c");
}

TEST(QueryValue, IsTheFirstOfSeveral) {
    EXPECT_EQ(with_query("a=1&a=2").query_value("a"), "1");
}

TEST(QueryValue, MayBeEmpty) {
    EXPECT_EQ(with_query("others").query_value("others"), "");
    EXPECT_EQ(with_query("others=").query_value("others"), "");
}

TEST(QueryValue, IsAbsentWhenNotWellEncoded) {
    EXPECT_EQ(with_query("a=%2").query_value("a"), std::nullopt);
    EXPECT_EQ(with_query("a=%zz").query_value("a"), std::nullopt);
    EXPECT_EQ(with_query("b=1").query_value("a"), std::nullopt);
}

TEST(Response, ReplacesAHeaderWhateverItsCase) {
    Response response;
    response.set("Cache-Control", "no-store");
    response.set("cache-control", "max-age=60");

    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].second, "max-age=60");
}

TEST(ErrorAnswer, SaysWhenToComeBack) {
    Problem problem(Errc::too_many);
    problem.retry_after = std::chrono::seconds{17};

    Response response = error_answer(problem, Language::en);

    EXPECT_EQ(response.status, 429);
    EXPECT_NE(head_of(response, {}).find("Retry-After: 17\r\n"), std::string::npos);
    EXPECT_TRUE(error_answer(Errc::busy, Language::zh).has("Retry-After"));
}

TEST(AnswerHead, HasTheSecurityHeadersAndNoServerName) {
    AnswerForm form;
    form.secure = true;
    form.content_security_policy = "default-src 'none'";

    std::string head = head_of(json_answer(404, "{}"), form);

    for (const char* line : {"X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: same-origin\r\n",
                             "Cross-Origin-Opener-Policy: same-origin\r\n", "Cache-Control: no-store\r\n",
                             "Content-Security-Policy: default-src 'none'\r\n", "Content-Length: 2\r\n",
                             "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"})
        EXPECT_NE(head.find(line), std::string::npos) << line;
    EXPECT_EQ(head.find("Server:"), std::string::npos);
}

TEST(AnswerHead, KeepsTheHandlersOwnPolicy) {
    Response response;
    response.set("content-security-policy", "mine");
    response.set("cache-control", "max-age=9");

    std::string head = head_of(response, {});

    EXPECT_EQ(head.find("no-store"), std::string::npos);
    EXPECT_EQ(head.find("Content-Security-Policy:"), std::string::npos);
    EXPECT_NE(head.find("content-security-policy: mine\r\n"), std::string::npos);
}

TEST(AnswerHead, CannotBeSplitByAValue) {
    Response response;
    response.set("Location", "/a\r\nSet-Cookie: x=1\r\n\r\n<p>");
    response.set("Bad Name\r\nX: 1", "y");

    std::string head = head_of(response, {});

    EXPECT_NE(head.find("Location: /aSet-Cookie: x=1<p>\r\n"), std::string::npos);
    EXPECT_EQ(head.find("\nSet-Cookie"), std::string::npos);
    EXPECT_EQ(head.find("Bad Name"), std::string::npos);
}

TEST(AnswerHead, CountsTheBodyItself) {
    Response response = json_answer(200, "12345");
    response.set("Content-Length", "99");
    response.set("Transfer-Encoding", "chunked");

    std::string head = head_of(response, {});

    EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_EQ(head.find("99"), std::string::npos);
    EXPECT_EQ(head.find("chunked"), std::string::npos);
}

TEST(AnswerBody, IsLeftOutWhereThereIsNone) {
    AnswerForm head_only;
    head_only.head_only = true;

    EXPECT_EQ(body_of(json_answer(200, "x"), head_only), "");
    EXPECT_EQ(body_of(json_answer(204, "x"), {}), "");
    EXPECT_EQ(head_of(json_answer(204, ""), {}).find("Content-Length"), std::string::npos);
}

TEST(MovableClock, StandsStillUntilItIsAdvanced) {
    MovableClock clock(WallTime{std::chrono::seconds{1000}});
    int looks = 0;
    clock.on_advance([&] { ++looks; });

    clock.advance(std::chrono::seconds{5});

    EXPECT_EQ(clock.now(), WallTime{std::chrono::seconds{1005}});
    EXPECT_EQ(looks, 1);
}

}  // namespace
}  // namespace qrgate
