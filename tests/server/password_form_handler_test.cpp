// The login form of pages without script: a page or a redirect instead of JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view login = "/api/v1/login/password";

class LoginForm : public testing::Test, protected Fixture {
protected:
    std::string form(std::string number = "110101190001010014", std::string password = "Demo%232026lin") {
        const Captcha drawn = pc.captcha();
        return "kind=personal&identity_number=" + number + "&password=" + password +
               "&captcha_id=" + drawn.id + "&captcha=" + drawn.answer;
    }

    Pc pc{*this};
};

TEST_F(LoginForm, GoesOnAfterASuccess) {
    const Response answer = pc.post_form(login, form());

    EXPECT_EQ(answer.status, 303);
    EXPECT_THAT(values_of(answer, "Location"), ElementsAre("/account"));
    EXPECT_THAT(values_of(answer, "Set-Cookie"), SizeIs(3));
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

TEST_F(LoginForm, TakesTheNewestCaptchaWhereItNamesNone) {
    pc.captcha();
    const Response picture = pc.get("/login/captcha.png");
    EXPECT_THAT(values_of(picture, "Content-Type"), ElementsAre("image/png"));
    EXPECT_THAT(values_of(picture, "Cache-Control"), ElementsAre("no-store"));
    const Captcha newest = pc.captcha();

    const Response answer =
        pc.post_form(login,
                     "kind=personal&identity_number=110101190001010014&password=Demo%232026lin"
                     "&captcha_id=&captcha=" +
                         newest.answer);

    EXPECT_EQ(answer.status, 303);
}

TEST_F(LoginForm, PutsRightWhatPeopleTypeIntoTheNumber) {
    lin = hao;
    EXPECT_EQ(pc.post_form(login, form("+11010119000101009x+")).status, 303);
}

TEST_F(LoginForm, ShowsThePageWithTheReasonAndTheNumberKept) {
    const Response page = pc.post_form(login, form("110101190001010014", "Wrong"));

    EXPECT_EQ(page.status, 401);
    EXPECT_THAT(values_of(page, "Content-Type"), ElementsAre("text/html; charset=utf-8"));
    EXPECT_THAT(page.body, HasSubstr("role=\"alert\""));
    EXPECT_THAT(page.body, HasSubstr("用户名或密码错误"));
    EXPECT_THAT(page.body, HasSubstr("name=\"identity_number\" value=\"110101190001010014\""));
    EXPECT_THAT(page.body, Not(HasSubstr("Wrong\"")));
}

TEST_F(LoginForm, KeepsTheKind) {
    const Response page = pc.post_form(
        login, "kind=corporate&identity_number=91110000DEM0000014&password=x&captcha_id=&captcha=y");

    EXPECT_THAT(page.body, HasSubstr("value=\"corporate\" checked"));
    EXPECT_THAT(page.body, Not(HasSubstr("value=\"personal\" checked")));
}

TEST_F(LoginForm, ShowsTheFieldThatIsWrong) {
    const Response page = pc.post_form(login, form("110101190001010015"));

    EXPECT_EQ(page.status, 400);
    EXPECT_THAT(page.body, HasSubstr("身份证号不正确"));
    EXPECT_THAT(page.body, HasSubstr("value=\"110101190001010015\""));
}

TEST_F(LoginForm, OffersTheResetWhereThePasswordMayBeForgotten) {
    const Response wrong = pc.post_form(login, form("110101190001010014", "Wrong"));
    EXPECT_THAT(wrong.body, HasSubstr("<a href=\"/password/reset\">"));
    EXPECT_THAT(wrong.body, HasSubstr("按住 Shift 键"));
    EXPECT_THAT(wrong.body, HasSubstr("<title>错误："));

    const Response mistyped = pc.post_form(
        login, "kind=personal&identity_number=110101190001010014&password=x&captcha_id=&captcha=y");
    EXPECT_EQ(mistyped.status, 403);
    EXPECT_THAT(mistyped.body, Not(HasSubstr("<a href=\"/password/reset\">")))
        << "a link in the form is enough";
    lin = sun;
    EXPECT_THAT(pc.post_form(login, form(sun.number, "abc12345")).body,
                HasSubstr("href=\"/password/reset\""));
}

TEST_F(LoginForm, KeepsLanguageAndTarget) {
    pc.referer = "https://login.example/login?lang=en&to=%2Felsewhere%3Fa%3D1";
    const Response page = pc.post_form("/api/v1/login/password?lang=en", form("110101190001010014", "Wrong"));

    EXPECT_THAT(page.body, HasSubstr("lang=\"en\""));
    EXPECT_THAT(page.body, HasSubstr("You are not logged in"));
    EXPECT_THAT(page.body, HasSubstr("action=\"/api/v1/login/password?lang=en&amp;to=/elsewhere%3Fa%3D1\""));
    EXPECT_THAT(page.body, HasSubstr("href=\"/login?lang=zh-CN\""));
    pc.referer = "https://login.example/api/v1/login/password?lang=en";
    EXPECT_THAT(
        values_of(pc.post_form("/api/v1/login/password?lang=en&to=/elsewhere%3Fa%3D1", form()), "Location"),
        ElementsAre("/elsewhere?a=1"));
}

TEST_F(LoginForm, LeadsNowhereElse) {
    EXPECT_THAT(
        values_of(pc.post_form("/api/v1/login/password?to=https://evil.example/", form()), "Location"),
        ElementsAre("/account"));
}

TEST_F(LoginForm, HearsTheNewestCaptcha) {
    EXPECT_EQ(pc.get("/login/captcha.wav").status, 404);
    pc.get("/login/captcha.png");
    const Response sound = pc.get("/login/captcha.wav");
    EXPECT_THAT(values_of(sound, "Content-Type"), ElementsAre("audio/wav"));
    EXPECT_THAT(values_of(sound, "Cache-Control"), ElementsAre("no-store"));
    const std::string id = captchas.newest_id_of(pc.pre_session_hash());

    const Response answer = pc.post_form(login,
                                         "kind=personal&identity_number=110101190001010014&password="
                                         "Demo%232026lin&captcha_id=&captcha=" +
                                             captchas.spoken(id, clock.now()).value().digits);

    EXPECT_EQ(answer.status, 303);
}

TEST_F(LoginForm, EscapesWhateverWasTyped) {
    const Response page = pc.post_form(login, form("%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%27%26"));

    EXPECT_EQ(page.status, 400);
    EXPECT_THAT(page.body, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(page.body, HasSubstr("&quot;&gt;&lt;"));
}

TEST_F(LoginForm, DoesNotShowNamesOfUnknownFields) {
    const Response page = pc.post_form(login, form() + "&%3Cimg+src%3Dx%3E=1");

    EXPECT_EQ(page.status, 400);
    EXPECT_THAT(page.body, Not(HasSubstr("<img src=x>")));
}

TEST_F(LoginForm, SaysForHowLongItIsLimited) {
    Response page;
    for (int i = 0; i < 20 && page.status != 429; ++i)
        page = pc.post_form(login, form("110101190001010014", "Wrong"));

    ASSERT_EQ(page.status, 429);
    EXPECT_THAT(values_of(page, "Content-Type"), ElementsAre("text/html; charset=utf-8"));
    EXPECT_THAT(values_of(page, "Retry-After"), ElementsAre("30"));
}

TEST_F(LoginForm, GivesABrowserWithoutPreSessionOneWithThePage) {
    const Response page = pc.post_form(
        login, "kind=personal&identity_number=110101190001010014&password=x&captcha_id=&captcha=y");

    EXPECT_EQ(page.status, 403);
    EXPECT_TRUE(pc.cookies.contains("qrgate-pre"));
    EXPECT_THAT(page.body, HasSubstr("验证码错误"));
}

TEST_F(LoginForm, RefusesAForeignPage) {
    const std::string body = form();
    pc.origin = "https://evil.example";

    const Response page = pc.post_form(login, body);

    EXPECT_EQ(page.status, 403);
    EXPECT_THAT(page.body, HasSubstr("请求不是从本平台页面发出的"));
    EXPECT_FALSE(pc.cookies.contains("qrgate-session"));
}

TEST_F(LoginForm, AnswersJsonToWhoDoesNotAskForAPage) {
    const Response answer = pc.post_form(login, form(), false);

    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(json_of(answer).contains("person"));
    EXPECT_EQ(code_of(pc.post_form(login, "kind=personal&kind=personal", false)), "bad_request");
}

TEST_F(LoginForm, IsNotTakenAnywhereElse) {
    pc.visit();

    EXPECT_EQ(pc.post_form("/api/v1/captcha", "a=b", false).status, 415);
    EXPECT_EQ(pc.post_form("/api/v1/qr/redeem", "code=1234", false).status, 415);
    EXPECT_EQ(pc.post_form("/api/v1/logout", "a=b", false).status, 415);
}

TEST_F(LoginForm, SpeaksEnglishToWhoReadsIt) {
    Request asked = pc.request(Method::post, login, "kind=personal");
    asked.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                     {"accept", "text/html"},
                     {"accept-language", "en"}};

    EXPECT_THAT(pc.send(asked).body, HasSubstr("You are not logged in"));
}

}  // namespace
}  // namespace qrgate::tests
