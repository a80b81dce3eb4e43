// POST /api/v1/password/reset/start and /finish: a code to the phone on record, then a new password.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view start_path = "/api/v1/password/reset/start";
constexpr std::string_view finish_path = "/api/v1/password/reset/finish";
constexpr std::string_view new_password = "Reise#2026x";

class Resetting : public testing::Test, protected Fixture {
protected:
    boost::json::object start_body(Pc& from, const Someone& who) {
        const Captcha captcha = from.captcha();
        return {{"kind", name_of(who.kind)},
                {"identity_number", who.number},
                {"captcha_id", captcha.id},
                {"captcha", captcha.answer}};
    }
    std::string started(const Someone& who) {
        const Response answer = pc.post(start_path, start_body(pc, who));
        EXPECT_EQ(answer.status, 202) << answer.body;
        return std::string(json_of(answer).at("reset").as_string());
    }
    std::string code_of_text(const Someone& who) {
        const auto texts = outbox.sent_to(who.phone);
        return texts.empty() ? "000000" : texts.front().text.substr(0, 6);
    }
    Response finish(std::string_view reset, std::string_view code, std::string_view password = new_password) {
        return pc.post(finish_path, {{"reset", reset}, {"code", code}, {"new_password", password}});
    }
    Someone renewed(Someone who) {
        who.password = new_password;
        return who;
    }
    Pc pc{*this};
};

TEST_F(Resetting, SetsANewPasswordByACodeToThePhoneOnRecord) {
    const std::string reset = started(lin);
    ASSERT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("重置密码"));

    const Response done = finish(reset, code_of_text(lin));

    EXPECT_EQ(done.status, 204) << done.body;
    EXPECT_EQ(code_of(pc.log_in(lin)), "credentials_wrong");
    EXPECT_EQ(pc.log_in(renewed(lin)).status, 200);
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("密码刚刚被修改"))
        << "and the owner is told";
}

TEST_F(Resetting, SetsANewPasswordForACompany) {
    const std::string reset = started(gongsi);

    EXPECT_EQ(finish(reset, code_of_text(gongsi)).status, 204);
    EXPECT_EQ(pc.log_in(renewed(gongsi)).status, 200);
}

TEST_F(Resetting, M7_AWeakImportedPasswordIsResetWithTheTicketOfItsLogin) {
    const Response refused = pc.log_in(sun);
    ASSERT_EQ(code_of(refused), "password_must_change");
    const std::string ticket(json_of(refused).at("reset_ticket").as_string());

    const Response begun = pc.post(start_path, {{"reset_ticket", ticket}});

    ASSERT_EQ(begun.status, 202) << begun.body;
    const std::string reset(json_of(begun).at("reset").as_string());
    EXPECT_EQ(finish(reset, code_of_text(sun)).status, 204);
    EXPECT_EQ(pc.log_in(renewed(sun)).status, 200);
}

TEST_F(Resetting, ATicketAloneStartsButOnlyAlone) {
    const std::string ticket(json_of(pc.log_in(sun)).at("reset_ticket").as_string());
    auto both = start_body(pc, sun);
    both["reset_ticket"] = ticket;

    EXPECT_EQ(code_of(pc.post(start_path, both)), "bad_request");
    EXPECT_EQ(code_of(pc.post(start_path, {{"reset_ticket", "forged"}})), "session_missing");
    EXPECT_EQ(code_of(pc.post(start_path, {{"reset_ticket", 1}})), "bad_request");
    advance(601s);
    EXPECT_EQ(code_of(pc.post(start_path, {{"reset_ticket", ticket}})), "session_missing");
    EXPECT_THAT(outbox.sent_to(sun.phone), IsEmpty());
}

TEST_F(Resetting, ATicketAndATypedNumberShareTheMinute) {
    started(sun);
    const std::string ticket(json_of(pc.log_in(sun)).at("reset_ticket").as_string());

    EXPECT_EQ(pc.post(start_path, {{"reset_ticket", ticket}}).status, 429);
}

TEST_F(Resetting, EndsAllSessionsOfThePersonOnBrowsersAndPhones) {
    Pc logged_in{*this};
    logged_in.is_logged_in(lin);
    ASSERT_EQ(logged_in.get("/api/v1/session").status, 200);
    Phone phone{*this, lin};
    ASSERT_EQ(phone.get("/api/v1/phone/me").status, 200);
    Phone other{*this, hao, "device-of-hao---"};

    ASSERT_EQ(finish(started(lin), code_of_text(lin)).status, 204);

    EXPECT_EQ(code_of(logged_in.get("/api/v1/session")), "session_missing");
    EXPECT_EQ(code_of(phone.get("/api/v1/phone/me")), "token_missing");
    EXPECT_EQ(other.get("/api/v1/phone/me").status, 200);
}

TEST_F(Resetting, AWeakPasswordIsNamedAndLeavesTheCodeAlone) {
    const std::string reset = started(lin);
    const std::string code = code_of_text(lin);
    for (const char* weak :
         {"short", "abc12345", "Admin@123", "abc！12345", "abc!19000101", "a!110101190001010014"}) {
        const Response refused = finish(reset, code, weak);
        EXPECT_EQ(refused.status, 400);
        EXPECT_EQ(code_of(refused), "password_too_weak") << weak;
        EXPECT_TRUE(json_of(refused).at("error").at("fields").as_object().contains("new_password"));
    }

    EXPECT_EQ(finish(reset, code).status, 204);
}

TEST_F(Resetting, AWrongCodeCanBeTypedAgainFiveTimesInAll) {
    const std::string reset = started(lin);
    std::string wrong = code_of_text(lin);
    const std::string code = wrong;
    wrong[0] = wrong[0] == '9' ? '0' : '9';
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(finish(reset, wrong)), "code_wrong");

    EXPECT_EQ(code_of(finish(reset, code)), "code_wrong");
    EXPECT_EQ(pc.log_in(lin).status, 200);
}

TEST_F(Resetting, ALockedPersonGetsTheSameAnswerAndNoCode) {
    lock(lin);

    const std::string reset = started(lin);

    EXPECT_THAT(outbox.sent_to(lin.phone), IsEmpty());
    EXPECT_EQ(code_of(finish(reset, "123456")), "code_wrong");
}

TEST_F(Resetting, TheCapsOfThePhoneOnRecordHoldAndAreNotTold) {
    // Five texts an hour to the phone on record: here the hints that somebody registers its person again.
    for (int i = 0; i < 5; ++i) {
        const Captcha captcha = pc.captcha();
        ASSERT_EQ(pc.post("/api/v1/register/start", {{"kind", "personal"},
                                                     {"identity_number", lin.number},
                                                     {"name", lin.name},
                                                     {"phone", "1390000010" + std::to_string(i)},
                                                     {"captcha_id", captcha.id},
                                                     {"captcha", captcha.answer}})
                      .status,
                  202);
        advance(61s);
    }
    ASSERT_THAT(outbox.sent_to(lin.phone), SizeIs(5));

    const Response answer = pc.post(start_path, start_body(pc, lin));

    EXPECT_EQ(answer.status, 202) << "what was typed has had no text yet";
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(5));
}

TEST_F(Resetting, KeepsTheOrderOfChecks) {
    const auto body = start_body(pc, lin);
    pc.origin = "https://evil.example";
    EXPECT_EQ(code_of(pc.post(start_path, {{"kind", "personal"}})), "bad_request");
    EXPECT_EQ(code_of(pc.post(start_path, body)), "origin_refused");
    EXPECT_EQ(code_of(finish("x", "123456", "weak")), "origin_refused");
    pc.origin = "https://login.example";
    EXPECT_EQ(code_of(finish("x", "123456", "weak")), "password_too_weak");
    EXPECT_EQ(code_of(finish("x", "123456")), "code_wrong");
    started(lin);
    auto wrong_captcha = start_body(pc, lin);
    wrong_captcha["captcha"] = "....";
    EXPECT_EQ(pc.post(start_path, wrong_captcha).status, 429);
}

TEST_F(Resetting, HasItsPageAndAPreSession) {
    EXPECT_EQ(pc.get("/password/reset").status, 200);
    EXPECT_TRUE(pc.cookies.contains("qrgate-pre"));
}

}  // namespace
}  // namespace qrgate::tests
