// Certificates of the phone: code by text, proof, issue, list, revoke, unlock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view certificates = "/api/v1/phone/certificates";
constexpr std::string_view start = "/api/v1/phone/certificates/start";

class Certificates : public testing::Test, protected Fixture {
protected:
    Certificates() { config.demo = true; }
    struct Begun {
        std::string challenge;
        std::string code;
    };
    Begun begin_with(Phone& of) {
        advance(60s);
        const Response begun = of.post(start);
        if (begun.status != 200) throw std::runtime_error(begun.body);
        return {std::string(json_of(begun).at("challenge").as_string()),
                outbox.sent_to(lin.phone).front().text.substr(0, 6)};
    }
    boost::json::object right_body() {
        const Begun begun = begin_with(phone);
        return phone.certificate_body(begun.code, begun.challenge);
    }
    Response make_one() {
        phone.key = nullptr;
        return phone.post(certificates, right_body());
    }
    Response unlock(Phone& of, const Bytes& verifier) {
        return of.post(std::string(certificates) + "/" + phone.serial + "/unlock",
                       {{"verifier", base64url(verifier)}});
    }

    Phone phone{*this, lin};
    const Bytes wrong_verifier = Bytes(32, 1);
};

TEST_F(Certificates, AreMadeForBothAlgorithms) {
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::sm2, KeyAlgorithm::p256}) {
        phone.algorithm = algorithm;

        const Response made = make_one();

        ASSERT_EQ(made.status, 200) << made.body;
        const auto body = json_of(made);
        const std::string serial(body.at("serial").as_string());
        EXPECT_THAT(serial, testing::MatchesRegex("[0-9a-f]{32}"));
        EXPECT_THAT(std::string(body.at("certificate_pem").as_string()),
                    testing::StartsWith("-----BEGIN CERTIFICATE-----"));
        EXPECT_THAT(std::string(body.at("not_after").as_string()), testing::StartsWith("2027-11-22T08:0"));
        const auto kept = stored(storage.find_certificate(serial));
        ASSERT_TRUE(kept);
        EXPECT_TRUE(certificate_is_issued_by(kept->der, authority->certificate(), algorithm,
                                             point_of_key(algorithm, phone.key.get()), clock.now()));
    }
}

TEST_F(Certificates, AreAnnouncedByAText) {
    make_one();

    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("登录证书"));
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(2));
}

TEST_F(Certificates, BeginWithACodeByTextForLevelThree) {
    const Response begun = phone.post(start);
    EXPECT_EQ(begun.status, 200);
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, testing::MatchesRegex("[0-9]{6} .*5分钟.*"));
    EXPECT_THAT(begun.body, testing::Not(HasSubstr(outbox.sent_to(lin.phone).front().text.substr(0, 6))));
    EXPECT_EQ(code_of(phone.post(start, {{"phone", "13900000009"}})), "bad_request");

    Phone low{*this, hao};
    EXPECT_EQ(code_of(low.post(start)), "level_too_low");
    EXPECT_THAT(outbox.sent_to(hao.phone), SizeIs(0));
    low.bearer.clear();
    EXPECT_EQ(code_of(low.post(start)), "token_missing");
}

TEST_F(Certificates, WaitAMinuteBetweenCodes) {
    EXPECT_EQ(phone.post(start).status, 200);
    advance(59s);
    const Response refused = phone.post(start);
    EXPECT_EQ(code_of(refused), "too_many");
    EXPECT_THAT(values_of(refused, "Retry-After"), ElementsAre("1"));
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
    advance(1s);
    EXPECT_EQ(phone.post(start).status, 200);
}

TEST_F(Certificates, SendAtMostFiveCodesAnHour) {
    config.demo = false;
    for (int i = 0; i < 5; ++i)
        begin_with(phone);
    advance(60s);

    EXPECT_EQ(code_of(phone.post(start)), "too_many");
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(5));
}

TEST_F(Certificates, NeedTheRightCode) {
    auto body = right_body();
    const boost::json::string right = body.at("sms_code").as_string();
    body["sms_code"] = right == "000000" ? "111111" : "000000";
    for (int i = 0; i < 4; ++i) {
        const Response refused = phone.post(certificates, body);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "code_wrong");
    }
    body["sms_code"] = right;

    EXPECT_EQ(phone.post(certificates, body).status, 200) << "the fifth try";
}

TEST_F(Certificates, TakeNoCodeAfterFiveWrongTries) {
    auto body = right_body();
    const boost::json::string right = body.at("sms_code").as_string();
    body["sms_code"] = right == "000000" ? "111111" : "000000";
    for (int i = 0; i < 5; ++i)
        phone.post(certificates, body);
    body["sms_code"] = right;

    EXPECT_EQ(code_of(phone.post(certificates, body)), "code_wrong");
}

TEST_F(Certificates, TakeACodeOnceAndForFiveMinutes) {
    auto body = right_body();
    EXPECT_EQ(phone.post(certificates, body).status, 200);
    EXPECT_EQ(code_of(phone.post(certificates, body)), "code_wrong");
    body = right_body();
    advance(300s);

    EXPECT_EQ(code_of(phone.post(certificates, body)), "code_wrong");
}

TEST_F(Certificates, TakeACodeOnlyFromThePhoneThatAskedAndOnlyTheNewest) {
    auto body = right_body();
    Phone second{*this, lin, "another-device!!"};
    EXPECT_EQ(code_of(second.post(certificates, body)), "code_wrong");
    right_body();

    EXPECT_EQ(code_of(phone.post(certificates, body)), "code_wrong");
}

TEST_F(Certificates, LimitTypedCodesOfAPersonAcrossResends) {
    config.demo = false;
    auto body = right_body();
    body["biometric"] = boost::json::object{{"kind", "simulated"}};
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(code_of(phone.post(certificates, body)), "biometric_failed");
    right_body();

    const Response refused = phone.post(certificates, body);

    EXPECT_EQ(code_of(refused), "too_many");
    EXPECT_THAT(values_of(refused, "Retry-After"), SizeIs(1));
}

TEST_F(Certificates, NeedAProofByTheirOwnKey) {
    auto body = right_body();
    const auto other = new_key(phone.algorithm);
    for (const Bytes& wrong : {sign_with(phone.algorithm, other.get(), "x"),
                               phone.sign("qrgate-certificate-v1\nother\n"), Bytes{}}) {
        body["proof"] = base64url(wrong);
        const Response refused = phone.post(certificates, body);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "proof_wrong");
    }
    EXPECT_TRUE(stored(storage.list_certificates(lin.id)).empty());
}

TEST_F(Certificates, NeedAPointOfTheirCurve) {
    auto body = right_body();
    Bytes off = point_of_key(phone.algorithm, phone.key.get());
    off[64] ^= 1U;
    for (const auto& [field, value] :
         std::map<std::string, std::string>{{"public_key", base64url(off)},
                                            {"public_key ", ""},
                                            {"algorithm", "sm2"},
                                            {"algorithm ", "rsa"},
                                            {"unlock_verifier", base64url(Bytes(31, 0))},
                                            {"sms_code", "12345"},
                                            {"sms_code ", "12345a"},
                                            {"passphrase", "246813"}}) {
        auto wrong = body;
        wrong[field.substr(0, field.find(' '))] = value;
        EXPECT_EQ(code_of(phone.post(certificates, wrong)), "bad_request") << field;
    }

    EXPECT_EQ(phone.post(certificates, body).status, 200) << "wrong shapes used nothing up";
}

TEST_F(Certificates, NeedABiometricCheckThatIsWhole) {
    auto body = right_body();
    for (const char* biometric :
         {R"({"kind":"none"})", R"({"kind":1})", "{}", R"({"kind":"webauthn"})", R"({"kind":"soter"})",
          R"({"kind":"simulated","more":1})", R"({"kind":"webauthn","client_data":"***","attestation":"AA"})",
          R"({"kind":"proofing","id":""})",
          R"({"kind":"soter","openid":"a","login_code":"b","json_string":"{}","json_signature":"c"})"}) {
        body["biometric"] = boost::json::parse(biometric);
        EXPECT_EQ(code_of(phone.post(certificates, body)), "bad_request") << biometric;
    }
    config.demo = false;
    body["biometric"] = boost::json::object{{"kind", "simulated"}};
    EXPECT_EQ(code_of(phone.post(certificates, body)), "biometric_failed");
}

TEST_F(Certificates, AreAtMostFive) {
    for (int i = 0; i < 5; ++i)
        ASSERT_EQ(make_one().status, 200) << i;

    const Response sixth = make_one();

    EXPECT_EQ(sixth.status, 409);
    EXPECT_EQ(code_of(sixth), "certificate_limit");
    const auto rows = json_of(phone.get(certificates)).at("certificates").as_array();
    ASSERT_EQ(rows.size(), 5u);
    EXPECT_EQ(
        phone.del(std::string(certificates) + "/" + std::string(rows[0].at("serial").as_string())).status,
        204);
    EXPECT_EQ(make_one().status, 200);
}

TEST_F(Certificates, NeedTheLevelStillAtTheirIssue) {
    auto body = right_body();
    set_level(lin, 2);

    EXPECT_EQ(code_of(phone.post(certificates, body)), "level_too_low");
}

TEST_F(Certificates, AreListedAndRevokedByTheirOwner) {
    phone.has_certificate();
    Phone second{*this, lin, "another-device!!"};
    Phone stranger{*this, gongsi};
    const std::string path = std::string(certificates) + "/" + phone.serial;

    const auto row = json_of(second.get(certificates)).at("certificates").at(0).as_object();
    EXPECT_EQ(row.at("serial").as_string(), phone.serial);
    EXPECT_EQ(row.at("state").as_string(), "active");
    EXPECT_FALSE(row.at("this_device").as_bool());
    EXPECT_EQ(code_of(stranger.del(path)), "not_found");
    EXPECT_EQ(code_of(phone.del(std::string(certificates) + "/00")), "not_found");
    EXPECT_EQ(second.del(path).status, 204);
    EXPECT_EQ(second.del(path).status, 204) << "twice is fine";
    EXPECT_EQ(json_of(phone.get(certificates)).at("certificates").at(0).at("state").as_string(), "revoked");
    second.bearer = "x";
    EXPECT_EQ(code_of(second.get(certificates)), "token_missing");
    EXPECT_EQ(code_of(second.del(path)), "token_missing");
}

// --- unlock

TEST_F(Certificates, GiveTheSecretForTheRightVerifier) {
    phone.has_certificate();

    const Response unlocked = unlock(phone, phone.verifier);

    EXPECT_EQ(unlocked.status, 200);
    EXPECT_EQ(json_of(unlocked).at("secret").as_string(), base64url(phone.secret));
}

TEST_F(Certificates, CountWrongPassphrasesAndAreDisabledByTheTenth) {
    phone.has_certificate();
    for (int left = 9; left >= 0; --left) {
        const Response refused = unlock(phone, wrong_verifier);
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "passphrase_wrong");
        EXPECT_EQ(json_of(refused).at("tries_left").as_int64(), left);
    }

    EXPECT_EQ(code_of(unlock(phone, phone.verifier)), "certificate_unusable");
    EXPECT_EQ(json_of(phone.get(certificates)).at("certificates").at(0).at("state").as_string(), "disabled");
}

TEST_F(Certificates, TellTheirOwnerOnceThatTheyAreDisabled) {
    phone.has_certificate();
    for (int i = 0; i < 9; ++i)
        unlock(phone, wrong_verifier);
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(0));

    unlock(phone, wrong_verifier);
    unlock(phone, wrong_verifier);

    ASSERT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("输错10次已停用"));
}

TEST_F(Certificates, SayWhereTheirCodeWent) {
    EXPECT_EQ(json_of(phone.post(start)).at("phone_masked").as_string(), "139****0001");
}

TEST_F(Certificates, AreShownWholeToTheirOwnerOnly) {
    const std::string serial(json_of(make_one()).at("serial").as_string());
    const std::string path = std::string(certificates) + "/" + serial;
    Phone stranger{*this, gongsi};

    const auto shown = json_of(phone.get(path));

    EXPECT_EQ(shown.at("serial").as_string(), serial);
    EXPECT_EQ(shown.at("subject").as_string(), "CN=" + lin.id + ",O=qrgate");
    EXPECT_THAT(std::string(shown.at("issuer").as_string()),
                testing::MatchesRegex("CN=qrgate CA [0-9a-f]{8},O=qrgate"));
    EXPECT_EQ(shown.at("fingerprint").as_string(),
              hex(sha256(stored(storage.find_certificate(serial))->der)));
    EXPECT_TRUE(shown.at("this_device").as_bool());
    EXPECT_EQ(code_of(stranger.get(path)), "not_found");
    EXPECT_EQ(code_of(phone.get(std::string(certificates) + "/00")), "not_found");
    phone.bearer = "x";
    EXPECT_EQ(code_of(phone.get(path)), "token_missing");
}

TEST_F(Certificates, DoNotForgetWrongPassphrasesForARightOneButForAConfirmedLogin) {
    phone.has_certificate();
    unlock(phone, wrong_verifier);
    EXPECT_EQ(unlock(phone, phone.verifier).status, 200);
    EXPECT_EQ(json_of(unlock(phone, wrong_verifier)).at("tries_left").as_int64(), 8);
    Pc pc{*this};
    Socket socket = pc.sit();
    const std::string token = socket.hear().text("token");
    EXPECT_EQ(phone.confirm(token, text_of(phone.scan(token))).status, 204);

    EXPECT_EQ(json_of(unlock(phone, wrong_verifier)).at("tries_left").as_int64(), 9);
}

TEST_F(Certificates, RefuseOtherDevicesWithoutCounting) {
    phone.has_certificate();
    Phone second{*this, lin, "another-device!!"};
    Phone stranger{*this, gongsi};

    EXPECT_EQ(unlock(second, phone.verifier).status, 403);
    EXPECT_EQ(code_of(unlock(second, wrong_verifier)), "certificate_unusable");
    EXPECT_EQ(code_of(unlock(stranger, wrong_verifier)), "not_found");
    EXPECT_EQ(json_of(unlock(phone, wrong_verifier)).at("tries_left").as_int64(), 9);
}

TEST_F(Certificates, AreNotUnlockedOnceRevokedOrInAWrongShape) {
    phone.has_certificate();
    EXPECT_EQ(code_of(unlock(phone, Bytes(31, 7))), "bad_request");
    phone.del(std::string(certificates) + "/" + phone.serial);

    EXPECT_EQ(code_of(unlock(phone, phone.verifier)), "certificate_unusable");
}

}  // namespace
}  // namespace qrgate::tests
