#include "protocol/error.hpp"
#include "tests/case_name.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace qrgate {
namespace {

using CodeAndStatus = std::set<std::pair<std::string, int>>;

// The list "**Codes** (status · code)" of the contract.
CodeAndStatus documented_codes() {
    std::ifstream file(QRGATE_SOURCE_DIR "/docs/protocol.md");
    std::string line;
    while (std::getline(file, line) && !line.starts_with("**Codes** (status · code): ")) {
    }
    CodeAndStatus found;
    int status = 0;
    const std::regex word("([1-5][0-9][0-9]) |`([a-z_]+)`");
    for (std::sregex_iterator it(line.begin(), line.end(), word), end; it != end; ++it) {
        if ((*it)[1].matched)
            status = std::stoi((*it)[1]);
        else
            found.emplace((*it)[2], status);
    }
    return found;
}

TEST(Errors, AreExactlyTheCodesAndStatusesOfTheContract) {
    const auto documented = documented_codes();
    CodeAndStatus in_table;
    for (const auto& row : all_errors())
        in_table.emplace(row.code, row.status);

    EXPECT_GE(documented.size(), 29U);
    EXPECT_EQ(documented, in_table);
}

TEST(Errors, HaveARowOfTheirOwnWithTextsInBothLanguages) {
    for (const auto& row : all_errors()) {
        EXPECT_EQ(info(row.errc).errc, row.errc) << row.code;
        EXPECT_FALSE(text(row.errc, Language::zh).empty()) << row.code;
        EXPECT_FALSE(text(row.errc, Language::en).empty()) << row.code;
        EXPECT_NE(text(row.errc, Language::zh), text(row.errc, Language::en)) << row.code;
    }
}

TEST(Errors, OfTheInsideLookLikePublicOnes) {
    EXPECT_EQ(info(Errc::timed_out).code, "busy");
    EXPECT_EQ(info(Errc::in_doubt).code, "database_unavailable");
    EXPECT_EQ(info(Errc::conflict).code, "ticket_state");
    EXPECT_EQ(info(Errc::internal_error).status, 500);
    EXPECT_EQ(text(Errc::timed_out, Language::zh), text(Errc::busy, Language::zh));
    EXPECT_EQ(text(Errc::in_doubt, Language::en), text(Errc::database_unavailable, Language::en));
}

TEST(Errors, SpeakTheManualsWords) {
    EXPECT_EQ(text(Errc::level_too_low, Language::zh),
              "您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级。");
    EXPECT_EQ(text(Errc::captcha_wrong, Language::zh), "验证码错误，请重新输入");
}

TEST(Result, ThrowsWhenTheValueOfAFailureIsTaken) {
    Result<int> failed = Errc::busy;

    EXPECT_THROW((void)failed.value(), std::logic_error);
}

struct LanguageCase {
    const char* header;
    Language language;
};
class ChosenLanguage : public testing::TestWithParam<LanguageCase> {};
TEST_P(ChosenLanguage, FollowsAcceptLanguage) {
    EXPECT_EQ(choose_language(GetParam().header), GetParam().language) << '"' << GetParam().header << '"';
}
INSTANTIATE_TEST_SUITE_P(
    Headers, ChosenLanguage,
    testing::Values(LanguageCase{"", Language::zh}, LanguageCase{"*", Language::zh},
                    LanguageCase{"fr", Language::zh}, LanguageCase{"en", Language::en},
                    LanguageCase{"en-US,en;q=0.9", Language::en}, LanguageCase{"EN-us", Language::en},
                    LanguageCase{"zh-CN,zh;q=0.9,en;q=0.8", Language::zh},
                    LanguageCase{"en;q=0.8,zh;q=0.9", Language::zh},
                    LanguageCase{"en;q=0.9 , zh;q=0.8", Language::en}, LanguageCase{"zh,en", Language::zh},
                    LanguageCase{"en,zh", Language::zh}, LanguageCase{"en;q=0", Language::zh},
                    LanguageCase{"fr,en;q=0.5", Language::en}, LanguageCase{"*,en;q=0.5", Language::zh},
                    LanguageCase{"en;q=0.5,*;q=0.1", Language::en}, LanguageCase{"en;q=9", Language::zh},
                    LanguageCase{"en;q=", Language::zh}, LanguageCase{"en;level=1;q=0.9", Language::en},
                    LanguageCase{"english", Language::zh}, LanguageCase{",,;;q=,en", Language::en}),
    [](const auto& what) { return test::case_name(what.index, what.param.header); });

}  // namespace
}  // namespace qrgate
