// Guessing and flooding (security.md sections 2 and 3), each test under its row's name; and what those rows
// rest on: the captcha's cost rises with risk, the throttle's memory is bounded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/risk.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;

constexpr std::string_view login = "/api/v1/login/password";

// A citizen number that nobody here has, with its right check character (ISO 7064 MOD 11-2).
std::string citizen_number(int order) {
    std::string number = "11010119600101" + std::to_string(order + 1000).substr(1);
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i)
        sum += (number[i] - '0') * ((1 << (17 - i)) % 11);
    return number + "10X98765432"[sum % 11];
}

// The smallest counter whose key begins as asked, as a browser looks for it.
struct Solved {
    std::uint32_t counter = 0;
    std::string altcha = {};
};
Solved solve(const std::string& challenge) {
    const auto whole = boost::json::parse(challenge).as_object();
    const auto& asked = whole.at("parameters").as_object();
    const Bytes nonce = from_hex(std::string_view(asked.at("nonce").as_string())).value();
    const Bytes salt = from_hex(std::string_view(asked.at("salt").as_string())).value();
    const std::string prefix(asked.at("keyPrefix").as_string());
    const auto cost = static_cast<std::uint32_t>(asked.at("cost").as_int64());
    for (std::uint32_t counter = 0; counter < 10'000; ++counter) {
        const std::string key = hex(derive_altcha_key(nonce, salt, counter, cost));
        if (!key.starts_with(prefix)) continue;
        const std::string payload = boost::json::serialize(boost::json::object{
            {"challenge", whole}, {"solution", {{"counter", counter}, {"derivedKey", key}}}});
        std::string base64(4 * ((payload.size() + 2) / 3) + 1, '\0');
        base64.resize(static_cast<std::size_t>(
            EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), as_bytes(payload).data(),
                            static_cast<int>(payload.size()))));
        return {counter, base64};
    }
    throw std::runtime_error("no such counter");
}

class GuessingAttacks : public testing::Test, protected Fixture {
protected:
    Solved work_of(Pc& who) {
        const std::string id(json_of(who.post("/api/v1/captcha")).at("id").as_string());
        return solve(who.get("/api/v1/captcha/" + id + "/pow").body);
    }
    Response log_in_by_work(Pc& who, const Someone& whom, std::uint32_t& counter) {
        const Solved solved = work_of(who);
        counter = solved.counter;
        return who.post(login, {{"kind", name_of(whom.kind)},
                                {"identity_number", whom.number},
                                {"password", whom.password},
                                {"altcha", solved.altcha}});
    }
    Response wrong_captcha(Pc& who, const std::string& number) {
        return who.post(login, {{"kind", "personal"},
                                {"identity_number", number},
                                {"password", "Wrong#2026"},
                                {"captcha_id", "none"},
                                {"captcha", "...."}});
    }
    Someone wrong(Someone who) {
        who.password = "Wrong#2026";
        return who;
    }

    Pc pc{*this};
};

// --- work that rises with risk. Usually 50 to 350 steps.

TEST_F(GuessingAttacks, CaptchaCostRisesWithTheAddressOfFailures) {
    EXPECT_LT(work_of(pc).counter, 350U);
    for (int i = 0; i < 24; ++i)
        wrong_captcha(pc, citizen_number(i));

    Pc another_of_the_address{*this};
    EXPECT_GE(work_of(another_of_the_address).counter, 200U) << "four times the usual";
    Pc elsewhere{*this};
    elsewhere.address = "198.51.100.7";
    EXPECT_LT(work_of(elsewhere).counter, 350U);
    for (int i = 24; i < 96; ++i)
        wrong_captcha(pc, citizen_number(i));
    EXPECT_GE(work_of(pc).counter, 800U) << "sixteen times, which is the most";
    advance(1h);
    EXPECT_LT(work_of(pc).counter, 700U) << "and it is forgotten";
}

TEST_F(GuessingAttacks, CaptchaCostRisesWithThePersonOfFailures) {
    Someone unknown = lin;
    unknown.number = "110101190001010057";
    for (const Someone& whom : {wrong(lin), wrong(unknown)}) {
        Pc attacker{*this};
        attacker.address = "198.51.100.66";
        for (int i = 0; i < 6; ++i)
            wrong_captcha(attacker, whom.number);
        Pc visitor{*this};
        visitor.address = "203.0.113." + std::to_string(whom.number[16]);
        std::uint32_t counter = 0;

        EXPECT_EQ(code_of(log_in_by_work(visitor, whom, counter)), "captcha_wrong")
            << "the usual is not enough";
        EXPECT_EQ(code_of(log_in_by_work(visitor, whom, counter)), "credentials_wrong");

        EXPECT_GE(counter, 200U) << "so the next one is four times as hard, for unknown people too";
    }
}

TEST_F(GuessingAttacks, CaptchaCostOfStrangersIsNotTheOwners) {
    ASSERT_EQ(pc.log_in(lin).status, 200);
    Pc attacker{*this};
    attacker.address = "198.51.100.66";
    for (int i = 0; i < 9; ++i)
        wrong_captcha(attacker, lin.number);
    std::uint32_t counter = 0;

    EXPECT_EQ(log_in_by_work(pc, lin, counter).status, 200) << "a known device does the usual work";

    EXPECT_LT(counter, 350U);
}

TEST_F(GuessingAttacks, CaptchaCostIsForgottenWhenTheOwnerComes) {
    for (int i = 0; i < 6; ++i)
        wrong_captcha(pc, lin.number);
    EXPECT_EQ(risk.work("", "personal:" + lin.number, clock.now()), 4);
    ASSERT_EQ(pc.log_in(lin).status, 200);

    EXPECT_EQ(risk.work("", "personal:" + lin.number, clock.now()), 1);
}

TEST_F(GuessingAttacks, CaptchaWorkIsDoneOnceForOneHolder) {
    const Solved solved = work_of(pc);
    const boost::json::object body{{"kind", "personal"},
                                   {"identity_number", lin.number},
                                   {"password", lin.password},
                                   {"altcha", solved.altcha}};
    Pc thief{*this};
    thief.visit();
    EXPECT_EQ(code_of(thief.post(login, body)), "captcha_wrong") << "another browser's work";
    EXPECT_EQ(pc.post(login, body).status, 200);
}

// --- a way in, whatever strangers do

TEST_F(GuessingAttacks, LockoutDosLeavesTheCertificateIn) {
    Pc attacker{*this};
    attacker.address = "198.51.100.66";
    for (int i = 0; i < 200; ++i) {
        wrong_captcha(attacker, lin.number);
        if (i % 10 == 9) advance(3600s);
    }
    while (wrong_captcha(attacker, lin.number).status != 429) {
    }
    EXPECT_EQ(pc.log_in(lin).status, 429);
    Phone phone{*this, lin};
    phone.has_certificate();

    Socket socket = pc.sit();
    const std::string token = socket.hear().text("token");
    EXPECT_EQ(phone.confirm(token, text_of(phone.scan(token))).status, 204);

    EXPECT_EQ(pc.redeem().status, 200);
}

// --- two independent buckets

TEST_F(GuessingAttacks, SprayingOnePasswordOverManyPeopleIsThrottledByTheAddress) {
    int evaluated = 0;
    for (int i = 0; i < 150; ++i)
        evaluated += wrong_captcha(pc, citizen_number(i)).status != 429 ? 1 : 0;

    EXPECT_EQ(evaluated, 100);
}

TEST_F(GuessingAttacks, StuffingOnePersonFromManyAddressesIsThrottledByThePerson) {
    int evaluated = 0;
    for (int i = 0; i < 50; ++i) {
        Pc each{*this};
        each.address = "198.51.100." + std::to_string(i + 1);
        evaluated += wrong_captcha(each, lin.number).status != 429 ? 1 : 0;
    }

    EXPECT_EQ(evaluated, 10);
}

TEST_F(GuessingAttacks, AddressesOfOneIpv6CustomerShareOneBudget) {
    int evaluated = 0;
    for (int i = 0; i < 150; ++i) {
        Pc each{*this};
        each.address = "2001:db8:1:2::" + std::to_string(i + 1);
        evaluated += wrong_captcha(each, citizen_number(i)).status != 429 ? 1 : 0;
    }

    EXPECT_EQ(evaluated, 100);
}

TEST_F(GuessingAttacks, TheBudgetThatRefusedIsTheOneThatMetricsName) {
    for (int i = 0; i < 12; ++i)
        wrong_captcha(pc, lin.number);
    EXPECT_THAT(metrics.text(), HasSubstr(R"(budget="password_of_person")"));
    EXPECT_THAT(metrics.text(), testing::Not(HasSubstr(R"(budget="password_of_address")")));
    for (int i = 0; i < 120; ++i)
        wrong_captcha(pc, citizen_number(i));
    EXPECT_THAT(metrics.text(), HasSubstr(R"(budget="password_of_address")"));
}

// --- memory

TEST_F(GuessingAttacks, ThrottleMemoryIsBoundedUnderAHundredThousandKeys) {
    Risk small(keys.budgets, 1000);
    for (int i = 0; i < 100'000; ++i) {
        const std::string address = "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) +
                                    "." + std::to_string(i % 256);
        small.failed(address, "personal:" + std::to_string(i), clock.now());
        small.denied(address, "p1", clock.now());
    }

    EXPECT_EQ(small.size(), 1000U);
    EXPECT_EQ(small.work("", "", clock.now()), Risk::most_work) << "so many failures are everybody's risk";
    for (int i = 0; i < 3; ++i)
        small.denied("192.0.2.1", "p1", clock.now());
    EXPECT_TRUE(small.denial_wait("192.0.2.1", clock.now())) << "and the newest are known still";
}

TEST_F(GuessingAttacks, WorkThatIsUsedUpIsRememberedOnlyUntilItWouldExpire) {
    Altcha few(io.get_executor(), 100, 600s, 2, random);
    const Digest holder = sha256(as_bytes("holder"));
    std::vector<std::string> solved;
    for (int i = 0; i < 3; ++i) {
        bool done = false;
        asio::co_spawn(io, few.challenge(holder, clock.now()),
                       [&](std::exception_ptr, Result<std::string> made) {
                           solved.push_back(solve(made.value()).altcha);
                           done = true;
                       });
        turn_until([&] { return done; });
    }

    EXPECT_TRUE(few.take(solved[0], holder, clock.now()));
    EXPECT_TRUE(few.take(solved[1], holder, clock.now()));
    EXPECT_FALSE(few.take(solved[2], holder, clock.now())) << "full: refused, never forgotten";
    few.stop();
}

// --- texts of everybody together

TEST_F(GuessingAttacks, SmsBombingOfManyPhonesEndsAtTheNodesHourlyLimit) {
    config.sms_provider = "http";
    config.sms_per_hour = 2;
    std::vector<std::string> answers;
    for (const Someone* who : {&lin, &hao, &sun}) {
        Pc each{*this};
        const Captcha captcha = each.captcha();
        const Response answer =
            each.post("/api/v1/sms/login",
                      {{"phone", who->phone}, {"captcha_id", captcha.id}, {"captcha", captcha.answer}});
        answers.push_back(std::to_string(answer.status) + answer.body);
    }

    EXPECT_EQ(outbox.sent_to(lin.phone).size() + outbox.sent_to(hao.phone).size() +
                  outbox.sent_to(sun.phone).size(),
              2U);
    EXPECT_EQ(answers[0], answers[2]) << "nobody is told";
    advance(1h);
    EXPECT_TRUE(risk.may_text(Risk::TextTo::person, 2, clock.now()));
}

TEST_F(GuessingAttacks, SmsBombingOfStrangersByRegistrationLeavesTextsForThoseWhoLogInAndForNotices) {
    config.sms_provider = "http";
    config.sms_per_hour = 4;
    const auto is_sent = [&](SmsText text) {
        std::optional<bool> sent;
        asio::co_spawn(io, send_text(services, std::move(text)),
                       [&](std::exception_ptr, Result<void> done) { sent = done.has_value(); });
        turn_until([&] { return sent.has_value(); });
        return *sent;
    };
    const auto code = [](CodePurpose purpose) { return code_text(purpose, "13800000000", "123456", 300s); };
    EXPECT_TRUE(is_sent(code(CodePurpose::registration)));
    EXPECT_TRUE(is_sent(code(CodePurpose::registration)));
    EXPECT_FALSE(is_sent(code(CodePurpose::registration))) << "half of four";

    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(is_sent(notice_text(SmsNotice::password_changed, lin.phone)))
            << "notices are not held back";
    EXPECT_TRUE(is_sent(code(CodePurpose::login)));
    EXPECT_TRUE(is_sent(code(CodePurpose::reset)));
    EXPECT_FALSE(is_sent(code(CodePurpose::login))) << "four of all";
}

}  // namespace
}  // namespace qrgate::tests
