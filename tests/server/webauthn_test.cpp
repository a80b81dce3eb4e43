#include "server/biometric/webauthn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "server/biometric/cbor_shape.hpp"
#include "tests/server/software_authenticator.hpp"

namespace qrgate::tests {
namespace {

const WebauthnRules rules{.origin = "https://login.example", .challenge = "Y2hhbGxlbmdl"};

bool counts(const SoftwareAuthenticator& authenticator) {
    return check_webauthn(authenticator.answer(rules.challenge), rules).has_value();
}

TEST(Webauthn, TakesAnAnswerWithoutAttestationAndSaysWhatItWas) {
    const auto facts = check_webauthn(SoftwareAuthenticator{}.answer(rules.challenge), rules);

    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->format, "none");
    EXPECT_EQ(facts->aaguid, std::string(32, '0'));
    EXPECT_EQ(facts->algorithm, -7);
}

TEST(Webauthn, TakesASelfAttestationWhoseSignatureIsRight) {
    SoftwareAuthenticator authenticator;
    authenticator.format = "packed";
    EXPECT_TRUE(counts(authenticator));

    authenticator.signs_wrongly = true;
    EXPECT_FALSE(counts(authenticator));
}

TEST(Webauthn, RefusesANoneThatHasAStatementAndFormatsThatItCannotCheck) {
    SoftwareAuthenticator authenticator;
    authenticator.signs_wrongly = true;
    EXPECT_FALSE(counts(authenticator));

    for (const char* format : {"android-safetynet", "apple", "tpm", "fido-u2f", ""}) {
        SoftwareAuthenticator other;
        other.format = format;
        EXPECT_FALSE(counts(other)) << format;
    }
}

TEST(Webauthn, NeedsOurOriginOurChallengeAndACreation) {
    SoftwareAuthenticator authenticator;
    EXPECT_FALSE(check_webauthn(authenticator.answer("b3RoZXI"), rules));
    for (const char* origin : {"https://login.example.evil", "http://login.example", "https://login.example/",
                               "https://login.example:8443", "null", ""}) {
        SoftwareAuthenticator other;
        other.origin = origin;
        EXPECT_FALSE(counts(other)) << origin;
    }
    authenticator.type = "webauthn.get";
    EXPECT_FALSE(counts(authenticator));
    SoftwareAuthenticator framed;
    framed.cross_origin = true;
    EXPECT_FALSE(counts(framed));
}

TEST(Webauthn, NeedsTheHostAsRelyingPartyWithoutItsPort) {
    SoftwareAuthenticator authenticator;
    authenticator.relying_party = "example";
    EXPECT_FALSE(counts(authenticator));

    authenticator.origin = "http://localhost:8080";
    authenticator.relying_party = "localhost";
    const WebauthnRules local{.origin = "http://localhost:8080", .challenge = "abc"};
    EXPECT_TRUE(check_webauthn(authenticator.answer("abc"), local));
}

TEST(Webauthn, NeedsSomebodyPresentAndVerifiedAndACredential) {
    for (const int flags : {0x44, 0x41, 0x40, 0x05, 0x00}) {
        SoftwareAuthenticator authenticator;
        authenticator.flags = static_cast<std::uint8_t>(flags);
        EXPECT_FALSE(counts(authenticator)) << flags;
    }
}

TEST(Webauthn, RefusesEveryShortenedOrLengthenedAnswer) {
    const WebauthnAnswer right = SoftwareAuthenticator{}.answer(rules.challenge);
    for (std::size_t size = 0; size < right.attestation.size(); ++size) {
        WebauthnAnswer cut = right;
        cut.attestation.resize(size);
        EXPECT_FALSE(check_webauthn(cut, rules)) << size;
    }
    WebauthnAnswer longer = right;
    longer.attestation.push_back(0);
    EXPECT_FALSE(check_webauthn(longer, rules));
    longer = right;
    longer.client_data.clear();
    EXPECT_FALSE(check_webauthn(longer, rules));
}

TEST(Webauthn, SurvivesOctetsThatAreNoAttestation) {
    test::SeededRandom random(7);
    WebauthnAnswer answer = SoftwareAuthenticator{}.answer(rules.challenge);
    const Bytes right = answer.attestation;
    for (int i = 0; i < 2000; ++i) {
        answer.attestation = right;
        const auto chance = random.bytes<4>();
        answer.attestation[(chance[0] * 256U + chance[1]) % 40U] = chance[2];
        check_webauthn(answer, rules);
    }
    for (int i = 0; i < 2000; ++i) {
        answer.attestation = right;
        const auto chance = random.bytes<4>();
        answer.attestation[(chance[0] * 256U + chance[1]) % right.size()] = chance[2];
        check_webauthn(answer, rules);
    }
    for (const Bytes& odd :
         {Bytes{0x80}, Bytes{0xa1, 0xff}, Bytes{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
          Bytes{0xbf, 0xff}, Bytes(16'000, 0x81)})
        EXPECT_FALSE(check_webauthn({.client_data = answer.client_data, .attestation = odd}, rules));
}

// Each of these heads made libcbor ask for as much memory as it claims.
TEST(Webauthn, MakesNoRoomForWhatAHeadOnlyClaims) {
    const WebauthnAnswer right = SoftwareAuthenticator{}.answer(rules.challenge);
    const Bytes huge{0x09, 0x4a, 0x6b, 0x96, 0x0c, 0x72, 0xd4, 0x00};
    for (const int kind : {0x5b, 0x7b, 0x9b, 0xbb})
        EXPECT_EQ(cbor_item_size(Bytes{static_cast<std::uint8_t>(kind)} + huge), 0U) << kind;

    WebauthnAnswer hostile = right;
    hostile.attestation = Bytes{0xbb} + huge + Bytes(right.attestation.begin() + 1, right.attestation.end());
    EXPECT_FALSE(check_webauthn(hostile, rules));

    // The head of the credential's key, which stands inside the authenticator data.
    hostile = right;
    const Bytes key_head{0xa5, 1, 2, 3};
    const auto key = std::ranges::search(hostile.attestation, key_head);
    ASSERT_FALSE(key.empty());
    const Bytes claimed = Bytes{0xbb} + huge;
    std::ranges::copy(claimed, key.begin());
    EXPECT_FALSE(check_webauthn(hostile, rules));
}

TEST(CborShape, IsOneItemOfKnownLengthsFourLevelsDeep) {
    EXPECT_EQ(cbor_item_size(Bytes{0x00, 0x00}), 1U);
    EXPECT_EQ(cbor_item_size(Bytes{0xa0}), 1U);
    EXPECT_EQ(cbor_item_size(Bytes{0xa1, 0x61, 'a', 0x82, 0x81, 0x81, 0x01, 0x02}), 8U);
    EXPECT_EQ(cbor_item_size(Bytes{0xa1, 0x61, 'a', 0x82, 0x81, 0x81, 0x80, 0x02}), 0U);

    EXPECT_EQ(cbor_item_size(Bytes{}), 0U);
    EXPECT_EQ(cbor_item_size(Bytes{0x82, 0x01}), 0U);
    EXPECT_EQ(cbor_item_size(Bytes{0xa1, 0x01}), 0U);
    EXPECT_EQ(cbor_item_size(Bytes{0x43, 1, 2}), 0U);
    for (const int head : {0x5f, 0x7f, 0x9f, 0xbf, 0xff, 0xc0, 0xd8, 0x1c})
        EXPECT_EQ(cbor_item_size(Bytes{static_cast<std::uint8_t>(head), 0x01, 0xff}), 0U) << head;
}

}  // namespace
}  // namespace qrgate::tests
