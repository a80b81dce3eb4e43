// Who stands there (biometric), who vouches for the device (permit), and renewal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "server/biometric/biometric_claim.hpp"
#include "tests/server/software_authenticator.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view certificates = "/api/v1/phone/certificates";
constexpr std::string_view device = "device-of-tests!";

class Issue : public testing::Test, protected Fixture {
protected:
    struct Begun {
        std::string challenge;
        boost::json::object body;  // right but for its biometric
    };
    Begun begin_with(Phone& of) {
        advance(60s);
        const Response begun = of.post("/api/v1/phone/certificates/start");
        if (begun.status != 200) throw std::runtime_error(begun.body);
        const std::string challenge(json_of(begun).at("challenge").as_string());
        of.key = nullptr;
        return {challenge,
                of.certificate_body(outbox.sent_to(lin.phone).front().text.substr(0, 6), challenge)};
    }
    static Bytes key_of(const Begun& begun) {
        return from_base64url(std::string(begun.body.at("public_key").as_string())).value();
    }
    boost::json::object finger(const Begun& begun) {
        return authenticator.body(webauthn_challenge(begun.challenge, key_of(begun)));
    }
    // A right request with a finger, from a phone that somebody vouched for or not.
    Response make_with_finger(Phone& of) {
        Begun begun = begin_with(of);
        begun.body["biometric"] = finger(begun);
        return of.post(certificates, begun.body);
    }
    Response make_with(Phone& of, boost::json::object biometric) {
        Begun begun = begin_with(of);
        begun.body["biometric"] = std::move(biometric);
        return of.post(certificates, begun.body);
    }
    void endorse(Begun& begun, const Phone& by) {
        begun.body["endorsed_by"] = by.serial;
        begun.body["endorsement"] = base64url(
            by.sign("qrgate-endorsement-v1\n" + begun.challenge + "\n" + base64url(key_of(begun)) + "\n"));
    }
    void passes_proofing(const Someone& who, std::string_view on = device, bool passed = true) {
        NewProofing asked;
        asked.proofing.id = "proofing-1";
        asked.proofing.person_id = who.id;
        asked.proofing.device_hash = sha256(as_bytes(on));
        asked.proofing.provider = "test";
        asked.proofing.started_at = clock.now();
        asked.proofing.ends_at = clock.now() + 30min;
        stored(storage.start_proofing(asked, {}));
        stored(storage.decide_proofing(
            {.proofing_id = "proofing-1", .event_id = "e1", .passed = passed, .at = clock.now()}, {}));
    }
    void desk_approves(const Someone& who) {
        DeskCase asked;
        asked.id = "case-1";
        asked.person_id = who.id;
        asked.action = DeskAction::certificate;
        asked.evidence = "came with the identity card";
        asked.opened_by = "wang";
        asked.opened_at = clock.now();
        stored(storage.open_desk_case(asked, {}));
        stored(storage.decide_desk_case({.case_id = "case-1", .approve = true, .by = "li", .at = clock.now()},
                                        {}));
    }

    Phone phone{*this, lin};
    SoftwareAuthenticator authenticator;
};

TEST_F(Issue, AFingerOnAPhoneWhosePersonPassedAProofingMakesACertificate) {
    passes_proofing(lin);

    EXPECT_EQ(make_with_finger(phone).status, 200);
}

TEST_F(Issue, WithoutAnybodyWhoVouchesAFingerIsNotEnough) {
    const Response refused = make_with_finger(phone);

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "proofing_needed");
}

TEST_F(Issue, TheProofingCountsForItsDeviceItsPersonAndADay) {
    passes_proofing(lin, "another-device!!");
    EXPECT_EQ(code_of(make_with_finger(phone)), "proofing_needed");
    EXPECT_EQ(code_of(make_with(phone, {{"kind", "proofing"}, {"id", "proofing-1"}})), "proofing_needed");
    Phone other{*this, lin, "another-device!!"};
    EXPECT_EQ(make_with_finger(other).status, 200);
    advance(24h);
    EXPECT_EQ(code_of(make_with_finger(other)), "proofing_needed");
    EXPECT_EQ(code_of(make_with(other, {{"kind", "proofing"}, {"id", "proofing-1"}})), "proofing_needed");
}

TEST_F(Issue, AProofingTakesThePlaceOfAFinger) {
    EXPECT_EQ(code_of(make_with(phone, {{"kind", "proofing"}})), "proofing_needed");
    passes_proofing(lin);

    EXPECT_EQ(make_with(phone, {{"kind", "proofing"}}).status, 200);
    EXPECT_EQ(make_with(phone, {{"kind", "proofing"}, {"id", "proofing-1"}}).status, 200);
    EXPECT_EQ(code_of(make_with(phone, {{"kind", "proofing"}, {"id", "proofing-2"}})), "proofing_needed");
}

TEST_F(Issue, AFailedProofingCountsForNothing) {
    passes_proofing(lin, device, false);

    EXPECT_EQ(code_of(make_with(phone, {{"kind", "proofing"}, {"id", "proofing-1"}})), "proofing_needed");
    EXPECT_EQ(code_of(make_with_finger(phone)), "proofing_needed");
}

TEST_F(Issue, AnApprovalOfTheDeskIsForOneCertificate) {
    desk_approves(lin);

    EXPECT_EQ(make_with_finger(phone).status, 200);
    EXPECT_EQ(code_of(make_with_finger(phone)), "proofing_needed");
}

TEST_F(Issue, TheDeskHelpsWhoHasNeitherFingerNorFace) {
    desk_approves(lin);

    EXPECT_EQ(make_with(phone, {{"kind", "proofing"}}).status, 200);
    EXPECT_EQ(code_of(make_with(phone, {{"kind", "proofing"}})), "proofing_needed");
}

TEST_F(Issue, TheDemoVouchesForAFingerButNotForAProofing) {
    config.demo = true;

    EXPECT_EQ(make_with_finger(phone).status, 200);
    EXPECT_EQ(make_with(phone, {{"kind", "simulated"}}).status, 200);
    EXPECT_EQ(code_of(make_with(phone, {{"kind", "proofing"}})), "proofing_needed");
}

TEST_F(Issue, ARefusedRequestUsesNoCodeUp) {
    Begun begun = begin_with(phone);
    begun.body["biometric"] = finger(begun);
    EXPECT_EQ(code_of(phone.post(certificates, begun.body)), "proofing_needed");
    passes_proofing(lin);
    auto wrong = begun.body;
    wrong["biometric"] = authenticator.body("wrong");
    EXPECT_EQ(code_of(phone.post(certificates, wrong)), "biometric_failed");

    EXPECT_EQ(phone.post(certificates, begun.body).status, 200);
}

// --- SOTER

TEST_F(Issue, ASoterAnswerThatThePlatformKnowsCounts) {
    passes_proofing(lin);
    Begun begun = begin_with(phone);
    const auto biometric = [&](const std::string& raw) {
        return boost::json::object{{"kind", "soter"},
                                   {"openid", "o1"},
                                   {"json_string", R"({"raw":")" + raw + R"("})"},
                                   {"json_signature", "c2ln"}};
    };
    begun.body["biometric"] = biometric("another challenge");
    EXPECT_EQ(code_of(phone.post(certificates, begun.body)), "biometric_failed");
    EXPECT_THAT(soter.asked, SizeIs(0));
    begun.body["biometric"] = biometric(begun.challenge);
    soter.says = false;
    EXPECT_EQ(code_of(phone.post(certificates, begun.body)), "biometric_failed");
    soter.says = Errc::timed_out;
    EXPECT_EQ(phone.post(certificates, begun.body).status, 503);
    soter.says = true;

    EXPECT_EQ(phone.post(certificates, begun.body).status, 200);
    EXPECT_EQ(soter.asked.back().openid, "o1");
    soter.is_offered = false;
    EXPECT_EQ(code_of(phone.post(certificates, begun.body)), "biometric_failed");
}

// --- another certificate vouches

TEST_F(Issue, AnotherPhonesCertificateVouchesForANewDevice) {
    phone.has_certificate();
    Phone second{*this, lin, "another-device!!"};
    Begun begun = begin_with(second);
    begun.body["biometric"] = finger(begun);
    endorse(begun, phone);

    EXPECT_EQ(second.post(certificates, begun.body).status, 200);
    EXPECT_EQ(stored(storage.find_certificate(phone.serial))->state, CertificateState::active);
}

TEST_F(Issue, AnEndorsementNeedsBothItsParts) {
    phone.has_certificate();
    Begun begun = begin_with(phone);
    for (const char* alone : {"endorsed_by", "endorsement"}) {
        auto body = begun.body;
        body[alone] = "AAAA";
        EXPECT_EQ(code_of(phone.post(certificates, body)), "bad_request") << alone;
    }
    auto body = begun.body;
    body["renews"] = phone.serial;
    EXPECT_EQ(code_of(phone.post(certificates, body)), "bad_request");
}

// --- renewal

class Renewal : public Issue {
protected:
    Renewal() {
        phone.has_certificate();
        old_serial = phone.serial;
        old_key = phone.key;
    }
    Response renew(Phone& on) {
        Begun begun = begin_with(on);
        begun.body["biometric"] = finger(begun);
        Phone old = phone;
        old.key = old_key;
        old.serial = old_serial;
        endorse(begun, old);
        begun.body["renews"] = old_serial;
        return on.post(certificates, begun.body);
    }
    bool is_renewable(Phone& of) {
        const auto rows = json_of(of.get(certificates)).at("certificates").as_array();
        const auto me = json_of(of.get("/api/v1/phone/me")).at("certificates").as_array();
        EXPECT_EQ(rows, me);
        return rows.back().at("renewable").as_bool();
    }
    std::string old_serial;
    std::shared_ptr<EVP_PKEY> old_key;
};

TEST_F(Renewal, IsOfferedInTheLastMonthOnThePhoneThatHasTheKey) {
    config.phone_session_life = 400 * 24h;
    EXPECT_FALSE(is_renewable(phone));
    advance(config.certificate_life - config.certificate_renew_before - 1s);
    Phone now{*this, lin};
    Phone second{*this, lin, "another-device!!"};
    EXPECT_FALSE(is_renewable(now));
    advance(1s);
    EXPECT_TRUE(is_renewable(now));
    EXPECT_FALSE(is_renewable(second));
    advance(config.certificate_renew_before);
    Phone later{*this, lin};
    EXPECT_FALSE(is_renewable(later)) << "over";
}

TEST_F(Renewal, TakesThePlaceOfTheOldCertificateAndIsToldByText) {
    advance(config.certificate_life - 20 * 24h);
    Phone now{*this, lin};

    const Response made = renew(now);

    ASSERT_EQ(made.status, 200) << made.body;
    EXPECT_EQ(stored(storage.find_certificate(old_serial))->state, CertificateState::revoked);
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("新的登录证书"));
    const auto list = stored(storage.list_revoked_certificates(clock.now()));
    ASSERT_THAT(list, SizeIs(1));
    EXPECT_EQ(list.front().reason, "superseded");
    EXPECT_EQ(code_of(renew(now)), "certificate_unusable") << "once";
}

TEST_F(Renewal, IsRefusedTooEarlyTooLateAndFromAnotherPhone) {
    const Response early = renew(phone);
    EXPECT_EQ(code_of(early), "bad_request");
    EXPECT_THAT(early.body, HasSubstr("renews"));
    advance(config.certificate_life - 20 * 24h);
    Phone second{*this, lin, "another-device!!"};
    EXPECT_EQ(code_of(renew(second)), "certificate_unusable");
    advance(20 * 24h);
    Phone late{*this, lin};
    EXPECT_EQ(code_of(renew(late)), "certificate_unusable");
}

TEST_F(Renewal, NeedsAFingerToo) {
    advance(config.certificate_life - 20 * 24h);
    Phone now{*this, lin};
    authenticator.flags = 0x41;

    EXPECT_EQ(code_of(renew(now)), "biometric_failed");
    EXPECT_EQ(stored(storage.find_certificate(old_serial))->state, CertificateState::active);
}

}  // namespace
}  // namespace qrgate::tests
