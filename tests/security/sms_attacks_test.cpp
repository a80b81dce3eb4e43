// Attacks on the SMS door (security.md section 3), each under its row's name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <set>

#include "server/codes.hpp"
#include "server/random.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class SmsAttacks : public testing::Test, protected Fixture {
protected:
    SmsAttacks() { config.sms_provider = "http"; }

    Response ask(Pc& who, const std::string& phone) {
        const Captcha captcha = who.captcha();
        return who.post("/api/v1/sms/login",
                        {{"phone", phone}, {"captcha_id", captcha.id}, {"captcha", captcha.answer}});
    }
    Response type(Pc& who, const std::string& phone, const std::string& code) {
        return who.post("/api/v1/login/sms", {{"phone", phone}, {"code", code}});
    }
    std::string code_sent_to(const std::string& phone) {
        return outbox.sent_to(phone).front().text.substr(0, 6);
    }
    std::string wrong(const std::string& phone) {
        return code_sent_to(phone) == "000000" ? "000001" : "000000";
    }

    Pc pc{*this};
};

// A hundred thousand codes of the system's random source: every digit of every place within six deviations.
TEST(WeakCode, AHundredThousandCodesAreUniformAndKeepTheirZeros) {
    SystemRandom chance;
    std::array<std::array<int, 10>, 6> counts{};
    std::set<std::string> different;
    int zeros_first = 0;
    for (int i = 0; i < 100'000; ++i) {
        const std::string code = random_digits(chance, 6);
        ASSERT_EQ(code.size(), 6u);
        for (std::size_t place = 0; place < code.size(); ++place)
            ++counts.at(place).at(static_cast<std::size_t>(code[place] - '0'));
        zeros_first += code.starts_with("00") ? 1 : 0;
        different.insert(code);
    }

    for (const auto& place : counts) {
        for (const int count : place)
            EXPECT_NEAR(count, 10'000, 570);
    }
    EXPECT_NEAR(zeros_first, 1000, 190);
    EXPECT_NEAR(static_cast<double>(different.size()), 95'163, 500) << "as many as chance finds twice";
}

TEST_F(SmsAttacks, GuessingIsCountedOverResends) {
    int evaluated = 0;
    for (int send = 0; send < 4; ++send) {
        ASSERT_EQ(ask(pc, lin.phone).status, 202);
        for (int i = 0; i < 5; ++i)
            evaluated += type(pc, lin.phone, wrong(lin.phone)).status == 403 ? 1 : 0;
        advance(61s);
    }

    EXPECT_LE(evaluated, 12) << "ten, then one after each wait: a resend starts nothing anew";
    EXPECT_GE(evaluated, 10);
}

TEST_F(SmsAttacks, GuessingFromManyBrowsersSharesOneCount) {
    int evaluated = 0;
    for (int i = 0; i < 30; ++i) {
        Pc each{*this};
        each.visit();
        evaluated += type(each, lin.phone, "000000").status == 403 ? 1 : 0;
    }

    EXPECT_EQ(evaluated, 10);
}

TEST_F(SmsAttacks, StrangersLockNobodyOutOfTheirOwnBrowser) {
    pc.log_in(lin);
    pc.post("/api/v1/logout");
    Pc stranger{*this};
    stranger.visit();
    while (type(stranger, lin.phone, "000000").status != 429) {
    }
    pc.visit();

    ASSERT_EQ(ask(pc, lin.phone).status, 202);
    EXPECT_EQ(type(pc, lin.phone, code_sent_to(lin.phone)).status, 200);
}

TEST_F(SmsAttacks, ParallelGuessesGetFiveTriesAtACode) {
    ask(pc, lin.phone);
    const std::string code = code_sent_to(lin.phone);
    std::vector<Pending> all;
    for (int i = 0; i < 9; ++i) {
        const boost::json::object body{{"phone", lin.phone}, {"code", wrong(lin.phone)}};
        all.push_back(begin(pc.request(Method::post, "/api/v1/login/sms", boost::json::serialize(body))));
    }
    for (const Pending& each : all)
        EXPECT_EQ(finish(each).status, 403);

    EXPECT_EQ(type(pc, lin.phone, code).status, 403);
}

TEST_F(SmsAttacks, ParallelRightCodesOpenOneSession) {
    ask(pc, lin.phone);
    const boost::json::object body{{"phone", lin.phone}, {"code", code_sent_to(lin.phone)}};
    std::vector<Pending> all;
    for (int i = 0; i < 9; ++i)
        all.push_back(begin(pc.request(Method::post, "/api/v1/login/sms", boost::json::serialize(body))));

    int opened = 0;
    for (const Pending& each : all)
        opened += finish(each).status == 200 ? 1 : 0;

    EXPECT_EQ(opened, 1);
}

TEST_F(SmsAttacks, EligibilityEnumeration) {
    lock(gongsi);
    std::set<std::string> asked;
    std::set<std::string> typed;
    std::set<std::string> early;
    for (const std::string& phone :
         {lin.phone, hao.phone, sun.phone, gongsi.phone, std::string("13911112222")}) {
        Pc each{*this};
        each.visit();
        asked.insert(ask(each, phone).body);
        typed.insert(bytes_without_captcha(type(each, phone, "999999")));
        early.insert(bytes_without_captcha(ask(each, phone)));
    }

    EXPECT_THAT(asked, SizeIs(1));
    EXPECT_THAT(typed, SizeIs(1)) << "unless 999999 was right, one in a million";
    EXPECT_THAT(early, SizeIs(1));
}

TEST_F(SmsAttacks, SmsBombingEndsAtTenTextsADay) {
    int sent = 0;
    for (int i = 0; i < 40; ++i) {
        Pc each{*this};
        each.address = "198.51.100." + std::to_string(i + 1);
        sent += ask(each, lin.phone).status == 202 ? 1 : 0;
        advance(1800s);
    }

    EXPECT_EQ(sent, 10);
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(10));
}

TEST_F(SmsAttacks, SmsBombingEndsAtFiveTextsAnHour) {
    int sent = 0;
    for (int i = 0; i < 20; ++i) {
        sent += ask(pc, lin.phone).status == 202 ? 1 : 0;
        advance(61s);
    }

    EXPECT_EQ(sent, 5);
}

TEST_F(SmsAttacks, OneAddressSendsThirtyTextsAnHour) {
    int sent = 0;
    for (int i = 0; i < 40; ++i)
        sent += ask(pc, "139111100" + std::to_string(10 + i)).status == 202 ? 1 : 0;

    EXPECT_EQ(sent, 30);
}

TEST_F(SmsAttacks, NobodyUsesUpSomebodysTextsWithoutCaptchas) {
    Pc stranger{*this};
    stranger.visit();
    for (int i = 0; i < 20; ++i)
        stranger.post("/api/v1/sms/login",
                      {{"phone", lin.phone}, {"captcha_id", "none"}, {"captcha", "...."}});

    EXPECT_EQ(ask(pc, lin.phone).status, 202);
}

TEST_F(SmsAttacks, CodeInTheLog) {
    ask(pc, lin.phone);
    const std::string code = code_sent_to(lin.phone);
    type(pc, lin.phone, wrong(lin.phone));
    const Response answer = type(pc, lin.phone, code);

    EXPECT_THAT(answer.body, Not(HasSubstr(code)));
    for (const std::string& line : log_lines) {
        EXPECT_THAT(line, Not(HasSubstr(code)));
        EXPECT_THAT(line, Not(HasSubstr(lin.phone)));
    }
}

TEST_F(SmsAttacks, CrossUse) {
    Phone phone{*this, lin};
    phone.post("/api/v1/phone/certificates/start");
    const std::string code = code_sent_to(lin.phone);
    pc.visit();

    EXPECT_EQ(code_of(type(pc, lin.phone, code)), "code_wrong")
        << "a code for a certificate opens no session";
}

}  // namespace
}  // namespace qrgate::tests
