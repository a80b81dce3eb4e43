// What is posted to SMS gateways, and what their answers mean.
#include "server/sms/gateway_sender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/log.hpp"
#include "server/sms/request_signing.hpp"
#include "server/sms/sms_config.hpp"
#include "server/sms/sms_texts.hpp"
#include "tests/seeded_random.hpp"
#include "tests/server/fake_http.hpp"

namespace qrgate::tests {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

class Gateway : public testing::Test {
protected:
    Gateway() {
        config.sms_provider = "http";
        config.sms_url = "https://sms.example/send";
        config.sms_key = "secret";
        config.sms_key_id = "key-id";
        config.sms_sign_name = "北京残联";
        config.sms_app_id = "1400006666";
        config.sms_templates = {"login_code=SMS_1", "reset_code=1234:code"};
    }
    SmsText text(CodePurpose purpose = CodePurpose::login) {
        SmsText made = code_text(purpose, "13900000001", "048213", std::chrono::minutes(5));
        made.key = "key-of-this-text";
        return made;
    }
    Result<void> send(SmsText what) {
        GatewaySender sender(config, http, clock, random, log);
        std::optional<Result<void>> done;
        asio::io_context io;
        asio::co_spawn(io, sender.send(std::move(what)),
                       [&done](std::exception_ptr, Result<void> result) { done = result; });
        io.run();
        return *done;
    }
    boost::json::object body() { return boost::json::parse(http.calls.at(0).body).as_object(); }
    std::string header(std::string_view name) {
        for (const auto& [key, value] : http.calls.at(0).headers)
            if (key == name) return value;
        return {};
    }

    Config config;
    MovableClock clock{*parse_time("2026-11-22T08:00:00Z")};
    test::SeededRandom random{1};
    std::vector<std::string> lines;
    Log log{clock, LogLevel::trace, LogFormat::text,
            [this](std::string_view line) { lines.emplace_back(line); }};
    FakeHttp http;
};

TEST_F(Gateway, OfAnySortGetsTheFilledTemplateSigned) {
    http.answer(202);

    EXPECT_TRUE(send(text()));

    ASSERT_THAT(http.calls, SizeIs(1));
    EXPECT_EQ(http.calls[0].url, "https://sms.example/send");
    EXPECT_EQ(body().at("to").as_string(), "13900000001");
    EXPECT_THAT(std::string(body().at("text").as_string()), HasSubstr("048213 是您登录的验证码"));
    EXPECT_EQ(header("Idempotency-Key"), "key-of-this-text");
    EXPECT_EQ(header("X-Qrgate-Timestamp"), "1795334400");
    EXPECT_EQ(header("X-Qrgate-Signature"), webhook_signature("secret", "1795334400", http.calls[0].body));
}

TEST_F(Gateway, TemplateKeepsItsOwnBracesAndEscapesWhatItIsGiven) {
    SmsText odd = text();
    odd.text = "a \"quoted\" \\ line\nand {code}";

    const std::string filled = filled_template(R"({"a":{"t":"{text}","c":"{code}"},"x":"{unknown}"})", odd);

    const auto parsed = boost::json::parse(filled).as_object();
    EXPECT_EQ(parsed.at("a").as_object().at("t").as_string(), odd.text) << "filled once, not twice";
    EXPECT_EQ(parsed.at("a").as_object().at("c").as_string(), "048213");
    EXPECT_EQ(parsed.at("x").as_string(), "{unknown}");
}

TEST_F(Gateway, ThatFailsIsAskedAgainWithTheSameKey) {
    http.answer(503);
    http.answer(200);

    EXPECT_TRUE(send(text()));

    ASSERT_THAT(http.calls, SizeIs(2));
    for (const HttpCall& call : http.calls)
        EXPECT_THAT(call.headers, Contains(Pair("Idempotency-Key", "key-of-this-text")));
}

TEST_F(Gateway, ThatSaysLaterIsAskedAgainButNotForEver) {
    config.sms_tries = 3;
    for (int i = 0; i < 5; ++i)
        http.answer(429);

    EXPECT_EQ(send(text()).error(), Errc::busy);
    EXPECT_THAT(http.calls, SizeIs(3));
}

TEST_F(Gateway, ThatRefusesIsNotAskedAgain) {
    http.answer(400);

    EXPECT_EQ(send(text()).error(), Errc::busy);
    EXPECT_THAT(http.calls, SizeIs(1));
}

TEST_F(Gateway, ThatHangsIsAskedAgainOnlyWhereItKnowsRepeats) {
    http.answers = {Errc::timed_out, Errc::timed_out};
    EXPECT_EQ(send(text()).error(), Errc::timed_out);
    EXPECT_THAT(http.calls, SizeIs(2));

    http.calls.clear();
    http.answers = {Errc::timed_out};
    config.sms_provider = "tencent";
    config.sms_url = "";
    EXPECT_EQ(send(text()).error(), Errc::timed_out);
    EXPECT_THAT(http.calls, SizeIs(1)) << "the vendor would send the text twice";
}

TEST_F(Gateway, FailuresAreLoggedWithoutNumberCodeOrKey) {
    http.answer(500);
    http.answer(401);

    EXPECT_FALSE(send(text()));

    ASSERT_THAT(lines, SizeIs(2));
    EXPECT_THAT(lines[0], HasSubstr("sms_try_failed text=login_code try=1 why=gateway_error status=500"));
    EXPECT_THAT(lines[1], HasSubstr("why=refused status=401"));
    for (const std::string& line : lines)
        for (const char* secret : {"13900000001", "048213", "secret", "key-of-this-text"})
            EXPECT_THAT(line, Not(HasSubstr(secret)));
}

TEST_F(Gateway, OfAliyunGetsASignedQuery) {
    config.sms_provider = "aliyun";
    config.sms_url = "";
    http.answer(200, R"({"Message":"OK","RequestId":"r","Code":"OK","BizId":"b"})");

    EXPECT_TRUE(send(text()));

    const std::string& url = http.calls.at(0).url;
    const std::string query = url.substr(url.find('?') + 1);
    EXPECT_TRUE(
        url.starts_with("https://dysmsapi.aliyuncs.com/?OutId=key-of-this-text&PhoneNumbers=13900000001"
                        "&SignName=%E5%8C%97%E4%BA%AC%E6%AE%8B%E8%81%94&TemplateCode=SMS_1&TemplateParam="))
        << url;
    EXPECT_THAT(query, HasSubstr(percent_encoded(R"({"code":"048213","minutes":"5"})")));
    EXPECT_EQ(http.calls[0].body, "");
    AliyunRequest again;
    again.host = "dysmsapi.aliyuncs.com";
    again.query = query;
    for (const auto& [name, value] : http.calls[0].headers)
        if (name.starts_with("x-acs-")) again.headers[name] = value;
    EXPECT_EQ(again.headers.at("x-acs-action"), "SendSms");
    EXPECT_EQ(again.headers.at("x-acs-version"), "2017-05-25");
    EXPECT_EQ(again.headers.at("x-acs-date"), "2026-11-22T08:00:00Z");
    EXPECT_EQ(header("Authorization"), aliyun_authorization(again, "key-id", "secret"));
}

TEST_F(Gateway, OfAliyunSaysNoWithStatus200) {
    config.sms_provider = "aliyun";
    http.answer(200, R"({"Message":"触发分钟级流控","Code":"isv.BUSINESS_LIMIT_CONTROL"})");
    EXPECT_EQ(send(text()).error(), Errc::busy);
    EXPECT_THAT(http.calls, SizeIs(1));

    http.answer(400, R"({"Code":"Throttling.User","Message":"too fast"})");
    http.answer(200, R"({"Code":"OK"})");
    EXPECT_TRUE(send(text())) << "throttled, then taken";
}

TEST_F(Gateway, OfTencentGetsASignedBody) {
    config.sms_provider = "tencent";
    config.sms_url = "";
    http.answer(200,
                R"({"Response":{"SendStatusSet":[{"Code":"Ok","Message":"send success"}],"RequestId":"r"}})");

    EXPECT_TRUE(send(text()));

    EXPECT_EQ(http.calls.at(0).url, "https://sms.tencentcloudapi.com/");
    EXPECT_EQ(body().at("PhoneNumberSet").as_array().at(0).as_string(), "+8613900000001");
    EXPECT_EQ(boost::json::serialize(body().at("TemplateParamSet")), R"(["048213","5"])");
    EXPECT_EQ(body().at("TemplateId").as_string(), "SMS_1");
    EXPECT_EQ(header("X-TC-Action"), "SendSms");
    TencentRequest again;
    again.service = "sms";
    again.host = "sms.tencentcloudapi.com";
    again.body = http.calls[0].body;
    again.at = clock.now();
    EXPECT_EQ(header("Authorization"), tencent_authorization(again, "key-id", "secret"));
}

TEST_F(Gateway, OfTencentSaysNoInItsBody) {
    config.sms_provider = "tencent";
    for (const char* refused :
         {R"({"Response":{"SendStatusSet":[{"Code":"LimitExceeded.PhoneNumberDailyLimit"}]}})",
          R"({"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"}}})", "no json"}) {
        http.calls.clear();
        http.answer(200, refused);
        EXPECT_EQ(send(text()).error(), Errc::busy) << refused;
        EXPECT_THAT(http.calls, SizeIs(1)) << refused;
    }
}

TEST_F(Gateway, TemplateMayNameItsGaps) {
    config.sms_provider = "tencent";
    http.answer(200, R"({"Response":{"SendStatusSet":[{"Code":"Ok"}]}})");

    EXPECT_TRUE(send(text(CodePurpose::reset)));

    EXPECT_EQ(body().at("TemplateId").as_string(), "1234");
    EXPECT_EQ(boost::json::serialize(body().at("TemplateParamSet")), R"(["048213"])");
}

TEST_F(Gateway, WithoutATemplateNothingIsPosted) {
    config.sms_provider = "aliyun";

    EXPECT_EQ(send(notice_text(SmsNotice::level_hint, "13900000002")).error(), Errc::busy);

    EXPECT_THAT(http.calls, IsEmpty());
    EXPECT_THAT(lines, Contains(HasSubstr("sms_no_template text=level_hint")));
}

std::string problems_of(const Config& config) {
    std::vector<ConfigProblem> problems;
    check_sms(config, problems);
    std::string all;
    for (const ConfigProblem& problem : problems)
        all += problem.setting + " ";
    return all;
}

TEST(SmsConfig, NamesWhatAProviderStillNeeds) {
    Config config;
    EXPECT_EQ(problems_of(config), "");
    config.sms_provider = "http";
    EXPECT_EQ(problems_of(config), "sms.key sms.url ");
    config.sms_key = "k";
    config.sms_url = "http://127.0.0.1:9000/sms";
    EXPECT_EQ(problems_of(config), "");
    config.sms_body = R"({"to":{to}})";
    EXPECT_EQ(problems_of(config), "sms.body ");
    config.sms_provider = "aliyun";
    EXPECT_EQ(problems_of(config), "sms.key_id sms.sign_name sms.url sms.templates ");
    config.sms_provider = "tencent";
    config.sms_url = "";
    config.sms_templates = {"login_code"};
    EXPECT_EQ(problems_of(config), "sms.key_id sms.sign_name sms.app_id sms.templates ");
    config.sms_key_id = config.sms_sign_name = config.sms_app_id = "x";
    config.sms_templates = {"certificate_code=1", "login_code=2",     "registration_code=3",
                            "reset_code=4",       "phone_old_code=5", "phone_new_code=6"};
    EXPECT_EQ(problems_of(config), "");
}

}  // namespace
}  // namespace qrgate::tests
