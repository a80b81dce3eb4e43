#include "protocol/password_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "protocol/common_passwords.hpp"
#include "protocol/leaked_passwords.hpp"
#include "tests/case_name.hpp"

namespace qrgate {

// For readable failures.
void PrintTo(PasswordFault fault, std::ostream* out) {
    *out << "fault " << static_cast<int>(fault);
}

namespace {

struct Case {
    PasswordPolicy policy;
    std::string password;
    PasswordFault fault;
};
class NewPassword : public testing::TestWithParam<Case> {};
TEST_P(NewPassword, IsJudgedByTheFirstRuleItBreaks) {
    EXPECT_EQ(check_password(GetParam().policy, GetParam().password), GetParam().fault)
        << GetParam().password;
}

using enum PasswordPolicy;
using enum PasswordFault;
INSTANTIATE_TEST_SUITE_P(
    Manual, NewPassword,
    testing::Values(Case{manual, "Demo#2026lin", none}, Case{manual, "Demo@2026hao", none},
                    Case{manual, "Demo!2026zhao", none}, Case{manual, "Demo!2026qian", none},
                    Case{manual, "Demo$2026corp", none}, Case{manual, "abc12345", no_special},
                    Case{manual, "x7!kqpz", too_short}, Case{manual, "", too_short},
                    Case{manual, "x7!kqpzw", none}, Case{manual, "92837465!", no_letter},
                    Case{manual, "kqpzwvut!", no_digit}, Case{manual, "kqpzwvut7", no_special},
                    Case{manual, "kqpzwv-u7", no_special}, Case{manual, "kqpz wv!u7", illegal_character},
                    Case{manual, "kqpz！wv!u7", illegal_character},
                    Case{manual, "密码kqpzwv!u7", illegal_character}, Case{manual, "Admin@123", common},
                    Case{manual, "P@ssw0rd", common}, Case{manual, "Woaini1314!", common},
                    Case{manual, "Abc123!@#", common}, Case{manual, "QWER1234!", common},
                    Case{manual, "a1!a1!a1!a1!", none}, Case{manual, "Abc123!@#abc123!@#", common},
                    Case{manual, "kq!7" + std::string(252, 'x'), none},
                    Case{manual, "kq!7" + std::string(253, 'x'), too_long}),
    [](const auto& what) { return test::case_name(what.index, what.param.password); });
INSTANTIATE_TEST_SUITE_P(
    Nist, NewPassword,
    testing::Values(Case{nist, "fourteen chars", too_short}, Case{nist, "fifteen charact", none},
                    Case{nist, "正确的马电池订书钉就是我的密码", none},
                    Case{nist, "正确的马电池订书钉就是我的密", too_short},
                    Case{nist, "aaaaaaaaaaaaaaaaaaaa", common}, Case{nist, "121212121212121212", common},
                    Case{nist, "passwordpassword", common}, Case{nist, "1234567890123456789", common},
                    Case{nist, "fifteen char\tct", not_text}),
    [](const auto& what) { return test::case_name(what.index, what.param.password); });
INSTANTIATE_TEST_SUITE_P(Djcp, NewPassword,
                         testing::Values(Case{djcp, "Kqpzwvu7", none}, Case{djcp, "kqpzwv-7", none},
                                         Case{djcp, "KQPZWV 7", none}, Case{djcp, "kqpzwvu7", no_special},
                                         Case{djcp, "Kqpzwvut", no_digit}, Case{djcp, "92837465", no_letter},
                                         Case{djcp, "Kqpzwv7", too_short}, Case{djcp, "Password1", common}),
                         [](const auto& what) { return test::case_name(what.index, what.param.password); });
INSTANTIATE_TEST_SUITE_P(Any, NewPassword,
                         testing::Values(Case{manual, std::string("kqpzwv!u7\0", 10), not_text},
                                         Case{manual, "kqpzwv!u7\n", not_text},
                                         Case{djcp, "Kqpzwvu7\xFF", not_text},
                                         Case{nist, "fifteen charact\xC2\x85", not_text},
                                         Case{nist, std::string(1025, 'x'), too_long},
                                         Case{nist, std::string(100'000, 'x'), too_long}),
                         [](const auto& what) { return test::case_name(what.index, what.param.password); });

TEST(PasswordFaults, EachSayWhatToDoInBothLanguages) {
    for (const auto fault :
         {too_short, too_long, no_letter, no_digit, no_special, illegal_character, common, not_text}) {
        EXPECT_FALSE(text(fault, Language::zh).empty()) << static_cast<int>(fault);
        EXPECT_FALSE(text(fault, Language::en).empty()) << static_cast<int>(fault);
    }
}

TEST(PasswordPolicies, AreReadBackByNameAndExplained) {
    for (const auto policy : {manual, nist, djcp}) {
        EXPECT_EQ(password_policy(name_of(policy)), policy);
        EXPECT_FALSE(policy_text(policy, Language::zh).empty());
        EXPECT_FALSE(policy_text(policy, Language::en).empty());
    }
    EXPECT_FALSE(password_policy("none"));
}

TEST(CommonPasswords, HoldWhatLeaksHeldMost) {
    EXPECT_GE(leaked_passwords().size(), 2800U);
    for (const auto word : leaked_passwords()) {
        EXPECT_TRUE(is_common_password(word)) << word;
        EXPECT_GE(word.size(), 8U);
        EXPECT_FALSE(std::ranges::binary_search(common_passwords(), word)) << word;
    }
    for (const char* common : {"Sunshine", "Football", "Liverpool", "trustno1", "1qaz2wsx3edc"})
        EXPECT_TRUE(is_common_password(common)) << common;
}

TEST(CommonPasswords, AreNoBetterWithMarksAroundThem) {
    for (const char* dressed : {"Liverpool1!", "#qwerty123#", "!!password1", "trustno1!@#"})
        EXPECT_TRUE(is_common_password(dressed)) << dressed;
    for (const char* own : {"Reise#2026x", "x7!kqpzw", "!kq7pzwv!", "!!!!", ""})
        EXPECT_EQ(is_common_password(own), std::string_view(own) == "!!!!") << own;
}

TEST(CommonPasswords, AreManyAndLowerCase) {
    EXPECT_GT(common_passwords().size(), 300U);
    for (const auto word : common_passwords())
        EXPECT_TRUE(std::ranges::none_of(word, [](char c) { return c >= 'A' && c <= 'Z'; })) << word;
}

TEST(CommonPasswords, AreFoundWhateverTheirCase) {
    for (const auto word : common_passwords()) {
        std::string upper(word);
        for (char& c : upper)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        EXPECT_TRUE(is_common_password(upper)) << word;
    }
    EXPECT_FALSE(is_common_password("kqpzwv!u7"));
    EXPECT_FALSE(is_common_password(""));
}

}  // namespace
}  // namespace qrgate
