// "Identical answers and the same work for unknown people" (security.md 2, "Enumeration (time)"; 3,
// "Enumeration through L3 rule"): what is asserted is the work, not the time: the statements in their order,
// and the hashes. Times are measured in the long mode.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <set>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

// What one request cost.
struct Work {
    std::vector<std::string> statements = {};
    std::uint64_t hashes = 0;
    auto operator<=>(const Work&) const = default;
};

class SameWork : public testing::Test, protected Fixture {
protected:
    SameWork() {
        config.sms_provider = "http";  // the fixture's outbox stands in for it
        lock(gongsi);
        unknown.number = "110101190001010057";
        unknown.phone = "13911111111";
    }
    Someone wrong(Someone who) {
        who.password = "Wrong#2026";
        return who;
    }
    // The requests come a minute apart, so that no gap between texts is in the way.
    Response measured(Work& work, Request request) {
        advance(61s);
        storage.calls.clear();
        const std::uint64_t before = hashing.taken();
        Response answer = call(std::move(request));
        work = {storage.calls, hashing.taken() - before};
        // Why nobody got a code is written down for `qrgate why`, in a task beside the answer.
        std::erase(work.statements, "record code_refused");
        return answer;
    }

    Someone unknown = lin;
};

TEST_F(SameWork, EnumerationByTimeAtThePasswordLogin) {
    std::set<Work> all;
    for (const Someone& who : {wrong(lin), wrong(hao), wrong(sun), wrong(gongsi), gongsi, unknown}) {
        Pc each{*this};
        const std::string body = boost::json::serialize(each.login_body(who));
        Work work;
        const Response answer = measured(work, each.request(Method::post, "/api/v1/login/password", body));

        EXPECT_EQ(code_of(answer), "credentials_wrong") << who.number;
        EXPECT_EQ(work.hashes, 1U) << who.number;
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U) << "wrong at three levels, locked with wrong and right password, unknown";
    EXPECT_THAT(all.begin()->statements,
                testing::ElementsAre("find_person", "spend of 2", "record authn_login_fail"));
}

TEST_F(SameWork, EnumerationByTimeAtThePhonesLogin) {
    std::set<Work> all;
    for (const Someone& who : {wrong(lin), wrong(hao), gongsi, unknown}) {
        Phone phone{*this, lin};
        const Response drawn = phone.post("/api/v1/phone/captcha", {{"device", "AAAAAAAAAAAAAAAAAAAAAA"}});
        const std::string id(json_of(drawn).at("id").as_string());
        const boost::json::object body{{"device", "AAAAAAAAAAAAAAAAAAAAAA"},
                                       {"kind", name_of(who.kind)},
                                       {"identity_number", who.number},
                                       {"password", who.password},
                                       {"captcha_id", id},
                                       {"captcha", captchas.answer_of(id).value()}};
        Work work;
        const Response answer =
            measured(work, phone.request(Method::post, "/api/v1/phone/login", boost::json::serialize(body)));

        EXPECT_EQ(code_of(answer), "credentials_wrong") << answer.body;
        EXPECT_EQ(work.hashes, 1U);
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U);
}

TEST_F(SameWork, AWrongCaptchaCostsNoHashAndTheSameStatementsForEverybody) {
    std::set<Work> all;
    for (const Someone& who : {lin, wrong(lin), gongsi, unknown}) {
        Pc each{*this};
        auto body = each.login_body(who);
        body["captcha"] = "....";
        Work work;
        const Response answer = measured(
            work, each.request(Method::post, "/api/v1/login/password", boost::json::serialize(body)));

        EXPECT_EQ(code_of(answer), "captcha_wrong");
        EXPECT_EQ(work.hashes, 0U);
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U);
}

TEST_F(SameWork, EnumerationThroughTheLevelRuleOfSmsCodes) {
    std::set<Work> all;
    std::set<std::string> answers;
    for (const Someone& who : {lin, hao, unknown}) {
        Pc each{*this};
        const Captcha captcha = each.captcha();
        const boost::json::object body{
            {"phone", who.phone}, {"captcha_id", captcha.id}, {"captcha", captcha.answer}};
        Work work;
        const Response answer =
            measured(work, each.request(Method::post, "/api/v1/sms/login", boost::json::serialize(body)));

        EXPECT_EQ(answer.status, 202) << answer.body;
        answers.insert(answer.body);
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U) << "level 3, level 2, unknown";
    EXPECT_EQ(answers.size(), 1U);
}

TEST_F(SameWork, ACodeThatIsTypedForAnybody) {
    std::set<Work> all;
    for (const Someone& who : {lin, hao, unknown}) {
        Pc each{*this};
        each.visit();
        const boost::json::object body{{"phone", who.phone}, {"code", "000000"}};
        Work work;
        const Response answer =
            measured(work, each.request(Method::post, "/api/v1/login/sms", boost::json::serialize(body)));

        EXPECT_EQ(code_of(answer), "code_wrong");
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U);
}

TEST_F(SameWork, AResetThatIsBegunForAnybody) {
    std::set<Work> all;
    for (const Someone& who : {lin, hao, gongsi, unknown}) {
        Pc each{*this};
        const Captcha captcha = each.captcha();
        const boost::json::object body{{"kind", name_of(who.kind)},
                                       {"identity_number", who.number},
                                       {"captcha_id", captcha.id},
                                       {"captcha", captcha.answer}};
        Work work;
        const Response answer = measured(
            work, each.request(Method::post, "/api/v1/password/reset/start", boost::json::serialize(body)));

        EXPECT_EQ(answer.status, 202) << answer.body;
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U) << "known at two levels, locked, unknown";
}

TEST_F(SameWork, AResetThatIsFinishedForAnybodyWithoutTheCode) {
    std::set<Work> all;
    for (const Someone& who : {lin, wrong(lin), gongsi, unknown}) {
        Pc each{*this};
        const Captcha captcha = each.captcha();
        const Response begun = each.post("/api/v1/password/reset/start", {{"kind", name_of(who.kind)},
                                                                          {"identity_number", who.number},
                                                                          {"captcha_id", captcha.id},
                                                                          {"captcha", captcha.answer}});
        ASSERT_EQ(begun.status, 202) << begun.body;
        const boost::json::object body{
            {"reset", json_of(begun).at("reset")}, {"code", "000000"}, {"new_password", who.password}};
        Work work;
        const Response answer = measured(
            work, each.request(Method::post, "/api/v1/password/reset/finish", boost::json::serialize(body)));

        EXPECT_EQ(code_of(answer), "code_wrong") << answer.body;
        EXPECT_EQ(work.hashes, 2U) << "is it the old one; and the new one";
        all.insert(work);
        advance(61s);
    }

    EXPECT_EQ(all.size(), 1U) << "the password that is there, another one, locked, unknown";
}

TEST_F(SameWork, ARegistrationThatIsBegunForAnybody) {
    std::set<Work> all;
    for (const Someone& who : {lin, unknown}) {
        Pc each{*this};
        const Captcha captcha = each.captcha();
        const boost::json::object body{{"kind", "personal"},       {"identity_number", who.number},
                                       {"name", "某某"},           {"phone", "13922222222"},
                                       {"captcha_id", captcha.id}, {"captcha", captcha.answer}};
        Work work;
        const Response answer = measured(
            work, each.request(Method::post, "/api/v1/register/start", boost::json::serialize(body)));

        EXPECT_EQ(answer.status, 202) << answer.body;
        all.insert(work);
    }

    EXPECT_EQ(all.size(), 1U) << "taken, free";
}

TEST_F(SameWork, ALoginThatIsRightCostsOneHashToo) {
    Pc each{*this};
    const std::string body = boost::json::serialize(each.login_body(lin));
    Work work;
    const Response answer = measured(work, each.request(Method::post, "/api/v1/login/password", body));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(work.hashes, 1U);
}

}  // namespace
}  // namespace qrgate::tests
