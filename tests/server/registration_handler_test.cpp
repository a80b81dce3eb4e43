// POST /api/v1/register/start and /finish: a code to the phone that was typed, then the account.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view start_path = "/api/v1/register/start";
constexpr std::string_view finish_path = "/api/v1/register/finish";

class Registering : public testing::Test, protected Fixture {
protected:
    boost::json::object start_body(Pc& from, const Someone& who) {
        const Captcha captcha = from.captcha();
        return {{"kind", name_of(who.kind)}, {"identity_number", who.number}, {"name", who.name},
                {"phone", who.phone},        {"captcha_id", captcha.id},      {"captcha", captcha.answer}};
    }
    Response start(const Someone& who) { return pc.post(start_path, start_body(pc, who)); }
    std::string started(const Someone& who) {
        const Response answer = start(who);
        EXPECT_EQ(answer.status, 202) << answer.body;
        return std::string(json_of(answer).at("registration").as_string());
    }
    std::string code_of_text(std::string_view phone) {
        const auto texts = outbox.sent_to(std::string(phone));
        return texts.empty() ? "" : texts.front().text.substr(0, 6);
    }
    Response finish(std::string_view registration, std::string_view code, std::string_view password) {
        return pc.post(finish_path, {{"registration", registration}, {"code", code}, {"password", password}});
    }
    static std::string wrong(std::string code) {
        code[0] = code[0] == '9' ? '0' : '9';
        return code;
    }

    Pc pc{*this};
    Someone wang{PersonKind::personal, "110101199003070118", "王五", "13900000011", "Reise#2026x", 1, {}};
    Someone company{
        PersonKind::corporate, "91110000DEM0000027", "上海演示有限公司", "13900000012", "Reise#2026y", 1, {}};
};

TEST_F(Registering, MakesAPersonWhoCanLogIn) {
    const std::string registration = started(wang);
    ASSERT_THAT(outbox.sent_to(wang.phone), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(wang.phone).front().text, HasSubstr("注册"));

    const Response made = finish(registration, code_of_text(wang.phone), wang.password);

    EXPECT_EQ(made.status, 201) << made.body;
    const auto person = json_of(made).at("person").as_object();
    EXPECT_EQ(person.at("kind").as_string(), "personal");
    EXPECT_EQ(person.at("name_masked").as_string(), "王*");
    EXPECT_EQ(person.at("level").as_int64(), 1) << "no real-name provider";
    EXPECT_THAT(person, SizeIs(4));
    EXPECT_THAT(values_of(made, "Set-Cookie"), IsEmpty()) << "the person then logs in";
    const Response in = pc.log_in(wang);
    EXPECT_EQ(in.status, 200) << in.body;
    EXPECT_EQ(json_of(in).at("person").at("id"), person.at("id"));
}

TEST_F(Registering, MakesACompany) {
    const Response made = finish(started(company), code_of_text(company.phone), company.password);

    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(json_of(made).at("person").at("kind").as_string(), "corporate");
    EXPECT_EQ(pc.log_in(company).status, 200);
}

TEST_F(Registering, GivesLevelTwoToWhomTheRealNameCheckConfirms) {
    config.demo = true;

    const Response made = finish(started(wang), code_of_text(wang.phone), wang.password);

    EXPECT_EQ(json_of(made).at("person").at("level").as_int64(), 2);
    const auto found = stored(storage.find_person(wang.kind, wang.number));
    EXPECT_EQ(found->level, 2);
    EXPECT_EQ(found->level_evidence, "real-name:simulated");
}

TEST_F(Registering, NamesTheFieldThatIsWrong) {
    const std::pair<const char*, const char*> wrongs[] = {
        {"kind", "admin"},       {"identity_number", "110101199003070119"},
        {"name", "王"},          {"name", "王\u200b五"},
        {"name", "  "},          {"phone", "12900000011"},
        {"phone", "1390000001"}, {"kind", "corporate"}};
    for (const auto& [field, value] : wrongs) {
        auto body = start_body(pc, wang);
        body[field] = value;
        const Response answer = pc.post(start_path, body);
        EXPECT_EQ(code_of(answer), "bad_request") << field << value;
        const std::string named = std::string_view(value) == "corporate" ? "identity_number" : field;
        EXPECT_TRUE(json_of(answer).at("error").at("fields").as_object().contains(named)) << answer.body;
    }
    EXPECT_EQ(code_of(finish("x", "12345", wang.password)), "bad_request");
    EXPECT_EQ(start(wang).status, 202) << "nothing of it cost a try";
}

TEST_F(Registering, KeepsTheOrderOfChecks) {
    const auto body = start_body(pc, wang);
    pc.origin = "https://evil.example";
    EXPECT_EQ(code_of(pc.post(start_path, {{"kind", "personal"}})), "bad_request");
    EXPECT_EQ(code_of(pc.post(start_path, body)), "origin_refused");
    EXPECT_EQ(code_of(finish("x", "123456", "weak")), "origin_refused");
    pc.origin = "https://login.example";
    started(wang);
    auto wrong_captcha = start_body(pc, wang);
    wrong_captcha["captcha"] = "....";
    EXPECT_EQ(pc.post(start_path, wrong_captcha).status, 429) << "the minute before the captcha";
}

TEST_F(Registering, AMistypedCaptchaBringsAnotherAndCostsNoMinute) {
    auto body = start_body(pc, wang);
    body["captcha"] = "....";

    const Response refused = pc.post(start_path, body);

    EXPECT_EQ(code_of(refused), "captcha_wrong");
    EXPECT_TRUE(json_of(refused).contains("captcha"));
    EXPECT_THAT(outbox.sent_to(wang.phone), IsEmpty());
    EXPECT_EQ(start(wang).status, 202);
}

TEST_F(Registering, SendsOneTextAMinute) {
    started(wang);

    const Response again = start(wang);

    EXPECT_EQ(again.status, 429);
    EXPECT_THAT(values_of(again, "Retry-After"), SizeIs(1));
    advance(61s);
    EXPECT_EQ(start(wang).status, 202);
    EXPECT_THAT(outbox.sent_to(wang.phone), SizeIs(2));
}

TEST_F(Registering, ANewerCodeReplacesTheOlderOne) {
    const std::string first = started(wang);
    const std::string old_code = code_of_text(wang.phone);
    advance(61s);
    const std::string second = started(wang);
    ASSERT_NE(old_code, code_of_text(wang.phone));

    EXPECT_EQ(code_of(finish(first, old_code, wang.password)), "code_wrong");
    EXPECT_EQ(finish(second, code_of_text(wang.phone), wang.password).status, 201);
}

TEST_F(Registering, AWeakPasswordIsNamedAndLeavesTheCodeAlone) {
    const std::string registration = started(wang);
    const std::string code = code_of_text(wang.phone);
    for (const char* weak : {"short", "abc12345", "abcdefgh!", "12345678!", "Admin@123", "abc 1234!",
                             "abc!19900307", "abc!13900000011", "a!110101199003070118"}) {
        const Response refused = finish(registration, code, weak);
        EXPECT_EQ(refused.status, 400) << weak;
        EXPECT_EQ(code_of(refused), "password_too_weak") << weak;
        EXPECT_TRUE(json_of(refused).at("error").at("fields").as_object().contains("password"))
            << refused.body;
    }

    EXPECT_EQ(finish(registration, code, wang.password).status, 201) << "nine weak ones cost no try";
}

TEST_F(Registering, FollowsTheConfiguredPolicy) {
    config.password_policy = PasswordPolicy::nist;
    const std::string registration = started(wang);
    const std::string code = code_of_text(wang.phone);

    EXPECT_EQ(code_of(finish(registration, code, wang.password)), "password_too_weak");
    EXPECT_EQ(finish(registration, code, "a long sentence of mine").status, 201);
}

TEST_F(Registering, AWrongCodeCanBeTypedAgainFiveTimesInAll) {
    const std::string registration = started(wang);
    const std::string code = code_of_text(wang.phone);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(finish(registration, wrong(code), wang.password)), "code_wrong");

    EXPECT_EQ(code_of(finish(registration, code, wang.password)), "code_wrong");
}

TEST_F(Registering, AnotherTextBringsNoMoreTriesThanTheHourAllows) {
    int evaluated = 0;
    for (int text = 0; text < 4; ++text) {
        const std::string registration = started(wang);
        for (int i = 0; i < 5; ++i)
            evaluated +=
                finish(registration, wrong(code_of_text(wang.phone)), wang.password).status != 429 ? 1 : 0;
        advance(61s);
    }

    EXPECT_EQ(evaluated, 10);
}

TEST_F(Registering, ACodeIsOverAfterFiveMinutes) {
    const std::string registration = started(wang);
    advance(300s);

    EXPECT_EQ(code_of(finish(registration, code_of_text(wang.phone), wang.password)), "code_wrong");
}

TEST_F(Registering, ARegistrationIsUsedOnce) {
    const std::string registration = started(wang);
    const std::string code = code_of_text(wang.phone);
    ASSERT_EQ(finish(registration, code, wang.password).status, 201);

    EXPECT_EQ(code_of(finish(registration, code, wang.password)), "code_wrong");
}

TEST_F(Registering, ATakenNumberIsToldToThePhoneOnRecordOnly) {
    Someone taken = wang;
    taken.number = lin.number;

    const std::string registration = started(taken);

    EXPECT_THAT(outbox.sent_to(wang.phone), IsEmpty());
    ASSERT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("已有账户"));
    EXPECT_EQ(code_of(finish(registration, "123456", wang.password)), "code_wrong");
    EXPECT_EQ(pc.log_in(lin).status, 200);
}

TEST_F(Registering, ANumberTakenMeanwhileLooksLikeAWrongCode) {
    const std::string registration = started(wang);
    NewPerson first;
    first.id = "somebody-quicker-0000";
    first.identity_number = wang.number;
    first.name = wang.name;
    first.password_hash = "x";
    stored(storage.put_person(first, clock.now()));

    EXPECT_EQ(code_of(finish(registration, code_of_text(wang.phone), wang.password)), "code_wrong");
}

TEST_F(Registering, HasItsPageAndAPreSession) {
    const Response page = pc.get("/register");

    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(pc.cookies.contains("qrgate-pre"));
    EXPECT_EQ(json_of(pc.get("/api/v1/context")).at("password_rules").as_string(), "manual");
}

}  // namespace
}  // namespace qrgate::tests
