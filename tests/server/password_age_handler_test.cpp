// A right password that is older than password.max_age (GB/T 22239, 定期更换): both doors send its person to
// the reset, and the old one is no new one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/reset_ticket.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

constexpr std::chrono::days a_day{1};
constexpr std::chrono::days most{90};
constexpr std::string_view new_password = "Reise#2026x";

class PasswordAge : public testing::Test, protected Fixture {
protected:
    PasswordAge() { config.password_policy = PasswordPolicy::djcp; }

    // Of a browser that was not there before.
    Response log_in(const Someone& who) {
        Pc each{*this};
        return each.log_in(who);
    }
    Response log_in_on_phone(const Someone& who) {
        Phone phone{*this, who};
        const boost::json::object device{{"device", "AAAAAAAAAAAAAAAAAAAAAA"}};
        const std::string id(json_of(phone.post("/api/v1/phone/captcha", device)).at("id").as_string());
        return phone.post("/api/v1/phone/login", {{"device", "AAAAAAAAAAAAAAAAAAAAAA"},
                                                  {"kind", name_of(who.kind)},
                                                  {"identity_number", who.number},
                                                  {"password", who.password},
                                                  {"captcha_id", id},
                                                  {"captcha", captchas.answer_of(id).value()}});
    }
    // A reset of lin's that was begun, and its code.
    struct Begun {
        std::string reset = {};
        std::string code = {};
    };
    Begun begun_with(const boost::json::object& body) {
        const Response answer = pc.post("/api/v1/password/reset/start", body);
        EXPECT_EQ(answer.status, 202) << answer.body;
        return {.reset = std::string(json_of(answer).at("reset").as_string()),
                .code = outbox.sent_to(lin.phone).front().text.substr(0, 6)};
    }
    Begun begun_with_number() {
        const Captcha captcha = pc.captcha();
        return begun_with({{"kind", "personal"},
                           {"identity_number", lin.number},
                           {"captcha_id", captcha.id},
                           {"captcha", captcha.answer}});
    }
    Response finish(const Begun& begun, std::string_view password) {
        return pc.post("/api/v1/password/reset/finish",
                       {{"reset", begun.reset}, {"code", begun.code}, {"new_password", password}});
    }
    Someone renewed(Someone who) {
        who.password = new_password;
        return who;
    }
    Pc pc{*this};
};

TEST_F(PasswordAge, IsNinetyDaysInDjcp) {
    advance(most - a_day);
    EXPECT_EQ(log_in(lin).status, 200) << "a day before";
    advance(a_day);
    EXPECT_EQ(log_in(lin).status, 200) << "to the second";
    advance(1s);

    const Response refused = pc.log_in(lin);

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "password_must_change");
    const std::string ticket(json_of(refused).at("reset_ticket").as_string());
    EXPECT_EQ(check_reset_ticket(keys.reset_tickets, ticket, clock.now()), lin.id);
    EXPECT_TRUE(json_of(refused).contains("captcha"));
    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

TEST_F(PasswordAge, CountsAtThePhonesDoorToo) {
    advance(most);
    EXPECT_EQ(log_in_on_phone(lin).status, 200);
    advance(1s);

    const Response refused = log_in_on_phone(lin);

    EXPECT_EQ(code_of(refused), "password_must_change");
    EXPECT_TRUE(json_of(refused).contains("reset_ticket"));
}

TEST_F(PasswordAge, IsToldToNobodyWhoHasAWrongPassword) {
    advance(most + 1s);
    Someone guesser = lin;
    guesser.password = "Wrong#2026";

    EXPECT_EQ(code_of(log_in(guesser)), "credentials_wrong");
}

TEST_F(PasswordAge, IsNotLookedAtInTheOtherPolicies) {
    advance(730 * a_day);
    config.password_policy = PasswordPolicy::manual;
    EXPECT_EQ(log_in(lin).status, 200);

    config.password_policy = PasswordPolicy::nist;
    config.password_max_age.reset();
    EXPECT_EQ(password_max_age(config), 0s);
}

TEST_F(PasswordAge, IsNotLookedAtWhereTheSettingIsZero) {
    config.password_max_age = 0s;
    advance(730 * a_day);

    EXPECT_EQ(log_in(lin).status, 200);
}

TEST_F(PasswordAge, IsWhatTheSettingSaysInEveryPolicy) {
    config.password_policy = PasswordPolicy::manual;
    config.password_max_age = 30 * a_day;
    advance(30 * a_day);
    EXPECT_EQ(log_in(lin).status, 200);
    advance(1s);
    EXPECT_EQ(code_of(log_in(lin)), "password_must_change");
}

TEST_F(PasswordAge, BeginsAnewWithAResetThatNeedsNoCaptchaButANewPassword) {
    advance(most + 1s);
    const std::string ticket(json_of(pc.log_in(lin)).at("reset_ticket").as_string());
    const Begun begun = begun_with({{"reset_ticket", ticket}});

    const Response same = finish(begun, lin.password);
    EXPECT_EQ(same.status, 400);
    EXPECT_EQ(code_of(same), "password_too_weak");
    EXPECT_EQ(json_of(same).at("error").at("fields").at("new_password").as_string(),
              "新密码不能与原密码相同。");
    EXPECT_EQ(code_of(log_in(lin)), "password_must_change") << "nothing has changed";

    EXPECT_EQ(finish(begun, new_password).status, 204) << "with the same code";
    EXPECT_EQ(code_of(log_in(lin)), "credentials_wrong");
    EXPECT_EQ(log_in(renewed(lin)).status, 200);
    advance(most);
    EXPECT_EQ(log_in(renewed(lin)).status, 200);
    advance(1s);
    EXPECT_EQ(code_of(log_in(renewed(lin))), "password_must_change");
}

TEST_F(PasswordAge, IsNotEscapedByForgettingThePasswordAndSettingItAgain) {
    advance(most + 1s);
    const Begun begun = begun_with_number();

    EXPECT_EQ(code_of(finish(begun, lin.password)), "password_too_weak");
    EXPECT_EQ(code_of(log_in(lin)), "password_must_change");
    EXPECT_EQ(finish(begun, new_password).status, 204);
}

TEST_F(PasswordAge, AResetTellsWhoHasNoCodeNothingAboutThePassword) {
    Begun begun = begun_with_number();
    begun.code[0] = begun.code[0] == '9' ? '0' : '9';

    const Response right = finish(begun, lin.password);
    const Response wrong = finish(begun, new_password);

    EXPECT_EQ(code_of(right), "code_wrong");
    EXPECT_EQ(right.status, wrong.status);
    EXPECT_EQ(right.body, wrong.body);
}

TEST_F(PasswordAge, BeginsAnewWithAChangeWhichTakesNotTheOldOne) {
    advance(most);
    pc.is_logged_in(lin);
    const auto change = [&](std::string_view to) {
        return pc.post("/api/v1/password", {{"old_password", lin.password}, {"new_password", to}});
    };

    EXPECT_EQ(code_of(change(lin.password)), "password_too_weak");
    EXPECT_EQ(change(new_password).status, 204);

    advance(most);
    EXPECT_EQ(log_in(renewed(lin)).status, 200);
    advance(1s);
    EXPECT_EQ(code_of(log_in(renewed(lin))), "password_must_change");
}

TEST_F(PasswordAge, OfAnImportedOneBeginsWithTheImportAndNotWithOurFormOfIt) {
    const std::string theirs = "legacy:sha256:sha256$$" + hex(sha256(as_bytes(lin.password)));
    const auto person = stored(storage.find_person_by_id(lin.id));
    stored(storage.set_password_hash(lin.id, person->password_hash, theirs, clock.now()));
    advance(most - a_day);
    ASSERT_EQ(log_in(lin).status, 200);
    ASSERT_TRUE(stored(storage.find_person_by_id(lin.id))->password_hash.starts_with("$argon2id$"));
    advance(a_day + 1s);

    EXPECT_EQ(code_of(log_in(lin)), "password_must_change");
}

TEST_F(PasswordAge, EndsNoSessionThatIsOpen) {
    advance(most);
    pc.is_logged_in(lin);
    advance(1s);

    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

}  // namespace
}  // namespace qrgate::tests
