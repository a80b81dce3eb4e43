#include "server/signature_checker.hpp"

#include <gtest/gtest.h>

#include "server/ec_key.hpp"
#include "server/public_key_cache.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using tests::run;

Bytes octets(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(c));
    return from_hex(lower).value();
}

Bytes point(std::string_view x, std::string_view y) {
    return octets("04" + std::string(x) + std::string(y));
}

// INTEGER of a positive number in shortest form.
Bytes der_integer(Bytes number) {
    while (number.size() > 1 && number[0] == 0)
        number.erase(number.begin());
    if ((number[0] & 0x80U) != 0) number.insert(number.begin(), 0);
    Bytes out{0x02, static_cast<std::uint8_t>(number.size())};
    out.insert(out.end(), number.begin(), number.end());
    return out;
}

Bytes der_sequence(const Bytes& first, const Bytes& second) {
    Bytes out{0x30, static_cast<std::uint8_t>(first.size() + second.size())};
    out.insert(out.end(), first.begin(), first.end());
    out.insert(out.end(), second.begin(), second.end());
    return out;
}

struct Vector {
    KeyAlgorithm algorithm;
    Bytes key;
    std::string message;
    Bytes r, s;
    Bytes signature() const { return der_sequence(der_integer(r), der_integer(s)); }
};

// GB/T 32918.5-2017, A.2 (identity 1234567812345678).
const Vector& sm2_vector() {
    static const Vector vector{KeyAlgorithm::sm2,
                               point("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020",
                                     "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"),
                               "message digest",
                               octets("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"),
                               octets("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")};
    return vector;
}

// RFC 6979, A.2.5, SHA-256.
const Vector& p256_vector() {
    static const Vector vector{KeyAlgorithm::p256,
                               point("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
                                     "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
                               "sample",
                               octets("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"),
                               octets("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")};
    return vector;
}

bool is_right(const Vector& v, ByteView signature) {
    return signature_is_right(v.algorithm, v.key, as_bytes(v.message), signature);
}

class BothAlgorithms : public testing::TestWithParam<KeyAlgorithm> {
protected:
    const Vector& vector() const { return GetParam() == KeyAlgorithm::sm2 ? sm2_vector() : p256_vector(); }
    const char* curve() const { return GetParam() == KeyAlgorithm::sm2 ? "SM2" : "prime256v1"; }
};
INSTANTIATE_TEST_SUITE_P(Signature, BothAlgorithms, testing::Values(KeyAlgorithm::sm2, KeyAlgorithm::p256),
                         [](const auto& what) { return what.param == KeyAlgorithm::sm2 ? "Sm2" : "P256"; });

TEST_P(BothAlgorithms, TakesTheStandardsOwnExample) {
    EXPECT_TRUE(is_right(vector(), vector().signature()));
}

TEST_P(BothAlgorithms, RefusesEveryChangedBitOfTheSignature) {
    const Bytes right = vector().signature();

    for (std::size_t i = 0; i < right.size() * 8; ++i) {
        Bytes changed = right;
        changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
        EXPECT_FALSE(is_right(vector(), changed)) << "bit " << i;
    }
}

TEST_P(BothAlgorithms, RefusesAnotherMessageAndAnotherKey) {
    const Bytes signature = vector().signature();
    const Bytes other = point_of_key(GetParam(), new_key(GetParam()).get());

    EXPECT_FALSE(signature_is_right(GetParam(), vector().key, as_bytes("message digesu"), signature));
    EXPECT_FALSE(signature_is_right(GetParam(), vector().key, as_bytes(""), signature));
    EXPECT_FALSE(signature_is_right(GetParam(), other, as_bytes(vector().message), signature));
}

TEST_P(BothAlgorithms, RefusesAKeyOfTheOtherCurve) {
    const auto other = GetParam() == KeyAlgorithm::sm2 ? KeyAlgorithm::p256 : KeyAlgorithm::sm2;

    EXPECT_TRUE(is_public_key(GetParam(), vector().key));
    EXPECT_FALSE(is_public_key(other, vector().key));
    EXPECT_FALSE(signature_is_right(other, vector().key, as_bytes(vector().message), vector().signature()));
}

TEST_P(BothAlgorithms, TakesOnlyUncompressedPointsOnTheCurve) {
    const Bytes right = vector().key;
    Bytes off_curve = right;
    off_curve[64] ^= 1U;
    Bytes compressed(right.begin(), right.begin() + 33);
    compressed[0] = static_cast<std::uint8_t>(0x02U | (right[64] & 1U));
    Bytes hybrid = right;
    hybrid[0] = static_cast<std::uint8_t>(0x06U | (right[64] & 1U));
    Bytes longer = right;
    longer.push_back(0);
    const Bytes zeros = [] {
        Bytes bytes(65);
        bytes[0] = 4;
        return bytes;
    }();

    for (const Bytes& wrong :
         {off_curve, compressed, hybrid, longer, zeros, Bytes{0}, Bytes{}, Bytes(65, 0xff)})
        EXPECT_FALSE(is_public_key(GetParam(), wrong)) << hex(wrong);
}

TEST_P(BothAlgorithms, RefusesSignaturesThatAreNotStrictDer) {
    const Vector& v = vector();
    const Bytes r = der_integer(v.r);
    const Bytes s = der_integer(v.s);
    const Bytes right = v.signature();

    Bytes trailing = right;
    trailing.push_back(0);
    Bytes trailing_inside = right;
    trailing_inside.push_back(0);
    trailing_inside[1] = static_cast<std::uint8_t>(trailing_inside[1] + 1);
    Bytes long_length = right;
    long_length.insert(long_length.begin() + 1, 0x81);
    Bytes padded_r = r;
    padded_r.insert(padded_r.begin() + 2, 0);
    padded_r[1] = static_cast<std::uint8_t>(padded_r[1] + 1);
    Bytes negative_r = r;  // without its leading zero
    negative_r.erase(negative_r.begin() + 2);
    negative_r[1] = static_cast<std::uint8_t>(negative_r[1] - 1);
    Bytes indefinite{0x30, 0x80};
    indefinite.insert(indefinite.end(), right.begin() + 2, right.end());
    indefinite.insert(indefinite.end(), {0, 0});
    Bytes raw = v.r;
    raw.insert(raw.end(), v.s.begin(), v.s.end());
    const Bytes zero{0x02, 0x01, 0x00};

    for (const Bytes& wrong :
         {trailing, trailing_inside, long_length, der_sequence(padded_r, s), der_sequence(negative_r, s),
          indefinite, raw, der_sequence(zero, s), der_sequence(r, zero), Bytes{}, Bytes{0x30, 0x00}}) {
        EXPECT_FALSE(is_strict_der_signature(wrong)) << hex(wrong);
        EXPECT_FALSE(is_right(v, wrong)) << hex(wrong);
    }
    EXPECT_TRUE(is_strict_der_signature(right));
}

TEST_P(BothAlgorithms, TakesWhatTheOpensslCommandLineSigns) {
    const tests::Folder folder;
    const bool sm2 = GetParam() == KeyAlgorithm::sm2;
    tests::write_file(folder.path() / "text", "qrgate-login-v1\norigin: https://login.example\n");
    const auto made = tests::command(
        folder.path(), std::string("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:") + curve() +
                           " -out key.pem && " +
                           "openssl pkey -in key.pem -pubout -outform DER -out public.der && openssl dgst " +
                           (sm2 ? "-sm3 -sigopt distid:1234567812345678" : "-sha256") +
                           " -sign key.pem -out signature text");
    ASSERT_EQ(made.status, 0) << made.output;
    const std::string spki = tests::read_file(folder.path() / "public.der");
    const std::string signature = tests::read_file(folder.path() / "signature");
    const std::string text = tests::read_file(folder.path() / "text");
    const Bytes key(spki.end() - 65, spki.end());

    EXPECT_TRUE(signature_is_right(GetParam(), key, as_bytes(text), as_bytes(signature)));
    EXPECT_FALSE(signature_is_right(GetParam(), key, as_bytes(text + "x"), as_bytes(signature)));
}

TEST(Signature, OfSm2UnderAnotherIdentityIsRefused) {
    const tests::Folder folder;
    tests::write_file(folder.path() / "text", "message digest");
    const auto made =
        tests::command(folder.path(),
                       "openssl genpkey -algorithm SM2 -out key.pem && openssl pkey -in key.pem -pubout "
                       "-outform DER -out public.der && "
                       "openssl dgst -sm3 -sigopt distid:8765432187654321 -sign key.pem -out other text && "
                       "openssl dgst -sm3 -sign key.pem -out none text");
    ASSERT_EQ(made.status, 0) << made.output;
    const std::string spki = tests::read_file(folder.path() / "public.der");
    const Bytes key(spki.end() - 65, spki.end());

    for (const char* file : {"other", "none"}) {
        const std::string signature = tests::read_file(folder.path() / file);
        EXPECT_FALSE(
            signature_is_right(KeyAlgorithm::sm2, key, as_bytes("message digest"), as_bytes(signature)))
            << file;
    }
}

TEST(SignatureChecker, AnswersOnTheSignatureThread) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    SignatureChecker checker(workers);
    const Vector& v = sm2_vector();

    EXPECT_TRUE(run(context, checker.check(v.algorithm, v.key, v.message, v.signature())).value());
    EXPECT_FALSE(run(context, checker.check(v.algorithm, v.key, v.message + "x", v.signature())).value());
}

TEST(SignatureChecker, IsBusyWhenTheWorkersAre) {
    asio::io_context context;
    Workers workers(context.get_executor(), 1, 4);
    workers.stop();
    SignatureChecker checker(workers);
    const Vector& v = sm2_vector();

    EXPECT_EQ(run(context, checker.check(v.algorithm, v.key, v.message, v.signature())).error(), Errc::busy);
}

TEST_P(BothAlgorithms, IsJudgedAlikeWithAKeptKey) {
    PublicKeyCache keys(4);
    const Vector& v = vector();
    Bytes wrong = v.signature();
    wrong.back() ^= 1U;
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(signature_is_right(v.algorithm, keys, v.key, as_bytes(v.message), v.signature()));
        EXPECT_FALSE(signature_is_right(v.algorithm, keys, v.key, as_bytes(v.message), wrong));
        EXPECT_FALSE(signature_is_right(v.algorithm, keys, v.key, as_bytes("another"), v.signature()));
    }
    EXPECT_EQ(keys.size(), 1U);
}

Bytes fresh_point() {
    return point_of_key(KeyAlgorithm::p256, new_key(KeyAlgorithm::p256).get());
}

TEST(PublicKeyCache, GivesTheSameKeyAgain) {
    PublicKeyCache keys(4);
    const Bytes point = fresh_point();

    const KeyPtr first = keys.key(KeyAlgorithm::p256, point);

    ASSERT_TRUE(first);
    EXPECT_EQ(keys.key(KeyAlgorithm::p256, point).get(), first.get());
    EXPECT_EQ(point_of_key(KeyAlgorithm::p256, first.get()), point);
}

TEST(PublicKeyCache, KeepsWhatWasUsedLastAndNoMoreThanItsLimit) {
    PublicKeyCache keys(2);
    const Bytes a = fresh_point();
    const Bytes b = fresh_point();
    const KeyPtr kept = keys.key(KeyAlgorithm::p256, a);
    const KeyPtr dropped = keys.key(KeyAlgorithm::p256, b);
    keys.key(KeyAlgorithm::p256, a);

    keys.key(KeyAlgorithm::p256, fresh_point());

    EXPECT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys.key(KeyAlgorithm::p256, a).get(), kept.get());
    EXPECT_NE(keys.key(KeyAlgorithm::p256, b).get(), dropped.get());
    EXPECT_EQ(point_of_key(KeyAlgorithm::p256, dropped.get()), b) << "whoever holds it may go on";
}

TEST(PublicKeyCache, HasNoKeyOfOctetsOffTheCurveNorOfAnotherAlgorithm) {
    PublicKeyCache keys(4);
    Bytes off = fresh_point();
    off.back() ^= 1U;

    EXPECT_FALSE(keys.key(KeyAlgorithm::p256, off));
    EXPECT_FALSE(keys.key(KeyAlgorithm::p256, Bytes{}));
    EXPECT_FALSE(keys.key(KeyAlgorithm::p256, Bytes(65, 4)));
    EXPECT_EQ(keys.size(), 0U);

    const Bytes point = fresh_point();
    EXPECT_TRUE(keys.key(KeyAlgorithm::p256, point));
    EXPECT_FALSE(keys.key(KeyAlgorithm::sm2, point));
}

}  // namespace
}  // namespace qrgate
