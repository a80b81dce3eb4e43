#include "server/certificate_authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "server/authority_files.hpp"
#include "server/ec_key.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using tests::run;

const WallTime now = parse_time("2026-11-22T08:00:00Z").value();

unsigned mode_of(const std::filesystem::path& file) {
    struct stat facts{};
    EXPECT_EQ(::stat(file.c_str(), &facts), 0) << file;
    return facts.st_mode & 07777U;
}

class AuthorityTest : public testing::Test {
protected:
    tests::Folder folder;
    tests::RepeatableRandom random;
    asio::io_context context;
    Workers workers{context.get_executor(), 1, 8};

    std::filesystem::path ca_folder() const { return folder.path() / "ca"; }
    std::unique_ptr<CertificateAuthority> open(KeyAlgorithm algorithm = KeyAlgorithm::sm2,
                                               WallTime at = now) {
        return CertificateAuthority::open(ca_folder(), algorithm, random, at, workers);
    }
    std::string why_not(KeyAlgorithm algorithm = KeyAlgorithm::sm2, WallTime at = now) {
        try {
            open(algorithm, at);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "it opened";
    }
    IssueRequest request(KeyAlgorithm algorithm) {
        return {.person_id = "p0123456789_ABCDEFGHIJ",
                .algorithm = algorithm,
                .public_key = point_of_key(algorithm, new_key(algorithm).get()),
                .not_before = now,
                .not_after = now + std::chrono::days(365)};
    }
    IssuedCertificate issue(CertificateAuthority& ca, const IssueRequest& asked) {
        return run(context, ca.issue(asked)).value();
    }
};

struct Pair {
    KeyAlgorithm ca, leaf;
};
class AuthorityPairs : public AuthorityTest, public testing::WithParamInterface<Pair> {};
INSTANTIATE_TEST_SUITE_P(Authority, AuthorityPairs,
                         testing::Values(Pair{KeyAlgorithm::sm2, KeyAlgorithm::sm2},
                                         Pair{KeyAlgorithm::sm2, KeyAlgorithm::p256},
                                         Pair{KeyAlgorithm::p256, KeyAlgorithm::p256},
                                         Pair{KeyAlgorithm::p256, KeyAlgorithm::sm2}),
                         [](const auto& what) {
                             const auto name = [](KeyAlgorithm a) {
                                 return std::string(a == KeyAlgorithm::sm2 ? "Sm2" : "P256");
                             };
                             return name(what.param.leaf) + "Under" + name(what.param.ca);
                         });

TEST_P(AuthorityPairs, IssuesWhatTheOpensslCommandLineVerifies) {
    auto ca = open(GetParam().ca);
    const auto asked = request(GetParam().leaf);

    const auto issued = issue(*ca, asked);

    tests::write_file(ca_folder() / "leaf.crt", issued.pem);
    const std::string id = GetParam().ca == KeyAlgorithm::sm2 ? " -vfyopt distid:1234567812345678" : "";
    const auto verified = tests::command(
        ca_folder(), "openssl verify -x509_strict -purpose sslclient -attime 1795400000 -CAfile ca.crt" + id +
                         " leaf.crt");
    EXPECT_EQ(verified.status, 0) << verified.output;
    EXPECT_THAT(verified.output, HasSubstr("leaf.crt: OK"));
    EXPECT_TRUE(
        certificate_is_issued_by(issued.der, ca->certificate(), asked.algorithm, asked.public_key, now));
    EXPECT_EQ(public_key_of(issued.der), asked.public_key);
}

TEST_P(AuthorityPairs, SignsItselfSoThatTheCommandLineAgrees) {
    open(GetParam().ca);

    // openssl verify gives no identity to certificates of its trust store, so the signed octets are cut out.
    const std::string digest =
        GetParam().ca == KeyAlgorithm::sm2 ? "-sm3 -sigopt distid:1234567812345678" : "-sha256";
    const auto verified = tests::command(ca_folder(),
                                         "openssl asn1parse -in ca.crt -strparse 4 -noout -out signed && "
                                         "at=$(openssl asn1parse -in ca.crt | tail -1 | cut -d: -f1) && "
                                         "openssl asn1parse -in ca.crt -strparse $at -noout -out signature "
                                         "&& openssl x509 -in ca.crt -noout -pubkey > key && "
                                         "openssl dgst " +
                                             digest + " -verify key -signature signature signed");

    EXPECT_EQ(verified.status, 0) << verified.output;
    EXPECT_THAT(verified.output, HasSubstr("Verified OK"));
}

TEST_F(AuthorityTest, PutsIntoACertificateWhatBelongsThereAndNothingElse) {
    auto ca = open();
    const auto issued = issue(*ca, request(KeyAlgorithm::sm2));
    tests::write_file(ca_folder() / "leaf.crt", issued.pem);

    const std::string text =
        tests::command(ca_folder(), "openssl x509 -in leaf.crt -noout -text -nameopt RFC2253").output;

    EXPECT_THAT(text, HasSubstr("Version: 3 (0x2)"));
    EXPECT_THAT(text, HasSubstr("Signature Algorithm: SM2-with-SM3"));
    EXPECT_THAT(text, HasSubstr("Subject: CN=p0123456789_ABCDEFGHIJ,O=qrgate\n"));
    EXPECT_THAT(text, HasSubstr("Not Before: Nov 22 08:00:00 2026 GMT"));
    EXPECT_THAT(text, HasSubstr("Not After : Nov 22 08:00:00 2027 GMT"));
    EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE"));
    EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Digital Signature\n"));
    EXPECT_THAT(text,
                HasSubstr("X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n"));
    EXPECT_THAT(text, HasSubstr("X509v3 Subject Key Identifier:"));
    EXPECT_THAT(text, HasSubstr("X509v3 Authority Key Identifier:"));
}

TEST_F(AuthorityTest, MayOnlySignEndEntities) {
    open();

    const std::string text = tests::command(ca_folder(), "openssl x509 -in ca.crt -noout -text").output;

    EXPECT_THAT(text, HasSubstr("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0"));
    EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"));
}

TEST_F(AuthorityTest, SignsUnderTheIdentityThatOthersExpect) {
    auto ca = open();
    tests::write_file(ca_folder() / "leaf.crt", issue(*ca, request(KeyAlgorithm::sm2)).pem);

    const auto without_id =
        tests::command(ca_folder(), "openssl verify -attime 1795400000 -CAfile ca.crt leaf.crt");

    EXPECT_NE(without_id.status, 0) << without_id.output;
}

TEST_F(AuthorityTest, GivesSerialsOf16OctetsThatArePositiveAndNeverTwice) {
    auto ca = open();
    std::set<std::string> seen;

    for (int i = 0; i < 20; ++i) {
        const auto issued = issue(*ca, request(KeyAlgorithm::p256));
        EXPECT_THAT(issued.serial, MatchesRegex("[0-7][0-9a-f]{31}"));
        EXPECT_NE(issued.serial.substr(0, 2), "00");
        EXPECT_TRUE(seen.insert(issued.serial).second);
    }
}

TEST_F(AuthorityTest, WritesTheSameSerialIntoTheCertificate) {
    auto ca = open();
    const auto issued = issue(*ca, request(KeyAlgorithm::sm2));
    tests::write_file(ca_folder() / "leaf.crt", issued.pem);

    std::string shown = tests::command(ca_folder(), "openssl x509 -in leaf.crt -noout -serial").output;

    for (char& c : shown)
        c = static_cast<char>(std::tolower(c));
    EXPECT_EQ(shown, "serial=" + issued.serial + "\n");
}

TEST_F(AuthorityTest, KnowsItsOwnCertificatesFromOthers) {
    auto ca = open();
    const auto asked = request(KeyAlgorithm::sm2);
    const Bytes der = issue(*ca, asked).der;
    tests::Folder elsewhere;
    auto other = CertificateAuthority::open(elsewhere.path(), KeyAlgorithm::sm2, random, now, workers);
    const auto verifies = [&](ByteView leaf, const Bytes& key, WallTime at) {
        return certificate_is_issued_by(leaf, ca->certificate(), KeyAlgorithm::sm2, key, at);
    };

    EXPECT_TRUE(verifies(der, asked.public_key, now));
    EXPECT_FALSE(
        certificate_is_issued_by(der, other->certificate(), KeyAlgorithm::sm2, asked.public_key, now));
    EXPECT_FALSE(certificate_is_issued_by(der, ca->certificate(), KeyAlgorithm::p256, asked.public_key, now));
    EXPECT_FALSE(verifies(der, request(KeyAlgorithm::sm2).public_key, now));
    EXPECT_FALSE(verifies(der, asked.public_key, now - std::chrono::seconds(1)));
    EXPECT_FALSE(verifies(der, asked.public_key, now + std::chrono::days(366)));
    EXPECT_FALSE(verifies(ca->certificate(), public_key_of(ca->certificate()), now));
    EXPECT_FALSE(verifies({}, asked.public_key, now));
    Bytes longer = der;
    longer.push_back(0);
    EXPECT_FALSE(verifies(longer, asked.public_key, now));
}

TEST_F(AuthorityTest, RefusesACertificateWithAnyChangedOctet) {
    auto ca = open();
    const auto asked = request(KeyAlgorithm::sm2);
    const Bytes der = issue(*ca, asked).der;

    for (std::size_t i = 0; i < der.size(); ++i) {
        Bytes changed = der;
        changed[i] ^= 1U;
        EXPECT_FALSE(
            certificate_is_issued_by(changed, ca->certificate(), KeyAlgorithm::sm2, asked.public_key, now))
            << i;
    }
}

TEST_F(AuthorityTest, KeepsItsKeyForItselfAndShowsItsCertificate) {
    open();

    EXPECT_EQ(mode_of(ca_folder()), 0700U);
    EXPECT_EQ(mode_of(ca_folder() / "ca.key"), 0600U);
    EXPECT_EQ(mode_of(ca_folder() / "ca.crt"), 0644U);
    EXPECT_THAT(tests::read_file(ca_folder() / "ca.key"), HasSubstr("-----BEGIN PRIVATE KEY-----"));
    for (const auto& entry : std::filesystem::directory_iterator(ca_folder()))
        EXPECT_THAT(entry.path().filename().string(), MatchesRegex("ca\\.(key|crt)"));
}

TEST_F(AuthorityTest, IsTheSameAfterARestartWhateverTheConfigSays) {
    const Bytes first = open(KeyAlgorithm::sm2)->certificate();

    auto again = open(KeyAlgorithm::p256);

    EXPECT_EQ(again->certificate(), first);
    EXPECT_EQ(again->algorithm(), KeyAlgorithm::sm2);
}

TEST_F(AuthorityTest, MakesItsCertificateAgainFromTheKeyAndOldOnesStayGood) {
    const auto asked = request(KeyAlgorithm::sm2);
    const Bytes der = issue(*open(), asked).der;
    std::filesystem::remove(ca_folder() / "ca.crt");

    auto again = open();

    EXPECT_TRUE(
        certificate_is_issued_by(der, again->certificate(), KeyAlgorithm::sm2, asked.public_key, now));
}

TEST_F(AuthorityTest, TakesAKeyThatTheOpensslCommandLineMade) {
    std::filesystem::create_directory(ca_folder());
    const auto made = tests::command(ca_folder(), "umask 077 && openssl genpkey -algorithm SM2 -out ca.key");
    ASSERT_EQ(made.status, 0) << made.output;

    EXPECT_EQ(open()->algorithm(), KeyAlgorithm::sm2);
}

TEST_F(AuthorityTest, RefusesAKeyThatOthersMayReadInOneLine) {
    open();
    for (const char* perms : {"640", "604", "620", "644"}) {
        tests::command(ca_folder(), std::string("chmod ") + perms + " ca.key");

        const std::string why = why_not();

        EXPECT_THAT(why, HasSubstr("ca.key can be read or changed by others")) << perms;
        EXPECT_THAT(why, Not(HasSubstr("\n")));
    }
}

TEST_F(AuthorityTest, SaysInOneLineWhatIsWrongWithItsFiles) {
    tests::Folder elsewhere;
    CertificateAuthority::open(elsewhere.path(), KeyAlgorithm::sm2, random, now, workers);
    open();

    const std::string key = tests::read_file(ca_folder() / "ca.key");
    tests::write_file(ca_folder() / "ca.key", tests::read_file(elsewhere.path() / "ca.key"));
    EXPECT_THAT(why_not(), HasSubstr("do not belong together"));
    tests::write_file(ca_folder() / "ca.key", "nonsense");
    EXPECT_THAT(why_not(), HasSubstr("ca.key is not a private key"));
    tests::command(ca_folder(), "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out ca.key");
    EXPECT_THAT(why_not(), HasSubstr("neither an SM2 nor a P-256 key"));
    tests::write_file(ca_folder() / "ca.key", key);
    EXPECT_THAT(why_not(KeyAlgorithm::sm2, now + std::chrono::years(21)), HasSubstr("ca.crt has expired"));
    tests::write_file(ca_folder() / "ca.crt", "nonsense");
    EXPECT_THAT(why_not(), HasSubstr("ca.crt is not a certificate"));
    std::filesystem::remove(ca_folder() / "ca.key");
    EXPECT_THAT(why_not(), HasSubstr("put the key back"));
}

TEST_F(AuthorityTest, DoesNotAskOnTheTerminalForAPassphrase) {
    open();
    tests::command(ca_folder(),
                   "openssl pkcs8 -topk8 -in ca.key -v2 aes-256-cbc -passout pass:secret -out enc && mv enc "
                   "ca.key && chmod 600 ca.key");

    EXPECT_THAT(why_not(), HasSubstr("without passphrase"));
}

TEST_F(AuthorityTest, IsBusyWhenTheSignatureThreadIs) {
    auto ca = open();
    workers.stop();

    EXPECT_EQ(run(context, ca->issue(request(KeyAlgorithm::sm2))).error(), Errc::busy);
}

TEST(PublicKeyOf, NothingIsNothing) {
    EXPECT_TRUE(public_key_of({}).empty());
    EXPECT_TRUE(public_key_of(as_bytes("not a certificate")).empty());
}

class RotatedAuthority : public AuthorityTest {
protected:
    std::unique_ptr<CertificateAuthority> ca = open(KeyAlgorithm::p256);
    const Bytes first_certificate = ca->certificate();
    const WallTime switches = now + std::chrono::seconds(60);

    void rotate(KeyAlgorithm algorithm = KeyAlgorithm::p256) {
        rotate_authority(ca_folder(), algorithm, random, now, switches);
        ca->read_again(now);
    }
    IssuedCertificate issue_named() {
        IssueRequest asked = request(KeyAlgorithm::p256);
        asked.crl_url = "https://login.example/ca.crl";
        return issue(*ca, asked);
    }
    bool is_of(const IssuedCertificate& issued, const Bytes& authority) {
        return certificate_is_issued_by(issued.der, authority, KeyAlgorithm::p256, public_key_of(issued.der),
                                        now);
    }
    std::string text_of(const std::string& pem) {
        tests::write_file(folder.path() / "leaf.crt", pem);
        return tests::command(folder.path(), "openssl x509 -in leaf.crt -noout -text").output;
    }
};

TEST_F(RotatedAuthority, KnowsTheNewOneAtOnceAndIssuesWithItFromItsTimeOn) {
    rotate();
    const IssuedCertificate before = issue_named();
    EXPECT_TRUE(ca->look_at_the_time(switches));
    const IssuedCertificate after = issue_named();

    EXPECT_TRUE(is_of(before, first_certificate));
    EXPECT_TRUE(is_of(after, ca->certificate()));
    EXPECT_NE(ca->certificate(), first_certificate);
    EXPECT_EQ(*ca->certificate_of(ca->issuer_of(before.der)), first_certificate);
    EXPECT_EQ(*ca->certificate_of(ca->issuer_of(after.der)), ca->certificate());
    EXPECT_EQ(ca->certificate_of("00000000"), nullptr);
}

TEST_F(RotatedAuthority, NamesAListOfItsOwnAndLeavesTheFirstItsAddress) {
    const IssuedCertificate before = issue_named();
    rotate();
    ca->look_at_the_time(switches);
    const IssuedCertificate after = issue_named();

    EXPECT_THAT(text_of(before.pem), HasSubstr("URI:https://login.example/ca.crl\n"));
    EXPECT_THAT(text_of(after.pem),
                HasSubstr("URI:https://login.example/ca.crl?ca=" + ca->issuer_of(after.der) + "\n"));
}

TEST_F(RotatedAuthority, SignsListsAsTheOneThatIsAskedFor) {
    rotate();
    ca->look_at_the_time(switches);
    const RevocationOrder order{.number = 1, .this_update = now, .next_update = now + std::chrono::hours(24)};
    const auto verified = [&](const std::string& id, const std::string& by) {
        const Bytes der = run(context, ca->sign_revocations(id, order)).value();
        tests::write_file(ca_folder() / "list.der", {reinterpret_cast<const char*>(der.data()), der.size()});
        return tests::command(ca_folder(), "openssl crl -inform DER -in list.der -noout -CAfile " + by)
            .output;
    };

    EXPECT_THAT(verified("", "ca.crt"), HasSubstr("verify OK"));
    EXPECT_THAT(verified(ca->issuer_of(first_certificate), "ca.crt"), HasSubstr("verify OK"));
    EXPECT_THAT(verified(ca->issuer_of(ca->certificate()), "ca-2.crt"), HasSubstr("verify OK"));
    EXPECT_THAT(verified("", "ca-2.crt"), Not(HasSubstr("verify OK")));
    EXPECT_FALSE(run(context, ca->sign_revocations("00000000", order)));
}

TEST_F(RotatedAuthority, IsTheSameAfterARestartAndMayChangeItsAlgorithm) {
    rotate(KeyAlgorithm::sm2);

    auto again = open(KeyAlgorithm::p256, switches);

    EXPECT_EQ(again->algorithm(), KeyAlgorithm::sm2);
    EXPECT_EQ(mode_of(ca_folder() / "ca-2.key"), 0600U);
    EXPECT_EQ(mode_of(ca_folder() / "ca-2.crt"), 0644U);
    EXPECT_EQ(open(KeyAlgorithm::p256, now)->algorithm(), KeyAlgorithm::p256) << "its time has not come";
}

TEST_F(RotatedAuthority, IsNotRotatedAgainBeforeTheNewOneIsUsed) {
    rotate();
    EXPECT_THROW(rotate(), std::runtime_error);
}

TEST_F(RotatedAuthority, AfterAnInterruptedRotationRotatesAnew) {
    tests::write_file(ca_folder() / "ca-2.key", "half a key");
    std::filesystem::permissions(ca_folder() / "ca-2.key", std::filesystem::perms::owner_read);
    ca->read_again(now);

    rotate();

    EXPECT_TRUE(ca->look_at_the_time(switches));
}

}  // namespace
}  // namespace qrgate
