// Other systems' hashes: each form with a published vector, what is refused, and what checking may cost.
#include "server/legacy_hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/password_hasher.hpp"
#include "tests/case_name.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using tests::run;

struct Vector {
    const char* source;
    const char* form;
    const char* given;
    const char* password;
};
void PrintTo(const Vector& it, std::ostream* out) {
    *out << it.source;
}

class PublishedHash : public testing::TestWithParam<Vector> {};

TEST_P(PublishedHash, IsTakenMarkedAndCheckedByItsPasswordOnly) {
    const ImportedHash read = read_imported_hash(GetParam().given);

    ASSERT_EQ(read.fault, "");
    EXPECT_THAT(read.stored, StartsWith(std::string("legacy:") + GetParam().form + ":"));
    EXPECT_TRUE(is_legacy_hash(read.stored));
    EXPECT_TRUE(check_legacy_hash(read.stored, GetParam().password));
    EXPECT_FALSE(check_legacy_hash(read.stored, std::string(GetParam().password) + "x"));
    EXPECT_FALSE(check_legacy_hash(read.stored, ""));
}

// RFC 7914 and RFC 6070 give octets; they stand here in the encodings of passlib and Django.
INSTANTIATE_TEST_SUITE_P(
    All, PublishedHash,
    testing::Values(
        Vector{"crypt_blowfish, 2a", "bcrypt", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
               "U*U"},
        Vector{"crypt_blowfish, 2a, longer", "bcrypt",
               "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
        Vector{"crypt_blowfish, as 2b", "bcrypt",
               "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
        Vector{"crypt_blowfish, as 2y, by Django", "bcrypt",
               "bcrypt$$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
        Vector{"RFC 7914 section 11, one iteration, by Django", "pbkdf2",
               "pbkdf2_sha256$1$salt$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8x"
               "fHG4RbHjC9UJESBB06GXgw==",
               "passwd"},
        Vector{"RFC 6070, 4096 iterations of SHA-1, by passlib", "pbkdf2",
               "$pbkdf2$4096$c2FsdA$SwB5AbdlSJq.rUnZJvch0GWkKcE", "password"},
        Vector{"passlib, PBKDF2-SHA-256", "pbkdf2",
               "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44",
               "password"},
        Vector{"passlib, scrypt", "scrypt",
               "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
               "password"},
        Vector{"Django, scrypt", "scrypt",
               "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdV"
               "CBhhY8mx7rQwite/Pw==",
               "lètmein"},
        Vector{"scrypt's own $7$", "scrypt",
               "$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", "pleaseletmein"},
        Vector{"Argon2 reference, id", "argon2",
               "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
               "password"},
        Vector{"Argon2 reference, id, two lanes, by Django", "argon2",
               "argon2$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
               "password"},
        Vector{"Argon2 reference, i", "argon2",
               "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
               "password"},
        Vector{"FIPS 180-4 example `abc`, salt first", "sha256",
               "sha256$a$ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "bc"},
        Vector{"FIPS 180-4 example `abc`, salt last, upper case", "sha256",
               "sha256-salt-last$c$BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", "ab"},
        Vector{"GB/T 32905 example 1, plain", "sm3",
               "sm3$$66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "abc"},
        Vector{"GB/T 32905 example 1, a salt of octets", "sm3",
               "sm3$hex:6162$66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "c"},
        Vector{"GB/T 32905 example 2, salt last", "sm3",
               "sm3-salt-last$abcd$debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
               "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"}),
    [](const auto& what) { return test::case_name(what.index, what.param.source); });

class RefusedHash : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RefusedHash, IsNamedAndNotRepeated) {
    const auto [given, fault] = GetParam();

    const ImportedHash read = read_imported_hash(given);

    EXPECT_EQ(read.stored, "");
    EXPECT_THAT(std::string(read.fault), HasSubstr(fault));
}

INSTANTIATE_TEST_SUITE_P(
    TooCostly, RefusedHash,
    testing::Values(
        std::pair{"$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "cost"},
        std::pair{"$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "cost"},
        std::pair{"$pbkdf2-sha256$2000001$c2FsdA$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44", "cost"},
        std::pair{"$scrypt$ln=17,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
                  "cost"},
        std::pair{"$scrypt$ln=62,r=4611686018427387904,p=1$aM15713r3Xsvxbi31lqr1Q$"
                  "nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
                  "cost"},
        std::pair{"$7$K6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", "cost"},
        std::pair{"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                  "cost"},
        std::pair{"$argon2id$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$"
                  "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                  "cost"}),
    [](const auto& what) { return test::case_name(what.index, what.param.second); });
INSTANTIATE_TEST_SUITE_P(
    Damaged, RefusedHash,
    testing::Values(
        std::pair{"", "no form"}, std::pair{"secret", "no form"}, std::pair{"$1$abc$def", "no form"},
        std::pair{"5f4dcc3b5aa765d61d8327deb882cf99", "no form"},
        std::pair{"$2b$05$CCCCCCCCCCCCCCCCCCCCC", "damaged"},
        std::pair{"$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO*W", "damaged"},
        std::pair{"$argon2d$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                  "Argon2d"},
        std::pair{"$argon2id$v=16$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                  "version"},
        std::pair{"$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$short", "damaged"},
        std::pair{"$pbkdf2-sha256$0$c2FsdA$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44", "damaged"},
        std::pair{"pbkdf2_sha256$1000$salt$not base64!", "damaged"},
        std::pair{"$scrypt$ln=0,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
                  "damaged"},
        std::pair{"sha256$salt$abcd", "damaged"}, std::pair{"sm3-first$a$00", "no form"}),
    [](const auto& what) { return test::case_name(what.index, what.param.second); });

TEST(LegacyHash, IsRefusedWhenItIsTooLong) {
    EXPECT_EQ(read_imported_hash("sha256$" + std::string(600, 'a') + "$00").fault, "is too long");
}

TEST(LegacyHash, IsNeverComputedWhenAStoredOneIsTooCostlyOrUnknown) {
    EXPECT_FALSE(
        check_legacy_hash("legacy:argon2:$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$"
                          "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                          "password"));
    EXPECT_FALSE(check_legacy_hash("legacy:", ""));
    EXPECT_FALSE(check_legacy_hash("legacy:plain:secret", "secret"));
    EXPECT_FALSE(
        check_legacy_hash("sm3$$66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "abc"));
}

TEST(LegacyHash, ReadsNoPasswordWithNulAsTheBeginningOfIt) {
    const std::string stored =
        read_imported_hash("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").stored;

    EXPECT_FALSE(check_legacy_hash(stored, std::string("U*U\0x", 5)));
}

TEST(LegacyHash, IsCheckedByTheHasherAndAnUnmarkedOneIsNot) {
    asio::io_context context;
    Workers workers{context.get_executor(), 1, 8};
    PasswordHasher hasher{workers};
    const std::string given = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    EXPECT_TRUE(run(context, hasher.check("legacy:bcrypt:" + given, "U*U")).value());
    EXPECT_FALSE(run(context, hasher.check("legacy:bcrypt:" + given, "U*V")).value());
    EXPECT_FALSE(run(context, hasher.check(given, "U*U")).value());
}

}  // namespace
}  // namespace qrgate
