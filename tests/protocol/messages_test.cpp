#include "protocol/messages.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

namespace qrgate {
namespace {

TEST(Frames, AreByteForByteTheContracts) {
    std::string said;
    auto next = [&said] { return std::exchange(said, {}); };
    append_code_frame(said, {.seq = 1,
                             .origin = "https://login.example",
                             .token = "TOKEN",
                             .short_code = "K7QD-M3RP",
                             .expires_in = 60});
    EXPECT_EQ(
        next(),
        R"({"type":"code","seq":1,"url":"https://login.example/s/TOKEN","token":"TOKEN","short_code":"K7QD-M3RP","expires_in":60})");
    append_scanned_frame(said, 2);
    EXPECT_EQ(next(), R"({"type":"scanned","seq":2})");
    append_confirmed_frame(said, 3, false);
    EXPECT_EQ(next(), R"({"type":"confirmed","seq":3})");
    append_confirmed_frame(said, 3, true);
    EXPECT_EQ(next(), R"({"type":"confirmed","seq":3,"needs_code":true})");
    append_denied_frame(said, 4);
    EXPECT_EQ(next(), R"({"type":"denied","seq":4})");
    append_expired_frame(said, 18446744073709551615U);
    EXPECT_EQ(next(), R"({"type":"expired","seq":18446744073709551615})");
}

TEST(Frames, AreAppendedAndEscapeWhatAnOriginMayHold) {
    std::string said = "before";
    append_code_frame(said, {.seq = 1, .origin = "https://a\"\\\n", .token = "T", .short_code = "S"});

    ASSERT_TRUE(said.starts_with("before"));
    auto read = boost::json::parse(said.substr(6)).as_object();
    EXPECT_EQ(read.at("url").as_string(), "https://a\"\\\n/s/T");
}

TEST(ErrorBody, CarriesNothingThatIsNotThere) {
    EXPECT_EQ(error_body(Errc::not_found, Language::zh),
              R"({"error":{"code":"not_found","message":"没有找到您要的内容，请返回上一页。"}})");
}

TEST(ErrorBody, CarriesFieldsRetryAfterAndWhatStandsBeside) {
    Problem problem(Errc::captcha_wrong, {{"captcha", "验证码错误，请重新输入"}});
    problem.retry_after = std::chrono::seconds{30};

    EXPECT_EQ(
        error_body(problem, Language::zh, {{"captcha", {{"id", "a1"}}}}),
        R"({"error":{"code":"captcha_wrong","message":"验证码错误，请重新输入","fields":{"captcha":"验证码错误，请重新输入"},"retry_after":30},"captcha":{"id":"a1"}})");
}

TEST(ErrorBody, CannotBeReplacedByWhatStandsBeside) {
    const auto body = boost::json::parse(error_body(Errc::busy, Language::en, {{"error", "mine"}}));

    EXPECT_EQ(body.at("error").at("code").as_string(), "busy");
}

TEST(ErrorBody, EscapesWhatAClientNamed) {
    const auto body = boost::json::parse(error_body({Errc::bad_request, {{"a\"\n", "x"}}}, Language::en));

    EXPECT_TRUE(body.at("error").at("fields").as_object().contains("a\"\n"));
}

TEST(PersonBody, ShowsTheNameMasked) {
    EXPECT_EQ(boost::json::serialize(person_body("p1", PersonKind::personal, "张三丰", 3)),
              R"({"id":"p1","kind":"personal","name_masked":"张*丰","level":3})");
}

}  // namespace
}  // namespace qrgate
