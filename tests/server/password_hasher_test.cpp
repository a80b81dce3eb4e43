#include "server/password_hasher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::StartsWith;
using tests::run;

class PasswordHasherTest : public testing::Test {
protected:
    asio::io_context context;
    Workers workers{context.get_executor(), 1, 8};
    PasswordHasher hasher{workers};

    bool check(std::string stored, std::string password) {
        return run(context, hasher.check(std::move(stored), std::move(password))).value();
    }
};

TEST_F(PasswordHasherTest, WritesTheStandardFormWithTheAgreedCost) {
    const auto stored = run(context, hasher.hash("Demo#2026lin"));

    ASSERT_TRUE(stored);
    EXPECT_THAT(*stored, StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST_F(PasswordHasherTest, TellsTheRightPasswordFromOthers) {
    const std::string stored = hash_password("Demo#2026lin");

    EXPECT_TRUE(check(stored, "Demo#2026lin"));
    EXPECT_FALSE(check(stored, "Demo#2026lim"));
    EXPECT_FALSE(check(stored, ""));
    EXPECT_FALSE(check(stored, "Demo#2026lin "));
}

TEST_F(PasswordHasherTest, TakesAHashThatAnotherLibraryMade) {
    // Python's cryptography (OpenSSL 3.5): Argon2id(salt=b"somesaltsomesalt", length=32, iterations=2,
    // lanes=1, memory_cost=19456).derive_phc_encoded(b"password")
    const std::string stored =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE";

    EXPECT_TRUE(check(stored, "password"));
}

TEST_F(PasswordHasherTest, SaltsEachHash) {
    EXPECT_NE(hash_password("same"), hash_password("same"));
}

TEST_F(PasswordHasherTest, ReadsPasswordsWithNulAndOfGreatLength) {
    const std::string with_nul("ab\0cd", 5);
    const std::string stored = hash_password(with_nul);

    EXPECT_TRUE(check(stored, with_nul));
    EXPECT_FALSE(check(stored, "ab"));
    const std::string great(16'000, 'x');
    EXPECT_TRUE(check(hash_password(great), great));
}

TEST_F(PasswordHasherTest, SaysNoWhereThereIsNoAccountOrAnUnknownForm) {
    for (const char* stored :
         {"", "plain", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$", "$argon2id$v=19$m=1,t=1,p=1$YQ$YQ"})
        EXPECT_FALSE(check(stored, "")) << stored;
}

TEST_F(PasswordHasherTest, AsksTheWorkersAlsoWhereThereIsNoAccount) {
    workers.stop();

    EXPECT_EQ(run(context, hasher.check("", "password")).error(), Errc::busy);
    EXPECT_EQ(run(context, hasher.hash("password")).error(), Errc::busy);
}

}  // namespace
}  // namespace qrgate
