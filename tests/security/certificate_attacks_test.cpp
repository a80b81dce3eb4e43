// Attacks on the making of a certificate: whoever has a logged-in phone, a code or an old answer in hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "server/biometric/biometric_claim.hpp"
#include "tests/server/software_authenticator.hpp"

namespace qrgate::tests {
namespace {

constexpr std::string_view certificates = "/api/v1/phone/certificates";

class CertificateAttacks : public testing::Test, protected Fixture {
protected:
    // The demo vouches for the device, so that the biometric check is what is attacked.
    CertificateAttacks() { config.demo = true; }
    void begin_again(Phone& of, const Someone& whose) {
        advance(60s);
        const Response begun = of.post("/api/v1/phone/certificates/start");
        challenge = std::string(json_of(begun).at("challenge").as_string());
        code = outbox.sent_to(whose.phone).front().text.substr(0, 6);
    }
    boost::json::object body_with_new_key(Phone& of) {
        of.key = nullptr;
        return of.certificate_body(code, challenge);
    }
    static Bytes key_of(const boost::json::object& body) {
        return from_base64url(std::string(body.at("public_key").as_string())).value();
    }
    Response make(const boost::json::object& body) { return phone.post(certificates, body); }
    std::string endorsement(const Phone& by, const boost::json::object& body) {
        return base64url(
            by.sign("qrgate-endorsement-v1\n" + challenge + "\n" + base64url(key_of(body)) + "\n"));
    }

    Phone phone{*this, lin};
    SoftwareAuthenticator finger;
    std::string challenge;
    std::string code;
};

TEST_F(CertificateAttacks, AFingerOnAnotherSiteIsNoFingerHere) {
    begin_again(phone, lin);
    auto body = body_with_new_key(phone);
    finger.origin = "https://login.example.evil.example";
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));
    EXPECT_EQ(code_of(make(body)), "biometric_failed");
    finger.origin = "https://login.example";
    finger.relying_party = "evil.example";
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));
    EXPECT_EQ(code_of(make(body)), "biometric_failed");
}

TEST_F(CertificateAttacks, SomebodyPresentButNotVerifiedIsNobody) {
    begin_again(phone, lin);
    auto body = body_with_new_key(phone);
    finger.flags = 0x41;
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));

    EXPECT_EQ(code_of(make(body)), "biometric_failed");
}

TEST_F(CertificateAttacks, AFingerForOneKeyMakesNoCertificateForAnother) {
    begin_again(phone, lin);
    const auto seen = body_with_new_key(phone);
    const auto biometric = finger.body(webauthn_challenge(challenge, key_of(seen)));
    auto body = body_with_new_key(phone);
    body["biometric"] = biometric;

    EXPECT_EQ(code_of(make(body)), "biometric_failed");
}

TEST_F(CertificateAttacks, AnOldFingerIsNotTakenTwice) {
    begin_again(phone, lin);
    auto body = body_with_new_key(phone);
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));
    ASSERT_EQ(make(body).status, 200);
    EXPECT_EQ(code_of(make(body)), "code_wrong") << "the same request again";

    const auto used = body.at("biometric").as_object();
    begin_again(phone, lin);
    body = phone.certificate_body(code, challenge);
    body["biometric"] = used;
    EXPECT_EQ(code_of(make(body)), "biometric_failed") << "the same finger for a new code";
}

TEST_F(CertificateAttacks, AnotherPersonsCertificateVouchesForNobodyElse) {
    config.demo = false;
    Phone stranger{*this, gongsi, "device-of-thief!"};
    stranger.has_certificate();
    begin_again(phone, lin);
    auto body = body_with_new_key(phone);
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));
    body["endorsed_by"] = stranger.serial;
    body["endorsement"] = endorsement(stranger, body);

    EXPECT_EQ(code_of(make(body)), "certificate_unusable");
}

TEST_F(CertificateAttacks, AnEndorsementIsForOneKeyAndOneChallenge) {
    config.demo = false;
    Phone own{*this, lin, "another-device!!"};
    own.has_certificate();
    begin_again(phone, lin);
    const auto endorsed = body_with_new_key(phone);
    const std::string seen = endorsement(own, endorsed);
    auto body = body_with_new_key(phone);
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));
    body["endorsed_by"] = own.serial;
    for (const std::string& wrong : {seen, base64url(own.sign("qrgate-certificate-v1\n" + challenge + "\n")),
                                     endorsement(phone, body)}) {
        body["endorsement"] = wrong;
        EXPECT_EQ(code_of(make(body)), "signature_wrong");
    }
}

TEST_F(CertificateAttacks, ARevokedCertificateVouchesNoMore) {
    config.demo = false;
    Phone own{*this, lin, "another-device!!"};
    own.has_certificate();
    own.del(std::string(certificates) + "/" + own.serial);
    begin_again(phone, lin);
    auto body = body_with_new_key(phone);
    body["biometric"] = finger.body(webauthn_challenge(challenge, key_of(body)));
    body["endorsed_by"] = own.serial;
    body["endorsement"] = endorsement(own, body);

    EXPECT_EQ(code_of(make(body)), "certificate_unusable");
}

TEST_F(CertificateAttacks, AHugeOrDeepAttestationIsRefusedAndNothingBreaks) {
    begin_again(phone, lin);
    auto body = body_with_new_key(phone);
    for (const Bytes& odd : {Bytes(8000, 0x81), Bytes(8000, 0xbf),
                             Bytes{0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}) {
        body["biometric"] = boost::json::object{
            {"kind", "webauthn"},
            {"client_data",
             base64url(finger.answer(webauthn_challenge(challenge, key_of(body))).client_data)},
            {"attestation", base64url(odd)}};
        EXPECT_EQ(code_of(make(body)), "biometric_failed");
    }
}

}  // namespace
}  // namespace qrgate::tests
