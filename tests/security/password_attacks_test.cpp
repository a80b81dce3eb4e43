// Attacks on the password door (security.md section 2), each under its row's name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <set>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view login = "/api/v1/login/password";

class PasswordAttacks : public testing::Test, protected Fixture {
protected:
    Someone wrong(Someone who) {
        who.password = "Wrong#2026";
        return who;
    }
    Pc pc{*this};
};

TEST_F(PasswordAttacks, OnlineGuessingEndsAtAHundredEvenWithPatience) {
    Someone guess = wrong(lin);
    int evaluated = 0;
    for (int i = 0; i < 120; ++i) {
        // A wrong captcha costs as much of the budget as a wrong password, and no hash.
        auto body = boost::json::object{{"kind", "personal"},
                                        {"identity_number", guess.number},
                                        {"password", guess.password},
                                        {"captcha_id", "none"},
                                        {"captcha", "...."}};
        if (pc.post(login, body).status != 429) ++evaluated;
        advance(3601s);
    }

    EXPECT_EQ(evaluated, 100);
    EXPECT_EQ(pc.log_in(lin).status, 429) << "the right password, too";
    advance(24h);
    EXPECT_EQ(pc.log_in(lin).status, 200) << "but no stranger locks the owner out for longer than a day";
}

TEST_F(PasswordAttacks, ParallelGuessingGetsNoMoreThanTheBudget) {
    std::vector<Pending> all;
    for (int i = 0; i < 30; ++i) {
        Pc each{*this};
        const auto body = each.login_body(wrong(lin));
        all.push_back(begin(each.request(Method::post, login, boost::json::serialize(body))));
    }

    int evaluated = 0;
    for (const Pending& each : all)
        evaluated += finish(each).status == 401 ? 1 : 0;

    EXPECT_EQ(evaluated, 10);
}

TEST_F(PasswordAttacks, AliasDoublingSharesOneBudget) {
    const char* spellings[] = {"11010119000101009X", "11010119000101009x", " 11010119000101009X ",
                               "１１０１０１１９０００１０１００９Ｘ"};
    int evaluated = 0;
    for (int i = 0; i < 24; ++i) {
        std::string number;
        for (const char c : std::string_view(spellings[i % 4])) {
            char escaped[4];
            std::snprintf(escaped, sizeof escaped, "%%%02X",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            number += escaped;
        }
        pc.visit();
        const Response answer = pc.post_form(
            login, "kind=personal&password=x&captcha_id=none&captcha=x&identity_number=" + number, false);
        ASSERT_NE(answer.status, 400) << spellings[i % 4];
        evaluated += answer.status != 429 ? 1 : 0;
    }

    EXPECT_EQ(evaluated, 10);
}

TEST_F(PasswordAttacks, LockoutDosLeavesTheOwnersBrowserIn) {
    pc.log_in(lin);
    Pc attacker{*this};
    attacker.address = "198.51.100.66";
    while (attacker.log_in(wrong(lin)).status != 429) {
    }

    EXPECT_EQ(pc.log_in(lin).status, 200);
}

TEST_F(PasswordAttacks, ContentEnumeration) {
    lock(gongsi);
    Someone unknown = lin;
    unknown.number = "110101190001010057";
    std::set<std::string> answers;
    for (const Someone& who : {wrong(lin), wrong(hao), wrong(sun), wrong(gongsi), gongsi, unknown})
        answers.insert(bytes_without_captcha(pc.log_in(who)));

    EXPECT_EQ(answers.size(), 1u) << "wrong at three levels, locked with wrong and right password, unknown";
    EXPECT_THAT(*answers.begin(), HasSubstr("credentials_wrong"));
}

TEST_F(PasswordAttacks, ContentEnumerationByTheBudget) {
    Someone unknown = wrong(lin);
    unknown.number = "110101190001010057";
    std::vector<int> known_answers;
    std::vector<int> unknown_answers;
    for (int i = 0; i < 12; ++i) {
        known_answers.push_back(pc.log_in(wrong(lin)).status);
        unknown_answers.push_back(pc.log_in(unknown).status);
    }

    EXPECT_EQ(known_answers, unknown_answers);
}

TEST_F(PasswordAttacks, LongPasswordDos) {
    auto body = pc.login_body(lin);
    for (const std::string& password : {std::string(1025, 'a'), std::string(16'000, 'a'), [] {
                                            std::string wide;
                                            for (int i = 0; i < 257; ++i)
                                                wide += "密";
                                            return wide;
                                        }()}) {
        body["password"] = password;
        EXPECT_EQ(code_of(pc.post(login, body)), "bad_request") << password.size();
    }
    body["password"] = std::string(256, 'a');
    EXPECT_EQ(code_of(pc.post(login, body)), "credentials_wrong")
        << "the longest that is taken; the captcha was still there";
}

TEST_F(PasswordAttacks, CaptchaReuse) {
    auto body = pc.login_body(wrong(lin));
    std::vector<Pending> all;
    for (int i = 0; i < 9; ++i)
        all.push_back(begin(pc.request(Method::post, login, boost::json::serialize(body))));

    int passed = 0;
    for (const Pending& each : all)
        passed += code_of(finish(each)) == "credentials_wrong" ? 1 : 0;

    EXPECT_EQ(passed, 1);
}

TEST_F(PasswordAttacks, CaptchaBypass) {
    const auto right = pc.login_body(lin);
    for (const char* field : {"captcha", "captcha_id"}) {
        auto body = right;
        body.erase(field);
        EXPECT_EQ(code_of(pc.post(login, body)), "bad_request") << "left out";
        for (const boost::json::value& value :
             {boost::json::value(nullptr), boost::json::value(boost::json::array{}), boost::json::value(0),
              boost::json::value(true)}) {
            body[field] = value;
            EXPECT_EQ(code_of(pc.post(login, body)), "bad_request");
        }
    }
    for (const char* extra : {"type", "captcha_type", "altcha", "captchaType"}) {
        auto body = right;
        body[extra] = "none";
        EXPECT_EQ(code_of(pc.post(login, body)), "bad_request") << extra;
    }
    auto body = right;
    body["captcha"] = "";
    EXPECT_EQ(code_of(pc.post(login, body)), "captcha_wrong");
    body["captcha_id"] = "";
    EXPECT_EQ(code_of(pc.post(login, body)), "captcha_wrong");
    EXPECT_EQ(pc.get("/demo/captcha/a").status, 404);
}

TEST_F(PasswordAttacks, CaptchaAnswerIsInNoAnswer) {
    const Response made = pc.post("/api/v1/captcha");
    const auto body = json_of(made);
    const std::string answer = captchas.answer_of(std::string(body.at("id").as_string())).value();

    EXPECT_EQ(body.size(), 5u) << "id, image, audio, expires_in, alternatives";
    EXPECT_THAT(std::string(body.at("audio").as_string()), Not(HasSubstr(answer)));
    EXPECT_THAT(std::string(body.at("id").as_string()), Not(HasSubstr(answer)));
    for (const auto& [name, value] : made.headers)
        EXPECT_THAT(value, Not(HasSubstr(answer))) << name;
}

TEST_F(PasswordAttacks, CaptchaAsEnumerationOracle) {
    Someone unknown = lin;
    unknown.number = "110101190001010057";
    lock(hao);
    std::set<std::string> answers;
    for (const Someone& who : {lin, wrong(lin), sun, hao, unknown}) {
        auto body = pc.login_body(who);
        body["captcha"] = "....";
        answers.insert(bytes_without_captcha(pc.post(login, body)));
    }

    EXPECT_EQ(answers.size(), 1u);
}

TEST_F(PasswordAttacks, LoginCsrf) {
    const Captcha drawn = pc.captcha();
    const std::string form =
        "kind=personal&identity_number=110101190001010014&password=Demo%232026lin&captcha_id=" + drawn.id +
        "&captcha=" + drawn.answer;
    for (const char* origin : {"https://evil.example", "null"}) {
        pc.origin = origin;
        EXPECT_EQ(pc.post_form(login, form).status, 403);
        EXPECT_EQ(pc.post_form(login, form, false).status, 403);
    }
    pc.origin.clear();
    pc.referer = "https://evil.example/https://login.example/login";
    EXPECT_EQ(pc.post_form(login, form).status, 403);
    EXPECT_FALSE(pc.cookies.contains("qrgate-session"));
    pc.referer = "https://login.example/login";
    EXPECT_EQ(pc.post_form(login, form).status, 303) << "the same form from our own page";
}

}  // namespace
}  // namespace qrgate::tests
