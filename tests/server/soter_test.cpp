#include "server/biometric/soter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/http_client.hpp"
#include "storage/task.hpp"
#include "tests/server/support.hpp"

namespace qrgate::tests {
namespace {

class FakeHttp final : public HttpClient {
public:
    Task<Result<HttpReply>> call(HttpCall call) override {
        calls.push_back(std::move(call));
        co_return reply;
    }
    std::vector<HttpCall> calls = {};
    Result<HttpReply> reply = HttpReply{.status = 200, .body = R"({"errcode":0,"errmsg":"ok","is_ok":true})"};
};

const SoterAnswer answer{
    .openid = "o1", .json_string = R"({"raw":"ch","fid":"1"})", .json_signature = "c2ln"};

class Soter : public testing::Test {
protected:
    Result<bool> ask(SoterAnswer given = answer, const std::string& url = "https://gate.example/soter") {
        HttpSoter soter(http, url, "k3y", std::chrono::seconds(3));
        return run(io, soter.is_signed(std::move(given)));
    }
    Result<bool> told(int status, std::string body) {
        http.reply = HttpReply{.status = status, .body = std::move(body)};
        return ask();
    }
    asio::io_context io;
    FakeHttp http;
};

TEST_F(Soter, AsksThePlatformWithWhatThePhoneSigned) {
    EXPECT_TRUE(ask().value());

    ASSERT_EQ(http.calls.size(), 1u);
    EXPECT_EQ(http.calls[0].body,
              R"({"openid":"o1","json_string":"{\"raw\":\"ch\",\"fid\":\"1\"}","json_signature":"c2ln"})");
    EXPECT_THAT(http.calls[0].headers, testing::Contains(testing::Pair("Authorization", "Bearer k3y")));
    EXPECT_EQ(http.calls[0].deadline, std::chrono::seconds(3));
}

TEST_F(Soter, PutsTheKeyIntoAnAddressThatHasAPlaceForIt) {
    EXPECT_TRUE(ask(answer, "https://api.example/verify?access_token={key}").value());

    EXPECT_EQ(http.calls[0].url, "https://api.example/verify?access_token=k3y");
    EXPECT_THAT(http.calls[0].headers, testing::Not(testing::Contains(testing::Key("Authorization"))));
}

TEST_F(Soter, SendsALoginCodeWhereThePhoneHasNoOpenid) {
    SoterAnswer by_code = answer;
    by_code.openid.clear();
    by_code.login_code = "jc";

    EXPECT_TRUE(ask(by_code).value());
    EXPECT_THAT(http.calls[0].body, testing::StartsWith(R"({"js_code":"jc",)"));
}

TEST_F(Soter, TakesNothingButAPlainYes) {
    EXPECT_FALSE(told(200, R"({"is_ok":false})").value());
    EXPECT_FALSE(told(200, R"({"errcode":40001,"is_ok":true})").value());
    EXPECT_FALSE(told(200, R"({"is_ok":"true"})").value());
    EXPECT_FALSE(told(200, R"({})").value());
    EXPECT_FALSE(told(200, "is_ok").value());
}

TEST_F(Soter, SaysBusyWhereThePlatformDoesNotAnswer) {
    EXPECT_EQ(told(500, R"({"is_ok":true})").error(), Errc::busy);
    http.reply = Errc::timed_out;
    EXPECT_EQ(ask().error(), Errc::timed_out);
}

TEST_F(Soter, HoldsOnlyItsOwnChallenge) {
    EXPECT_TRUE(soter_holds(answer, "ch"));
    EXPECT_FALSE(soter_holds(answer, "c"));
    EXPECT_FALSE(soter_holds({.json_string = R"({"fid":"ch"})"}, "ch"));
    EXPECT_FALSE(soter_holds({.json_string = R"(["ch"])"}, "ch"));
    EXPECT_FALSE(soter_holds({.json_string = "ch"}, "ch"));
}

}  // namespace
}  // namespace qrgate::tests
