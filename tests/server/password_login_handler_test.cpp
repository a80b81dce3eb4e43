// POST /api/v1/login/password: its answers, their order and its cookies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/reset_ticket.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::string_view login = "/api/v1/login/password";

class PasswordLogin : public testing::Test, protected Fixture {
protected:
    Response log_in_with(std::string_view key, boost::json::value value) {
        auto body = pc.login_body(lin);
        body[key] = std::move(value);
        return pc.post(login, body);
    }
    Pc pc{*this};
};

TEST_F(PasswordLogin, AnswersWithThePersonAndASession) {
    const Response answer = pc.log_in(lin);

    EXPECT_EQ(answer.status, 200);
    const auto body = json_of(answer);
    EXPECT_EQ(body.at("redirect_to").as_string(), "/account");
    const auto& person = body.at("person").as_object();
    EXPECT_EQ(person.at("id").as_string(), lin.id);
    EXPECT_EQ(person.at("kind").as_string(), "personal");
    EXPECT_EQ(person.at("name_masked").as_string(), "林*燕");
    EXPECT_EQ(person.at("level").as_int64(), 3);
    EXPECT_THAT(person, SizeIs(4));
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

TEST_F(PasswordLogin, LogsACompanyIn) {
    EXPECT_EQ(json_of(pc.log_in(gongsi)).at("person").at("kind").as_string(), "corporate");
}

TEST_F(PasswordLogin, SetsTheSessionEndsThePreSessionAndMarksTheBrowser) {
    const Response answer = pc.log_in(lin);

    EXPECT_THAT(
        values_of(answer, "Set-Cookie"),
        ElementsAre(testing::MatchesRegex("qrgate-session=[0-9A-Za-z_-]+; Path=/; HttpOnly; SameSite=Lax"),
                    "qrgate-pre=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
                    testing::MatchesRegex("qrgate-device=[0-9A-Za-z_-]+; Path=/; HttpOnly; SameSite=Lax; "
                                          "Max-Age=34560000")));
}

TEST_F(PasswordLogin, SetsHostCookiesOverHttps) {
    pc.secure = true;

    const Response answer = pc.log_in(lin);

    const auto cookies = values_of(answer, "Set-Cookie");
    ASSERT_THAT(cookies, SizeIs(3));
    for (const std::string& cookie : cookies) {
        EXPECT_THAT(cookie, StartsWith("__Host-qrgate-"));
        EXPECT_THAT(cookie, HasSubstr("; Path=/; HttpOnly; SameSite=Lax; Secure"));
        EXPECT_THAT(cookie, Not(HasSubstr("Domain")));
    }
}

TEST_F(PasswordLogin, KeepsTheDeviceCookieOfABrowserThatHasOne) {
    pc.log_in(lin);
    const std::string device = pc.cookies.at("qrgate-device");

    EXPECT_THAT(values_of(pc.log_in(lin), "Set-Cookie"), SizeIs(2));
    EXPECT_EQ(pc.cookies.at("qrgate-device"), device);
}

TEST_F(PasswordLogin, EndsThePreSessionForEver) {
    pc.visit();
    const auto before = pc.cookies;
    pc.log_in(lin);
    pc.cookies = before;

    const Response again = pc.log_in(lin);

    EXPECT_EQ(code_of(again), "session_missing");
    EXPECT_NE(pc.cookies.at("qrgate-pre"), before.at("qrgate-pre"));
    EXPECT_TRUE(json_of(again).contains("captcha"));
    EXPECT_EQ(pc.log_in(lin).status, 200);
}

TEST_F(PasswordLogin, GivesAFreshCaptchaThatTheNewPreSessionCanUse) {
    pc.visit();
    const auto before = pc.cookies;
    pc.log_in(lin);
    pc.cookies = before;
    const Response refused = pc.log_in(lin);
    ASSERT_TRUE(json_of(refused).contains("captcha"));
    const std::string id(json_of(refused).at("captcha").at("id").as_string());

    auto body = pc.login_body(lin);
    body["captcha_id"] = id;
    body["captcha"] = captchas.answer_of(id).value();

    EXPECT_EQ(pc.post(login, body).status, 200);
}

TEST_F(PasswordLogin, GoesWhereTheLoginPageWasAskedToGo) {
    pc.referer = "https://login.example/login?tab=password&to=%2Felsewhere%3Fa%3D1";
    EXPECT_EQ(json_of(pc.log_in(lin)).at("redirect_to").as_string(), "/elsewhere?a=1");

    for (const char* foreign :
         {"https://login.example/login?to=https%3A%2F%2Fevil.example",
          "https://login.example/login?to=%2F%2Fevil", "https://evil.example/login?to=%2Felsewhere%3Fa%3D1",
          "https://login.example/account?to=%2Felsewhere%3Fa%3D1"}) {
        pc.referer = foreign;
        EXPECT_EQ(json_of(pc.log_in(lin)).at("redirect_to").as_string(), "/account") << foreign;
    }
}

// --- shape

TEST_F(PasswordLogin, NamesTheFieldThatIsWrong) {
    for (const char* field : {"kind", "identity_number", "password", "captcha_id", "captcha"}) {
        for (const boost::json::value& wrong :
             {boost::json::value(nullptr), boost::json::value(1), boost::json::value(true),
              boost::json::value(boost::json::array{"a"}), boost::json::value(boost::json::object{})}) {
            const Response answer = log_in_with(field, wrong);
            EXPECT_EQ(code_of(answer), "bad_request") << field;
            EXPECT_TRUE(json_of(answer).at("error").at("fields").as_object().contains(field)) << answer.body;
        }
    }
}

TEST_F(PasswordLogin, RefusesWhatIsNoIdentityNumber) {
    for (const char* number : {"", "110101190001010015", "11010119000101009x", "110101190001010014 ",
                               "91110000DEM0000014", "１１０１０１１９０００１０１００１４"})
        EXPECT_EQ(code_of(log_in_with("identity_number", number)), "bad_request") << number;
    EXPECT_EQ(code_of(log_in_with("kind", "corporate")), "bad_request");
    EXPECT_EQ(code_of(log_in_with("kind", "admin")), "bad_request");
}

TEST_F(PasswordLogin, RefusesUnknownAndDoubledKeysAndOtherTypes) {
    EXPECT_EQ(code_of(log_in_with("remember", true)), "bad_request");
    EXPECT_EQ(code_of(pc.send(pc.request(Method::post, login, R"({"kind":"personal","kind":"personal"})"))),
              "bad_request");
    EXPECT_EQ(code_of(pc.send(pc.request(Method::post, login, "[]"))), "bad_request");
    EXPECT_EQ(code_of(pc.send(pc.request(Method::post, login, "{\"kind\":\"\xff\"}"))), "bad_request");
    EXPECT_EQ(code_of(pc.send(pc.request(Method::post, login, R"({"kind":"a\u0000b"})"))), "bad_request");
    Request text = pc.request(Method::post, login, "{}");
    for (auto& [name, value] : text.headers)
        if (name == "content-type") value = "text/plain";
    const Response refused = pc.send(text);
    EXPECT_EQ(refused.status, 415);
    EXPECT_EQ(code_of(refused), "unsupported_type");
}

TEST_F(PasswordLogin, UsesNothingUpForAWrongShape) {
    auto body = pc.login_body(lin);
    auto wrong = body;
    wrong["identity_number"] = "110101190001010015";
    for (int i = 0; i < 30; ++i)
        EXPECT_EQ(pc.post(login, wrong).status, 400);

    EXPECT_EQ(pc.post(login, body).status, 200);
}

// --- origin

TEST_F(PasswordLogin, RefusesForeignOriginsBeforeItUsesAnythingUp) {
    auto body = pc.login_body(lin);
    for (const char* foreign :
         {"https://evil.example", "null", "http://login.example", "https://login.example.evil.com",
          "https://login.example:8443", "https://xlogin.example"}) {
        pc.origin = foreign;
        const Response refused = pc.post(login, body);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "origin_refused") << foreign;
    }
    pc.origin.clear();
    EXPECT_EQ(code_of(pc.post(login, body)), "origin_refused") << "cookies, but neither Origin nor Referer";
    pc.referer = "https://login.example/login";
    EXPECT_EQ(pc.post(login, body).status, 200) << "old browsers send a Referer only";
}

TEST_F(PasswordLogin, SaysTheShapeBeforeTheOrigin) {
    pc.visit();
    pc.origin = "https://evil.example";

    EXPECT_EQ(code_of(pc.post(login, {{"kind", "personal"}})), "bad_request");
}

TEST_F(PasswordLogin, GivesABrowserWithoutPreSessionOneWithTheRefusal) {
    const Response refused = pc.post(login, {{"kind", "personal"},
                                             {"identity_number", lin.number},
                                             {"password", lin.password},
                                             {"captcha_id", ""},
                                             {"captcha", "AAAA"}});

    EXPECT_EQ(code_of(refused), "captcha_wrong");
    ASSERT_TRUE(pc.cookies.contains("qrgate-pre"));
    const std::string id(json_of(refused).at("captcha").at("id").as_string());
    auto body = pc.login_body(lin);
    body["captcha_id"] = id;
    body["captcha"] = captchas.answer_of(id).value();
    EXPECT_EQ(pc.post(login, body).status, 200);
}

TEST_F(PasswordLogin, ReplacesAForgedPreSession) {
    pc.cookies["qrgate-pre"] = "forged";

    pc.log_in(hao);

    EXPECT_FALSE(pc.cookies.contains("qrgate-pre"));
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

// --- the rest

TEST_F(PasswordLogin, GivesTheSameBytesForUnknownWrongAndLocked) {
    Someone wrong = lin;
    wrong.password = "Wrong#2026";
    Someone unknown = lin;
    unknown.number = "110101190001010057";
    const Response first = pc.log_in(wrong);
    const Response second = pc.log_in(unknown);
    lock(hao);
    const Response third = pc.log_in(hao);

    EXPECT_EQ(first.status, 401);
    EXPECT_EQ(code_of(first), "credentials_wrong");
    EXPECT_EQ(bytes_without_captcha(first), bytes_without_captcha(second));
    EXPECT_EQ(bytes_without_captcha(first), bytes_without_captcha(third));
    for (const Response& each : {first, second, third})
        EXPECT_TRUE(json_of(each).contains("captcha"));
}

TEST_F(PasswordLogin, SaysThatARightPasswordMustChangeAndHowToBegin) {
    const Response refused = pc.log_in(sun);

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "password_must_change");
    const std::string ticket(json_of(refused).at("reset_ticket").as_string());
    EXPECT_EQ(check_reset_ticket(keys.reset_tickets, ticket, clock.now()), sun.id);
    EXPECT_TRUE(json_of(refused).contains("captcha"));
    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

TEST_F(PasswordLogin, SpeaksTheLanguageAsked) {
    Request english = pc.request(Method::post, login, "{}");
    english.headers.emplace_back("accept-language", "en-GB,en;q=0.9");

    EXPECT_THAT(std::string(json_of(pc.send(english)).at("error").at("message").as_string()),
                StartsWith("Something"));
    EXPECT_THAT(std::string(json_of(pc.post(login)).at("error").at("message").as_string()),
                StartsWith("填写"));
}

TEST_F(PasswordLogin, WritesAnAuditRowForEveryDecision) {
    Someone wrong = lin;
    wrong.password = "Wrong#2026";
    pc.log_in(wrong);
    pc.log_in(lin);

    std::vector<std::string> events;
    for (const AuditRow& row : audit_of(lin))
        events.push_back(row.event.event + " " + row.event.outcome);
    EXPECT_THAT(events,
                testing::IsSupersetOf({"authn_login_fail credentials_wrong", "authn_login_success ok"}));
}

}  // namespace
}  // namespace qrgate::tests
