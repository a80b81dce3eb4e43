// The table of refusals, its page, and what `qrgate why` makes of it.
#include "server/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "server/why.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::HasSubstr;
using testing::Not;

const WallTime now = *parse_time("2026-11-22T08:00:00Z");

TEST(Refusals, EveryPublicCodeHasANextStepInBothLanguagesAndAPlaceToLook) {
    for (const ErrorInfo& row : all_errors()) {
        const RefusalAdvice* advice = refusal_advice(row.code);
        ASSERT_NE(advice, nullptr) << row.code;
        EXPECT_FALSE(advice->next_zh.empty()) << row.code;
        EXPECT_FALSE(advice->next_en.empty()) << row.code;
        EXPECT_FALSE(advice->operator_looks.empty()) << row.code;
        EXPECT_THAT(std::string(advice->operator_looks), Not(HasSubstr("|"))) << row.code;
    }
    EXPECT_EQ(refusal_advice("ok"), nullptr);
}

TEST(Refusals, ThePageInTheTreeIsTheOneThatIsPrinted) {
    const std::filesystem::path file = std::filesystem::path(QRGATE_SOURCE_DIR) / "docs" / "refusals.md";
    if (std::getenv("QRGATE_WRITE_PAGES") != nullptr) tests::write_file(file, refusals_page());

    EXPECT_EQ(tests::read_file(file), refusals_page())
        << "run: QRGATE_WRITE_PAGES=1 server_tests --gtest_filter=Refusals.*";
}

class Why : public testing::Test {
protected:
    Person person{.id = "p1",
                  .identity_number = "110101190001010014",
                  .name = "林晓燕",
                  .phone = "13900000001",
                  .level = 3,
                  .password_hash = "$argon2id$"};
    std::vector<AuditRow> audit;

    // Newest first, as storage lists them.
    void happened(std::string event, std::string outcome, std::chrono::seconds ago) {
        AuditRow row;
        row.event = {.event = std::move(event),
                     .outcome = std::move(outcome),
                     .person_id = person.id,
                     .method = "password",
                     .at = now - ago};
        row.trace = {.address = "192.0.2.1", .request_id = "r-1"};
        audit.push_back(std::move(row));
    }
};

TEST_F(Why, ShowsTheTryTheWordsAndWhereToLook) {
    happened("authn_login_fail", "credentials_wrong", std::chrono::seconds(60));

    const std::string text = why_text(person, audit, now);

    EXPECT_THAT(text,
                HasSubstr("2026-11-22T07:59:00Z authn_login_fail password credentials_wrong from 192.0.2.1"));
    EXPECT_THAT(text, HasSubstr(std::string(info(Errc::credentials_wrong).zh)));
    EXPECT_THAT(text, HasSubstr(std::string(refusal_advice("credentials_wrong")->operator_looks)));
    EXPECT_THAT(text, Not(HasSubstr("now ")));
}

TEST_F(Why, ShowsNothingInClear) {
    happened("authn_login_fail", "credentials_wrong", std::chrono::seconds(60));
    person.password_hash = "legacy:sm3:sm3$$00";

    const std::string text = why_text(person, audit, now);

    for (const std::string& secret :
         {person.identity_number, person.name, person.phone, person.password_hash})
        EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST_F(Why, ExplainsEachCodeOnce) {
    happened("authn_login_fail", "captcha_wrong", std::chrono::seconds(1));
    happened("authn_login_fail", "captcha_wrong", std::chrono::seconds(2));

    const std::string text = why_text(person, audit, now);

    EXPECT_EQ(text.find("captcha_wrong (403)"), text.rfind("captcha_wrong (403)"));
}

TEST_F(Why, SaysThatAPersonMustWaitAfterTenWrongTriesInARow) {
    for (int i = 1; i <= 9; ++i)
        happened("authn_login_fail", "credentials_wrong", std::chrono::minutes(i));
    EXPECT_THAT(why_text(person, audit, now), Not(HasSubstr("too_many")));

    happened("authn_login_fail", "captcha_wrong", std::chrono::minutes(10));

    EXPECT_THAT(why_text(person, audit, now), HasSubstr("10 tries by password without success"));
}

TEST_F(Why, CountsOnlyTheTriesSinceTheLastLoginOrADay) {
    happened("authn_login_fail", "credentials_wrong", std::chrono::minutes(1));
    happened("authn_login_success", "ok", std::chrono::minutes(2));
    for (int i = 0; i < 20; ++i)
        happened("authn_login_fail", "credentials_wrong", std::chrono::minutes(3 + i));
    EXPECT_THAT(why_text(person, audit, now), Not(HasSubstr("without success")));

    audit.clear();
    for (int i = 0; i < 20; ++i)
        happened("authn_login_fail", "credentials_wrong", std::chrono::hours(24) + std::chrono::minutes(i));
    EXPECT_THAT(why_text(person, audit, now), Not(HasSubstr("without success")));
}

TEST_F(Why, SaysThatAPasswordIsTooOldWhereOneCanBe) {
    person.password_set_at = now - std::chrono::days(90) - std::chrono::seconds(1);

    EXPECT_THAT(why_text(person, audit, now), Not(HasSubstr("password.max_age")));
    EXPECT_THAT(why_text(person, audit, now, std::chrono::days(91)), Not(HasSubstr("password.max_age")));
    EXPECT_THAT(why_text(person, audit, now, std::chrono::days(90)),
                HasSubstr("the password is of 2026-08-24T07:59:59Z and older than password.max_age allows"));
}

TEST_F(Why, SaysWhatTheStateOfTheAccountForbids) {
    person.state = PersonState::locked;
    person.level = 2;
    person.phone = "";
    person.password_hash = "";

    const std::string text = why_text(person, audit, now);

    EXPECT_THAT(text, HasSubstr("the account is locked"));
    EXPECT_THAT(text, HasSubstr("level 2"));
    EXPECT_THAT(text, HasSubstr("no phone is on record"));
    EXPECT_THAT(text, HasSubstr("there is no password"));
    EXPECT_THAT(text, HasSubstr("none is known"));
}

}  // namespace
}  // namespace qrgate
