// POST /api/v1/sms/login and /api/v1/login/sms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class SmsLogin : public testing::Test, protected Fixture {
protected:
    SmsLogin() { config.sms_provider = "http"; }  // the fixture's outbox stands in for it

    boost::json::object wanted(Pc& who, const std::string& phone) {
        const Captcha captcha = who.captcha();
        return {{"phone", phone}, {"captcha_id", captcha.id}, {"captcha", captcha.answer}};
    }
    Response ask(Pc& who, const std::string& phone, std::string_view kind = {}) {
        auto body = wanted(who, phone);
        if (!kind.empty()) body["kind"] = kind;
        return who.post("/api/v1/sms/login", body);
    }
    Response type(Pc& who, const std::string& phone, const std::string& code, std::string_view kind = {}) {
        boost::json::object body{{"phone", phone}, {"code", code}};
        if (!kind.empty()) body["kind"] = kind;
        return who.post("/api/v1/login/sms", body);
    }
    std::string code_sent_to(const std::string& phone) {
        const auto texts = outbox.sent_to(phone);
        return texts.empty() ? "" : texts.front().text.substr(0, 6);
    }
    static std::string wrong(const std::string& code) { return code == "000000" ? "000001" : "000000"; }
    Someone with_phone_of(const Someone& who, const std::string& number) {
        Someone other = who;
        other.number = number;
        NewPerson person;
        person.id = base64url(random.bytes<16>());
        person.kind = other.kind;
        person.identity_number = number;
        person.name = "某人";
        person.phone = who.phone;
        person.level = 3;
        person.level_evidence = "test";
        person.password_hash = "x";
        other.id = stored(storage.put_person(std::move(person), clock.now()));
        return other;
    }
    std::vector<std::string> events_of(const Someone& who) {
        std::vector<std::string> out;
        for (const AuditRow& row : audit_of(who))
            out.insert(out.begin(), row.event.event + ":" + row.event.outcome);
        return out;
    }

    Pc pc{*this};
};

TEST_F(SmsLogin, OpensASessionWithTheCodeThatWasSent) {
    const Response asked = ask(pc, lin.phone);
    EXPECT_EQ(asked.status, 202);
    EXPECT_EQ(asked.body, R"({"expires_in":300,"resend_in":60})");

    const Response answer = type(pc, lin.phone, code_sent_to(lin.phone));

    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(json_of(answer).at("redirect_to").as_string(), "/account");
    EXPECT_EQ(json_of(answer).at("person").as_object().at("id").as_string(), lin.id);
    const auto session = json_of(pc.get("/api/v1/session"));
    EXPECT_EQ(session.at("method").as_string(), "sms");
    EXPECT_EQ(session.at("aal").as_int64(), 1);
    EXPECT_THAT(events_of(lin),
                ElementsAre("person_put:ok", "code_sent:ok", "session_created:ok", "authn_login_success:ok"));
    EXPECT_THAT(metrics.text(), HasSubstr(R"(qrgate_logins_total{method="sms",outcome="ok"} 1)"));
}

TEST_F(SmsLogin, WorksForACompany) {
    EXPECT_EQ(ask(pc, gongsi.phone, "corporate").status, 202);

    EXPECT_EQ(type(pc, gongsi.phone, code_sent_to(gongsi.phone), "corporate").status, 200);
}

TEST_F(SmsLogin, SendsAPersonNoCodeForACompanysNumber) {
    EXPECT_EQ(ask(pc, gongsi.phone).status, 202);

    EXPECT_THAT(outbox.sent_to({}), IsEmpty());
}

TEST_F(SmsLogin, TellsThePhoneOfLevelTwoWhatIsMissingAndTheBrowserNothing) {
    const Response known = ask(pc, hao.phone);
    Pc other{*this};
    const Response unknown = ask(other, "13911112222");

    EXPECT_EQ(known.status, 202);
    EXPECT_EQ(known.body, unknown.body);
    EXPECT_EQ(known.headers, unknown.headers);
    ASSERT_THAT(outbox.sent_to({}), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(hao.phone).at(0).text,
                HasSubstr("您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级"));
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_THAT(events_of(hao), Contains("code_refused:level_too_low"));
}

TEST_F(SmsLogin, TellsASharedPhoneHowToSeparateItsNumbers) {
    const Someone other = with_phone_of(lin, "110101190001010057");

    EXPECT_EQ(ask(pc, lin.phone).status, 202);

    ASSERT_THAT(outbox.sent_to({}), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(lin.phone).at(0).text, HasSubstr("您的手机号码绑定了多个身份证号码"));
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_THAT(events_of(lin), Contains("code_refused:phone_shared"));
    EXPECT_THAT(events_of(other), Contains("code_refused:phone_shared"));
}

TEST_F(SmsLogin, TellsALockedPersonNothing) {
    lock(lin);

    EXPECT_EQ(ask(pc, lin.phone).status, 202);

    EXPECT_THAT(outbox.sent_to({}), IsEmpty());
}

TEST_F(SmsLogin, HintsComeTwiceADayOnly) {
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(ask(pc, hao.phone).status, 202);
        advance(61s);
    }

    EXPECT_THAT(outbox.sent_to(hao.phone), SizeIs(2));
}

TEST_F(SmsLogin, ANumberThatNobodyHasGetsACodeThatNobodyKnows) {
    ask(pc, "13911112222");

    for (const char* guess : {"000000", "123456", "111111"})
        EXPECT_EQ(code_of(type(pc, "13911112222", guess)), "code_wrong");
}

TEST_F(SmsLogin, RightsAreAskedForAgainWhenTheCodeIsTyped) {
    ask(pc, lin.phone);
    set_level(lin, 2);

    EXPECT_EQ(code_of(type(pc, lin.phone, code_sent_to(lin.phone))), "code_wrong");
}

TEST_F(SmsLogin, ACodeIsBoundToItsBrowserNumberAndKind) {
    ask(pc, lin.phone);
    const std::string code = code_sent_to(lin.phone);
    Pc other{*this};
    other.visit();

    EXPECT_EQ(code_of(type(other, lin.phone, code)), "code_wrong");
    EXPECT_EQ(code_of(type(pc, gongsi.phone, code)), "code_wrong");
    EXPECT_EQ(code_of(type(pc, lin.phone, code, "corporate")), "code_wrong");
    EXPECT_EQ(type(pc, lin.phone, code).status, 200);
}

TEST_F(SmsLogin, OnlyTheNewestCodeCounts) {
    ask(pc, lin.phone);
    const std::string older = code_sent_to(lin.phone);
    advance(61s);
    ask(pc, lin.phone);
    const std::string newer = code_sent_to(lin.phone);
    ASSERT_NE(older, newer);

    EXPECT_EQ(code_of(type(pc, lin.phone, older)), "code_wrong");
    EXPECT_EQ(type(pc, lin.phone, newer).status, 200);
}

TEST_F(SmsLogin, ACodeCountsOnce) {
    ask(pc, lin.phone);
    const std::string code = code_sent_to(lin.phone);
    const auto cookies = pc.cookies;
    EXPECT_EQ(type(pc, lin.phone, code).status, 200);
    pc.cookies = cookies;

    EXPECT_EQ(code_of(type(pc, lin.phone, code)), "code_wrong");
}

TEST_F(SmsLogin, ACodeEndsAfterFiveMinutes) {
    ask(pc, lin.phone);
    advance(300s);

    EXPECT_EQ(code_of(type(pc, lin.phone, code_sent_to(lin.phone))), "code_wrong");
}

TEST_F(SmsLogin, FiveWrongTriesKillACode) {
    ask(pc, lin.phone);
    const std::string code = code_sent_to(lin.phone);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(type(pc, lin.phone, wrong(code)).status, 403);

    EXPECT_EQ(code_of(type(pc, lin.phone, code)), "code_wrong");
}

TEST_F(SmsLogin, AMinutePassesBetweenTextsAndTheAnswerSaysHowLong) {
    ask(pc, lin.phone);
    advance(20s);

    const Response early = ask(pc, lin.phone);

    EXPECT_EQ(early.status, 429);
    EXPECT_THAT(values_of(early, "Retry-After"), ElementsAre("40"));
    advance(40s);
    EXPECT_EQ(ask(pc, lin.phone).status, 202);
}

TEST_F(SmsLogin, AnAnswerThatComesTooEarlyLeavesTheCaptcha) {
    ask(pc, lin.phone);
    const auto body = wanted(pc, lin.phone);
    EXPECT_EQ(pc.post("/api/v1/sms/login", body).status, 429);
    advance(61s);

    EXPECT_EQ(pc.post("/api/v1/sms/login", body).status, 202);
}

TEST_F(SmsLogin, AWrongCaptchaCostsNoTextAndBringsAnother) {
    auto body = wanted(pc, lin.phone);
    body["captcha"] = "....";
    const Response refused = pc.post("/api/v1/sms/login", body);

    EXPECT_EQ(code_of(refused), "captcha_wrong");
    EXPECT_TRUE(json_of(refused).at("captcha").as_object().contains("id"));
    EXPECT_EQ(ask(pc, lin.phone).status, 202) << "nobody waits a minute for a misread picture";
}

TEST_F(SmsLogin, ChecksTheShapeFirst) {
    for (const char* phone : {"1390000000", "+8613900000001", "139 0000 0001", "１３９０００００００１", ""})
        EXPECT_EQ(code_of(ask(pc, phone)), "bad_request") << phone;
    for (const char* code : {"12345", "1234567", "12345a", ""})
        EXPECT_EQ(code_of(type(pc, lin.phone, code)), "bad_request") << code;
    EXPECT_EQ(code_of(ask(pc, lin.phone, "nobody")), "bad_request");
    auto body = wanted(pc, lin.phone);
    body["more"] = 1;
    EXPECT_EQ(code_of(pc.post("/api/v1/sms/login", body)), "bad_request");
    EXPECT_THAT(outbox.sent_to({}), IsEmpty());
}

TEST_F(SmsLogin, TakesNoForeignOrigin) {
    Pc foreign{*this};
    foreign.visit();
    foreign.origin = "https://evil.example";

    EXPECT_EQ(code_of(foreign.post("/api/v1/sms/login",
                                   {{"phone", lin.phone}, {"captcha_id", "x"}, {"captcha", "x"}})),
              "origin_refused");
    EXPECT_EQ(code_of(type(foreign, lin.phone, "123456")), "origin_refused");
}

TEST_F(SmsLogin, ABrowserWithoutAPreSessionGetsOneWithTheRefusal) {
    Pc fresh{*this};

    const Response answer = type(fresh, lin.phone, "123456");

    EXPECT_EQ(code_of(answer), "code_wrong");
    EXPECT_THAT(values_of(answer, "Set-Cookie"), SizeIs(1));
}

TEST_F(SmsLogin, AnEndedPreSessionGetsANewOne) {
    pc.visit();
    const auto before = pc.cookies;
    pc.log_in(lin);
    pc.cookies = before;
    ask(pc, lin.phone);

    const Response answer = type(pc, lin.phone, code_sent_to(lin.phone));

    EXPECT_EQ(code_of(answer), "session_missing");
    EXPECT_THAT(values_of(answer, "Set-Cookie"), SizeIs(1));
}

TEST_F(SmsLogin, EndsTheSessionTheBrowserHadBefore) {
    pc.is_logged_in(lin, LoginMethod::password);
    ask(pc, lin.phone);

    EXPECT_EQ(type(pc, lin.phone, code_sent_to(lin.phone)).status, 200);

    EXPECT_THAT(stored(storage.list_sessions(lin.id, SessionKind::browser, clock.now())), SizeIs(1));
    EXPECT_THAT(events_of(lin), Contains("session_ended:replaced"));
}

TEST_F(SmsLogin, IsBusyForEverybodyWhereNoProviderIsConfigured) {
    config.sms_provider = "none";

    EXPECT_EQ(code_of(ask(pc, lin.phone)), "busy");
    EXPECT_EQ(code_of(ask(pc, "13911112222")), "busy");
}

TEST_F(SmsLogin, IsAmongTheMethodsWhereTextsCanBeSent) {
    EXPECT_THAT(pc.get("/api/v1/context").body, HasSubstr(R"("methods":["password","sms","qr"])"));
    config.sms_provider = "none";
    EXPECT_THAT(pc.get("/api/v1/context").body, HasSubstr(R"("methods":["password","qr"])"));
}

}  // namespace
}  // namespace qrgate::tests
