// The phone's own login, its logout, and what it may do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PhoneLogin : public testing::Test, protected Fixture {
protected:
    PhoneLogin() { phone.bearer.clear(); }
    boost::json::object body(const Someone& who, std::string_view device = "AAAAAAAAAAAAAAAAAAAAAA") {
        const auto drawn = json_of(phone.post("/api/v1/phone/captcha", {{"device", device}}));
        const std::string id(drawn.at("id").as_string());
        return {{"device", device},
                {"kind", name_of(who.kind)},
                {"identity_number", who.number},
                {"password", who.password},
                {"captcha_id", id},
                {"captcha", captchas.answer_of(id).value()}};
    }
    Response log_in(const boost::json::object& with) { return phone.post("/api/v1/phone/login", with); }
    std::string missing_of(std::string_view method) {
        const auto me = json_of(phone.get("/api/v1/phone/me"));
        std::string all;
        for (const auto& reason : me.at("methods").at(method).at("missing").as_array())
            all += std::string(reason.at("code").as_string()) + " ";
        return all;
    }

    Phone phone{*this, lin};
};

TEST_F(PhoneLogin, GivesATokenForThirtyDaysAndNoCookie) {
    const Response answer = log_in(body(lin));

    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto made = json_of(answer);
    EXPECT_EQ(made.at("expires_at").as_string(), "2026-12-22T08:00:00Z");
    EXPECT_EQ(made.at("person").at("id").as_string(), lin.id);
    EXPECT_THAT(values_of(answer, "Set-Cookie"), IsEmpty());
    phone.bearer = made.at("token").as_string();
    advance(29 * 24h);
    EXPECT_EQ(phone.get("/api/v1/phone/me").status, 200);
    advance(24h);
    EXPECT_EQ(code_of(phone.get("/api/v1/phone/me")), "token_missing");
}

TEST_F(PhoneLogin, BindsTheCaptchaToTheDevice) {
    auto foreign = body(lin, "BBBBBBBBBBBBBBBBBBBBBA");
    foreign["device"] = "AAAAAAAAAAAAAAAAAAAAAA";

    const Response refused = log_in(foreign);

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "captcha_wrong");
    const std::string id(json_of(refused).at("captcha").at("id").as_string());
    foreign["captcha_id"] = id;
    foreign["captcha"] = captchas.answer_of(id).value();
    EXPECT_EQ(log_in(foreign).status, 200) << "the fresh one is this device's";
    EXPECT_EQ(code_of(log_in(foreign)), "captcha_wrong") << "once";
}

TEST_F(PhoneLogin, RefusesWrongShapesAndForeignPages) {
    for (const char* device : {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAAA=="}) {
        EXPECT_EQ(code_of(phone.post("/api/v1/phone/captcha", {{"device", device}})), "bad_request")
            << device;
        auto wrong = body(lin);
        wrong["device"] = device;
        EXPECT_EQ(code_of(log_in(wrong)), "bad_request") << device;
    }
    for (const char* call : {"/api/v1/phone/captcha", "/api/v1/phone/login"}) {
        Request foreign = phone.request(Method::post, call, boost::json::serialize(body(lin)));
        if (std::string_view(call).ends_with("captcha"))
            foreign.body = R"({"device":"AAAAAAAAAAAAAAAAAAAAAA"})";
        for (const char* origin : {"https://evil.example", "null"}) {
            Request asked = foreign;
            asked.headers.emplace_back("origin", origin);
            EXPECT_EQ(code_of(Fixture::call(asked)), "origin_refused");
        }
        foreign.headers.emplace_back("origin", "https://login.example");
        EXPECT_EQ(Fixture::call(foreign).status, 200) << call;
    }
}

TEST_F(PhoneLogin, GivesTheSameBytesForUnknownWrongAndLocked) {
    auto wrong = body(lin);
    wrong["password"] = "Wrong#2026";
    auto unknown = body(lin);
    unknown["identity_number"] = "110101190001010057";
    lock(hao);

    const Response first = log_in(wrong);
    const Response second = log_in(unknown);
    const Response third = log_in(body(hao));

    EXPECT_EQ(first.status, 401);
    EXPECT_EQ(code_of(first), "credentials_wrong");
    EXPECT_EQ(bytes_without_captcha(first), bytes_without_captcha(second));
    EXPECT_EQ(bytes_without_captcha(first), bytes_without_captcha(third));
}

TEST_F(PhoneLogin, SharesThePersonsBudgetWithBrowsers) {
    Pc pc{*this};
    Someone guess = lin;
    guess.password = "Wrong#2026";
    for (int i = 0; i < 10; ++i)
        pc.log_in(guess);

    const Response refused = log_in(body(lin));

    EXPECT_EQ(code_of(refused), "too_many");
    EXPECT_THAT(values_of(refused, "Retry-After"), ElementsAre("30"));
}

TEST_F(PhoneLogin, SaysThatARightPasswordMustChange) {
    const Response refused = log_in(body(sun));

    EXPECT_EQ(code_of(refused), "password_must_change");
    EXPECT_TRUE(json_of(refused).contains("reset_ticket"));
}

TEST_F(PhoneLogin, LimitsCaptchasOfAnAddress) {
    for (int i = 0; i < 300; ++i)
        ASSERT_EQ(phone.post("/api/v1/phone/captcha", {{"device", "AAAAAAAAAAAAAAAAAAAAAA"}}).status, 200);

    EXPECT_EQ(code_of(phone.post("/api/v1/phone/captcha", {{"device", "AAAAAAAAAAAAAAAAAAAAAA"}})),
              "too_many");
}

TEST_F(PhoneLogin, EndsByLogout) {
    phone.bearer = json_of(log_in(body(lin))).at("token").as_string();

    EXPECT_EQ(phone.post("/api/v1/phone/logout").status, 204);

    EXPECT_EQ(code_of(phone.post("/api/v1/phone/logout")), "token_missing");
    for (const char* call : {"/api/v1/phone/me", "/api/v1/phone/sessions", "/api/v1/phone/certificates"})
        EXPECT_EQ(code_of(phone.get(call)), "token_missing") << call;
}

TEST_F(PhoneLogin, TakesOnlyABearerToken) {
    const std::string token(json_of(log_in(body(lin))).at("token").as_string());
    for (const std::string& wrong :
         {"Basic " + token, token, std::string("Bearer"), "Bearer  " + token, "Bearer " + token + " "}) {
        Request asked = phone.request(Method::get, "/api/v1/phone/me");
        asked.headers.emplace_back("authorization", wrong);
        EXPECT_EQ(code_of(call(asked)), "token_missing") << wrong;
    }
    Request lower_case =
        phone.request(Method::get, "/api/v1/phone/me");  // schemes ignore case: RFC 9110, 11.1
    lower_case.headers.emplace_back("authorization", "bearer " + token);
    EXPECT_EQ(call(lower_case).status, 200);
    Request by_cookie = phone.request(Method::get, "/api/v1/phone/me");
    by_cookie.headers.emplace_back("cookie", "qrgate-session=" + token);
    EXPECT_EQ(call(by_cookie).status, 401);
}

TEST_F(PhoneLogin, TellsWhatIsMissingForEachMethod) {
    phone = Phone(*this, hao);
    EXPECT_EQ(missing_of("password"), "");
    EXPECT_EQ(missing_of("sms"), "level_too_low ");
    EXPECT_EQ(missing_of("qr"), "level_too_low certificate_missing ");

    phone = Phone(*this, lin);
    EXPECT_EQ(missing_of("qr"), "certificate_missing ");
    phone.has_certificate();
    EXPECT_EQ(missing_of("qr"), "");
    EXPECT_EQ(json_of(phone.get("/api/v1/phone/me")).at("level").as_int64(), 3);
}

}  // namespace
}  // namespace qrgate::tests
