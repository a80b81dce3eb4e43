#include "protocol/person.hpp"

#include <gtest/gtest.h>

#include "protocol/credit_code.hpp"
#include "protocol/identity_number.hpp"
#include "protocol/levels.hpp"
#include "protocol/phone_number.hpp"

namespace qrgate {
namespace {

TEST(CitizenNumber, IsRightForTheVectorsAndThePeopleOfTheDemo) {
    for (const char* number : {"360426199101010071", "110101190001010014", "11010119000101009X",
                               "110101190001010030", "110101190001010057", "110101190001010073"})
        EXPECT_TRUE(is_citizen_number(number)) << number;
}

TEST(CitizenNumber, IsRefusedWhenItIsNotExactlyRight) {
    for (const char* number :
         {"", "11010119000101001", "1101011900010100144", "110101190001010015", "11010119000101009x",
          "11010119000101009Ｘ", "１10101190001010014", "11010119000101001 ", "1101011900O1010014",
          "X10101190001010014", "110101190001010X14", "-10101190001010014"})
        EXPECT_FALSE(is_citizen_number(number)) << number;
}

// The right check character for 17 digits, found by trying: so that only the date can be wrong.
bool any_check_character_fits(const std::string& digits) {
    for (const char c : std::string("0123456789X"))
        if (is_citizen_number(digits + c)) return true;
    return false;
}

TEST(CitizenNumber, NeedsABirthDateThatExisted) {
    EXPECT_TRUE(any_check_character_fits("11010120000229001"));
    EXPECT_FALSE(any_check_character_fits("11010119000229001"));  // 1900 was no leap year
    EXPECT_FALSE(any_check_character_fits("11010118991231001"));
    EXPECT_FALSE(any_check_character_fits("11010119901301001"));
    EXPECT_FALSE(any_check_character_fits("11010119900431001"));
    EXPECT_FALSE(any_check_character_fits("11010119900400001"));
}

TEST(CitizenNumber, NoticesEverySingleWrongDigit) {
    const std::string right = "360426199101010071";
    for (std::size_t i = 0; i < right.size(); ++i) {
        for (char c = '0'; c <= '9'; ++c) {
            std::string changed = right;
            changed[i] = c;
            EXPECT_EQ(is_citizen_number(changed), changed == right) << changed;
        }
    }
}

TEST(CreditCode, IsRightForTheVectorAndTheCompanyOfTheDemo) {
    EXPECT_TRUE(is_credit_code("91110000600037341L"));
    EXPECT_TRUE(is_credit_code("91110000DEM0000014"));
}

TEST(CreditCode, IsRefusedWhenItIsNotExactlyRight) {
    for (const char* code :
         {"", "91110000600037341", "91110000600037341LL", "91110000600037341M", "91110000600037341l",
          "9111000060003734IL", "9111000O600037341L", "91A10000600037341L", "110101190001010014"})
        EXPECT_FALSE(is_credit_code(code)) << code;
}

TEST(CreditCode, NoticesEverySingleWrongCharacter) {
    const std::string right = "91110000600037341L";
    for (std::size_t i = 0; i < right.size(); ++i) {
        for (const char c : std::string("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
            std::string changed = right;
            changed[i] = c;
            EXPECT_EQ(is_credit_code(changed), changed == right) << changed;
        }
    }
}

TEST(IdentityNumber, IsCheckedByTheRuleOfItsKind) {
    EXPECT_TRUE(is_identity_number(PersonKind::personal, "110101190001010014"));
    EXPECT_FALSE(is_identity_number(PersonKind::corporate, "110101190001010014"));
    EXPECT_TRUE(is_identity_number(PersonKind::corporate, "91110000DEM0000014"));
    EXPECT_FALSE(is_identity_number(PersonKind::personal, "91110000DEM0000014"));
}

TEST(IdentityNumber, IsPutRightAsPeopleTypeIt) {
    EXPECT_EQ(normal_identity_number(" 110101 19000101 009x\n"), "11010119000101009X");
    EXPECT_EQ(normal_identity_number("１１０１０１１９０００１０１００９ｘ　"), "11010119000101009X");
    EXPECT_EQ(normal_identity_number("91110000dem0000014"), "91110000DEM0000014");
}

TEST(PhoneNumber, IsAMobileNumberOfTheMainland) {
    for (const char* number : {"13900000001", "19912345678", "17000000000"})
        EXPECT_TRUE(is_phone_number(number));
    for (const char* number : {"", "12900000001", "1390000000", "139000000011", "23900000001", "1390000000a",
                               "+8613900000001", "139 0000 0001"})
        EXPECT_FALSE(is_phone_number(number)) << number;
}

TEST(PhoneNumber, IsPutRightAsPeopleTypeIt) {
    for (const char* typed : {"13900000001", "+86 139 0000 0001", "0086-139-0000-0001",
                              "１３９００００　０００１", "+8613900000001", " 139-0000-0001\t"})
        EXPECT_EQ(normal_phone_number(typed), "13900000001") << typed;
    EXPECT_EQ(normal_phone_number("8613900000001"), "8613900000001");
}

TEST(Masking, HidesTheMiddleOfAName) {
    EXPECT_EQ(masked_name(PersonKind::personal, "张三丰"), "张*丰");
    EXPECT_EQ(masked_name(PersonKind::personal, "李四"), "李*");
    EXPECT_EQ(masked_name(PersonKind::personal, "欧阳小峰"), "欧**峰");
    EXPECT_EQ(masked_name(PersonKind::personal, "张"), "*");
    EXPECT_EQ(masked_name(PersonKind::personal, ""), "");
    EXPECT_EQ(masked_name(PersonKind::personal, "\U00020BB7三丰"), "\U00020BB7*丰");
}

TEST(Masking, KeepsTheEndsOfACompanysNameAndHidesItsLength) {
    EXPECT_EQ(masked_name(PersonKind::corporate, "北京示范科技有限公司"), "北京**公司");
    EXPECT_EQ(masked_name(PersonKind::corporate, "北京示范有限责任公司"), "北京**公司");
    EXPECT_EQ(masked_name(PersonKind::corporate, "示范公司"), "示**司");
    EXPECT_EQ(masked_name(PersonKind::corporate, "公司"), "公*");
}

TEST(Masking, HidesTheMiddleOfNumbers) {
    EXPECT_EQ(masked_number("110101190001010014"), "110***********0014");
    EXPECT_EQ(masked_phone("13900000001"), "139****0001");
    EXPECT_EQ(masked_phone("1390000"), "*******");
    EXPECT_EQ(masked_number(""), "");
}

TEST(Names, OfKindsAndMethodsAreReadBackAndNothingElse) {
    for (const auto kind : {PersonKind::personal, PersonKind::corporate})
        EXPECT_EQ(person_kind(name_of(kind)), kind);
    for (const auto method : {LoginMethod::password, LoginMethod::sms, LoginMethod::qr})
        EXPECT_EQ(login_method(name_of(method)), method);
    EXPECT_FALSE(person_kind("Personal"));
    EXPECT_FALSE(person_kind(""));
    EXPECT_FALSE(login_method("QR"));
}

TEST(Levels, AreWhatTheManualAsksForEachWayOfLoggingIn) {
    EXPECT_EQ(needed_level(LoginMethod::password), 1);
    EXPECT_EQ(needed_level(LoginMethod::sms), 3);
    EXPECT_EQ(needed_level(LoginMethod::qr), 3);
    EXPECT_EQ(assurance(LoginMethod::password), 1);
    EXPECT_EQ(assurance(LoginMethod::sms), 1);
    EXPECT_EQ(assurance(LoginMethod::qr), 2);
}

}  // namespace
}  // namespace qrgate
