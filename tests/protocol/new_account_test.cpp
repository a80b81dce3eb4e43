// What a new account must be: names, and passwords without the person's own data. The password cases are the
// pages', too (web/tests/password_rules_test.ts reads the same file).
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

#include "protocol/own_data.hpp"
#include "protocol/password_policy.hpp"
#include "protocol/person_name.hpp"

namespace qrgate {
namespace {

TEST(NewPasswords, AreJudgedAsThePagesJudgeThem) {
    std::ifstream file(std::string(QRGATE_SOURCE_DIR) + "/tests/protocol/password_cases.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto cases = boost::json::parse(text).as_array();
    ASSERT_GT(cases.size(), 20U);
    for (const auto& each : cases) {
        const auto& it = each.as_object();
        const auto word = [&](const char* key) {
            const auto* value = it.if_contains(key);
            return value == nullptr ? std::string() : std::string(value->as_string());
        };
        const std::string password = word("password");
        const bool good =
            check_password(password_policy(word("policy")).value(), password) == PasswordFault::none &&
            !holds_own_data(password, word("number"), word("phone"));
        EXPECT_EQ(good, it.at("good").as_bool()) << word("policy") << " " << password;
    }
}

TEST(PersonNames, AreTwoToThirtyCharactersThatCanBeSeen) {
    for (const char* good : {"王五", "买买提·吐尔逊", "Anna Li", "欧阳 娜娜"})
        EXPECT_TRUE(is_person_name(PersonKind::personal, good)) << good;
    std::string long_one;
    for (int i = 0; i < 31; ++i)
        long_one += "王";
    for (const std::string& bad :
         {std::string(), std::string("王"), std::string("12 34"), std::string("王\n五"),
          std::string("王\u202e五"), std::string("王\xff五"), long_one})
        EXPECT_FALSE(is_person_name(PersonKind::personal, bad)) << bad;
    EXPECT_TRUE(is_person_name(PersonKind::corporate, long_one));
}

TEST(PersonNames, LoseTheBlanksAroundThem) {
    EXPECT_EQ(normal_person_name(" 王五\u3000"), "王五");
    EXPECT_EQ(normal_person_name("欧阳 娜娜"), "欧阳 娜娜");
    EXPECT_EQ(normal_person_name(" \u3000"), "");
}

}  // namespace
}  // namespace qrgate
