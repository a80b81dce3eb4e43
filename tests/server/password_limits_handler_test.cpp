// What limits password logins: budgets per person, browser and address, and the captcha.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr std::string_view login = "/api/v1/login/password";

// A citizen number that nobody here has, with its right check character (ISO 7064 MOD 11-2).
std::string citizen_number(int order) {
    std::string number = "11010119500101" + std::to_string(order + 1000).substr(1);
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i)
        sum += (number[i] - '0') * ((1 << (17 - i)) % 11);
    return number + "10X98765432"[sum % 11];
}

class PasswordLimits : public testing::Test, protected Fixture {
protected:
    Response log_in_with(std::string_view key, boost::json::value value) {
        auto body = pc.login_body(lin);
        body[key] = std::move(value);
        return pc.post(login, body);
    }
    // Wrong passwords until the budget says no; the answer that says so.
    Response use_up_the_budget(Pc& of, const Someone& whom) {
        Someone guess = whom;
        guess.password = "Wrong#2026";
        for (int i = 0; i < 50; ++i) {
            Response answer = of.log_in(guess);
            if (answer.status == 429) return answer;
        }
        throw std::runtime_error("no limit in fifty tries");
    }

    Pc pc{*this};
};

// --- budgets

TEST_F(PasswordLimits, IsLimitedPerPersonAndSaysForHowLong) {
    const Response refused = use_up_the_budget(pc, lin);

    EXPECT_EQ(code_of(refused), "too_many");
    EXPECT_THAT(values_of(refused, "Retry-After"), ElementsAre("30"));
    EXPECT_EQ(json_of(refused).at("error").at("retry_after").as_int64(), 30);
    Pc another{*this};
    another.address = "198.51.100.7";
    EXPECT_EQ(another.log_in(lin).status, 429);
    EXPECT_EQ(another.log_in(hao).status, 200);
    advance(30s);
    EXPECT_EQ(another.log_in(lin).status, 200);
}

TEST_F(PasswordLimits, LeavesTheCaptchaAloneWhenTheBudgetRefuses) {
    use_up_the_budget(pc, lin);
    auto body = pc.login_body(lin);
    EXPECT_EQ(pc.post(login, body).status, 429);
    advance(30s);

    EXPECT_EQ(pc.post(login, body).status, 200);
}

TEST_F(PasswordLimits, ForgetsWrongTriesAfterASuccess) {
    Someone guess = lin;
    guess.password = "Wrong#2026";
    Pc fresh{*this};  // without the device cookie of an earlier login
    for (int i = 0; i < 9; ++i)
        EXPECT_EQ(fresh.log_in(guess).status, 401);
    EXPECT_EQ(fresh.log_in(lin).status, 200);
    Pc next{*this};

    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(next.log_in(guess).status, 401) << i;
}

TEST_F(PasswordLimits, KeepsABudgetOfItsOwnForABrowserThatLoggedInBefore) {
    pc.log_in(lin);
    Pc stranger{*this};
    use_up_the_budget(stranger, lin);

    EXPECT_EQ(pc.log_in(lin).status, 200);
    EXPECT_EQ(stranger.log_in(lin).status, 429);
    EXPECT_EQ(use_up_the_budget(pc, lin).status, 429) << "its own budget ends too";
}

TEST_F(PasswordLimits, GivesADeviceNoBudgetAgainstAnotherPerson) {
    Pc stranger{*this};
    use_up_the_budget(stranger, lin);
    pc.log_in(hao);

    EXPECT_EQ(pc.log_in(lin).status, 429) << "hao's device cookie is no way round lin's budget";
}

TEST_F(PasswordLimits, CountsAnIpv6NetworkAsOneAddress) {
    const auto try_from = [&](int host, int i) {
        Pc from{*this};
        from.address = "2001:db8:0:1::" + std::to_string(host);
        from.visit();
        return from.post(login, {{"kind", "personal"},
                                 {"identity_number", citizen_number(i)},
                                 {"password", "x"},
                                 {"captcha_id", "none"},
                                 {"captcha", "...."}});
    };
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(try_from(i % 9 + 1, i).status, 403) << i;

    EXPECT_EQ(try_from(99, 100).status, 429);
}

TEST_F(PasswordLimits, EndsTheSessionThatTheBrowserHadBefore) {
    pc.log_in(lin);
    Pc former = pc;
    pc.log_in(lin);

    EXPECT_EQ(former.get("/api/v1/session").status, 401);
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

TEST_F(PasswordLimits, GivesAForgedDeviceCookieNoBudget) {
    use_up_the_budget(pc, lin);
    pc.cookies["qrgate-device"] = std::string(64, 'A');

    EXPECT_EQ(pc.log_in(lin).status, 429);
}

TEST_F(PasswordLimits, IsLimitedPerAddressWhoeverIsTried) {
    const auto try_number = [&](Pc& from, int i) {
        return from.post(login, {{"kind", "personal"},
                                 {"identity_number", citizen_number(i)},
                                 {"password", "x"},
                                 {"captcha_id", "none"},
                                 {"captcha", "...."}});
    };
    pc.visit();
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(try_number(pc, i).status, 403) << i;

    const Response refused = try_number(pc, 100);

    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(json_of(refused).at("error").at("retry_after").as_int64(), 600);
    Pc elsewhere{*this};
    elsewhere.address = "198.51.100.7";
    elsewhere.visit();
    EXPECT_EQ(try_number(elsewhere, 101).status, 403);
}

// --- captcha

TEST_F(PasswordLimits, RefusesAWrongCaptchaWithAFreshOneBeside) {
    const Response refused = log_in_with("captcha", "....");

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "captcha_wrong");
    const auto fresh = json_of(refused).at("captcha").as_object();
    EXPECT_THAT(std::string(fresh.at("image").as_string()), StartsWith("data:image/png;base64,"));
    EXPECT_EQ(fresh.at("expires_in").as_int64(), 600);
}

TEST_F(PasswordLimits, UsesACaptchaUpByAnyAnswer) {
    auto body = pc.login_body(lin);
    auto wrong = body;
    wrong["captcha"] = "....";
    EXPECT_EQ(code_of(pc.post(login, wrong)), "captcha_wrong");

    EXPECT_EQ(code_of(pc.post(login, body)), "captcha_wrong") << "wrong, then right";
    auto right = pc.login_body(lin);
    right["password"] = "Wrong#2026";
    EXPECT_EQ(code_of(pc.post(login, right)), "credentials_wrong");
    right["password"] = lin.password;
    EXPECT_EQ(code_of(pc.post(login, right)), "captcha_wrong") << "right, twice";
}

TEST_F(PasswordLimits, TakesACaptchaOnlyFromTheBrowserItWasDrawnFor) {
    Pc other{*this};
    const Captcha theirs = other.captcha();
    auto body = pc.login_body(lin);
    auto mine = body;
    body["captcha_id"] = theirs.id;
    body["captcha"] = theirs.answer;

    EXPECT_EQ(code_of(pc.post(login, body)), "captcha_wrong");
    EXPECT_TRUE(captchas.answer_of(theirs.id)) << "and it stays the other's";
}

TEST_F(PasswordLimits, RefusesACaptchaAfterTenMinutes) {
    auto body = pc.login_body(lin);
    advance(600s);

    EXPECT_EQ(code_of(pc.post(login, body)), "captcha_wrong");
}

TEST_F(PasswordLimits, IgnoresTheCaseOfACaptcha) {
    auto body = pc.login_body(lin);
    std::string lower(body.at("captcha").as_string());
    for (char& c : lower)
        c = static_cast<char>(std::tolower(c));
    body["captcha"] = lower;

    EXPECT_EQ(pc.post(login, body).status, 200);
}

}  // namespace
}  // namespace qrgate::tests
