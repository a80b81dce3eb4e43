// The published list of revoked certificates and the CA's certificate, judged by the openssl command line.
#include "server/revocation_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/authority_files.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class Revocations : public testing::Test, protected Fixture {
protected:
    std::string crl() {
        const Response answer = call(get("/ca.crl"));
        EXPECT_EQ(answer.status, 200);
        return answer.body;
    }
    static Request get(const std::string& path) {
        Request request;
        request.path = path;
        return request;
    }
    std::string text_of_crl() {
        write_file(folder.path() / "ca.crl", crl());
        return command(folder.path(), "openssl crl -inform DER -in ca.crl -noout -text -crlnumber").output;
    }
    static std::string upper(std::string serial) {
        for (char& c : serial)
            c = static_cast<char>(std::toupper(c));
        return serial;
    }
    Phone phone{*this, lin};
};

TEST_F(Revocations, TheListSaysWhoWhenAndWhy) {
    phone.has_certificate();
    const std::string first = phone.serial;
    phone.has_certificate();
    EXPECT_THAT(text_of_crl(), HasSubstr("No Revoked Certificates."));

    phone.del("/api/v1/phone/certificates/" + first);
    const std::string text = text_of_crl();

    EXPECT_THAT(text, HasSubstr("Version 2 (0x1)"));
    EXPECT_THAT(text, HasSubstr("Signature Algorithm: SM2-with-SM3"));
    EXPECT_THAT(text, HasSubstr("Issuer: O = qrgate, CN = qrgate CA"));
    EXPECT_THAT(text, HasSubstr("Last Update: Nov 22 08:00:00 2026 GMT"));
    EXPECT_THAT(text, HasSubstr("Next Update: Nov 23 08:00:00 2026 GMT"));
    EXPECT_THAT(text, HasSubstr("Serial Number: " + upper(first)));
    EXPECT_THAT(text, HasSubstr("Revocation Date: Nov 22 08:00:00 2026 GMT"));
    EXPECT_THAT(text, HasSubstr("Cessation Of Operation"));
    EXPECT_THAT(text, HasSubstr("X509v3 Authority Key Identifier:"));
    EXPECT_THAT(text, Not(HasSubstr(upper(phone.serial))));
}

TEST_F(Revocations, AnSm2ListIsSignedByTheCa) {
    write_file(folder.path() / "ca.crl", crl());

    // openssl crl gives no identity to what it verifies, so the signed octets are cut out.
    const auto verified =
        command(folder.path(),
                "openssl asn1parse -inform DER -in ca.crl -strparse 4 -noout -out signed || "
                "openssl asn1parse -inform DER -in ca.crl -strparse 3 -noout -out signed; "
                "at=$(openssl asn1parse -inform DER -in ca.crl | tail -1 | cut -d: -f1) && "
                "openssl asn1parse -inform DER -in ca.crl -strparse $at -noout -out signature && "
                "openssl x509 -in ca/ca.crt -noout -pubkey > key && "
                "openssl dgst -sm3 -sigopt distid:1234567812345678 -verify key -signature "
                "signature signed");

    EXPECT_THAT(verified.output, HasSubstr("Verified OK"));
}

TEST_F(Revocations, AP256ListStopsARevokedCertificateAtTheCommandLine) {
    Folder other;
    auto ca = CertificateAuthority::open(other.path(), KeyAlgorithm::p256, random, clock.now(), signing);
    const KeyPtr key = new_key(KeyAlgorithm::p256);
    const auto issue = [&] {
        return stored(ca->issue({.person_id = "p1",
                                 .algorithm = KeyAlgorithm::p256,
                                 .public_key = point_of_key(KeyAlgorithm::p256, key.get()),
                                 .not_before = clock.now(),
                                 .not_after = clock.now() + std::chrono::days(365),
                                 .crl_url = "https://login.example/ca.crl"}));
    };
    const auto good = issue();
    const auto bad = issue();
    const Bytes list =
        stored(ca->sign_revocations("", {.number = 7,
                                         .this_update = clock.now(),
                                         .next_update = clock.now() + 24h,
                                         .revoked = {{bad.serial, clock.now(), "superseded"}}}));
    write_file(other.path() / "good.crt", good.pem);
    write_file(other.path() / "bad.crt", bad.pem);
    write_file(other.path() / "list.der", {reinterpret_cast<const char*>(list.data()), list.size()});
    const auto check = [&](const std::string& name) {
        return command(
            other.path(),
            "openssl crl -inform DER -in list.der -out list.pem && openssl verify -crl_check -attime "
            "1795400000 -CAfile ca.crt -CRLfile list.pem " +
                name);
    };

    EXPECT_THAT(command(other.path(), "openssl crl -inform DER -in list.der -noout -CAfile ca.crt").output,
                HasSubstr("verify OK"));
    EXPECT_THAT(check("good.crt").output, HasSubstr("good.crt: OK"));
    EXPECT_THAT(check("bad.crt").output, HasSubstr("certificate revoked"));
    EXPECT_THAT(command(other.path(), "openssl x509 -in good.crt -noout -ext crlDistributionPoints").output,
                HasSubstr("URI:https://login.example/ca.crl"));
    EXPECT_THAT(command(other.path(), "openssl crl -inform DER -in list.der -noout -text").output,
                HasSubstr("Superseded"));
}

TEST_F(Revocations, TheListStaysUntilSomethingIsRevokedOrHalfItsLifeIsOver) {
    phone.has_certificate();
    const std::string first = crl();
    advance(1h);
    EXPECT_EQ(crl(), first);
    advance(12h);
    const std::string second = crl();
    EXPECT_NE(second, first);

    phone.del("/api/v1/phone/certificates/" + phone.serial);

    EXPECT_NE(crl(), second) << "at once";
}

TEST_F(Revocations, WhatAnotherProcessRevokesIsSeenSoon) {
    phone.has_certificate();
    const std::string before = crl();
    stored(storage.revoke_certificate(phone.serial, {}, "operator", clock.now(), {}));
    EXPECT_EQ(crl(), before);

    advance(RevocationList::look_every);

    EXPECT_THAT(text_of_crl(), HasSubstr(upper(phone.serial)));
}

TEST_F(Revocations, NumbersGrowWithEveryList) {
    const auto number = [&] {
        const std::string text = text_of_crl();
        const std::string rest = text.substr(text.find("crlNumber=") + 10);
        return rest.substr(0, rest.find('\n'));
    };
    phone.has_certificate();
    const std::string first = number();
    phone.del("/api/v1/phone/certificates/" + phone.serial);
    const std::string second = number();

    EXPECT_THAT(first, MatchesRegex("0x[0-9A-F]+"));
    EXPECT_EQ(first.size(), second.size());
    EXPECT_LT(first, second);
}

TEST_F(Revocations, ACertificateOfACaThatThisNodeReadsLaterComesOnItsListThen) {
    const auto ca = folder.path() / "ca";
    const auto rotate = [&] {
        rotate_authority(ca, KeyAlgorithm::p256, random, clock.now(), clock.now() + 60s);
        advance(60s);
    };
    rotate();
    const auto late = CertificateAuthority::open(ca, KeyAlgorithm::p256, random, clock.now(), signing);
    RevocationList of_late(storage, *late, clock);
    rotate();
    authority->read_again(clock.now());
    const std::string newest = authority->issuer_of(authority->certificate());
    phone.has_certificate();
    ASSERT_EQ(phone.del("/api/v1/phone/certificates/" + phone.serial).status, 204);
    ASSERT_TRUE(stored(of_late.current()));
    late->read_again(clock.now());

    const auto list = stored(of_late.current(newest));

    write_file(folder.path() / "late.crl",
               {reinterpret_cast<const char*>(list->der.data()), list->der.size()});
    EXPECT_THAT(command(folder.path(), "openssl crl -inform DER -in late.crl -noout -text").output,
                HasSubstr(upper(phone.serial)));
}

TEST_F(Revocations, TheCaIsPublishedAsTheFileThatItIs) {
    const Response answer = call(get("/ca.crt"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(values_of(answer, "Content-Type"), testing::ElementsAre("application/pkix-cert"));
    EXPECT_EQ(Bytes(answer.body.begin(), answer.body.end()), authority->certificate());
}

}  // namespace
}  // namespace qrgate::tests
