#include "server/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

unsigned mode_of(const std::filesystem::path& file) {
    struct stat facts{};
    EXPECT_EQ(::stat(file.c_str(), &facts), 0) << file;
    return facts.st_mode & 07777U;
}

class KeysTest : public testing::Test {
protected:
    tests::Folder folder;
    tests::RepeatableRandom random;
    const std::filesystem::path data = folder.path() / "deep" / "data";

    Keys open() { return open_keys(data, 'k', random); }
    std::string why_not() {
        try {
            open();
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "they opened";
    }
};

TEST_F(KeysTest, AreMadeAtTheFirstStartAndStayTheSame) {
    const Keys first = open();
    const Keys again = open();

    EXPECT_EQ(again.tokens.current.key, first.tokens.current.key);
    EXPECT_EQ(again.tokens.current.id, first.tokens.current.id);
    EXPECT_EQ(again.pre_session, first.pre_session);
    EXPECT_EQ(again.device, first.device);
    EXPECT_EQ(again.sms_codes, first.sms_codes);
    EXPECT_EQ(again.typed_codes, first.typed_codes);
    EXPECT_EQ(again.budgets, first.budgets);
    EXPECT_EQ(again.reset_tickets, first.reset_tickets);
    EXPECT_EQ(again.unlock, first.unlock);
    EXPECT_EQ(again.audit, first.audit);
    EXPECT_EQ(again.decoys, first.decoys);
}

TEST_F(KeysTest, AreDifferentForEachPurpose) {
    const Keys keys = open();

    const std::set<Digest> all{keys.tokens.current.key,
                               keys.pre_session,
                               keys.device,
                               keys.sms_codes,
                               keys.typed_codes,
                               keys.budgets,
                               keys.reset_tickets,
                               keys.unlock,
                               keys.audit,
                               keys.decoys};

    EXPECT_THAT(all, SizeIs(10));
    EXPECT_FALSE(all.contains(Digest{}));
}

TEST_F(KeysTest, MayBeReadByTheServersUserOnly) {
    open();

    EXPECT_EQ(mode_of(data),
              0711U);  // PostgreSQL may run as another user and passes through to its own folder
    EXPECT_EQ(mode_of(data / "keys"), 0700U);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data / "keys")) {
        EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
        EXPECT_EQ(entry.file_size(), entry.path().filename() == "token-ring" ? 33U : 32U) << entry.path();
        ++files;
    }
    EXPECT_EQ(files, 10);
}

TEST_F(KeysTest, ThatOthersMayReadAreRefusedInOneLine) {
    open();
    std::filesystem::permissions(data / "keys" / "budgets", std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);

    const std::string why = why_not();

    EXPECT_THAT(why, HasSubstr("keys/budgets can be read or changed by others (mode 0640)"));
    EXPECT_THAT(why, Not(HasSubstr("\n")));
}

TEST_F(KeysTest, OfTheWrongSizeAreRefusedInOneLineAndLeftAlone) {
    open();
    for (const char* name : {"pre-session", "token-ring"}) {
        const auto file = data / "keys" / name;
        const std::string right = tests::read_file(file);
        for (const std::string& wrong :
             {std::string{}, right.substr(1), right + "x", right + right + right}) {
            tests::write_file(file, wrong);
            EXPECT_THAT(why_not(), HasSubstr(std::string(name) + " is not a key file of ours"));
            EXPECT_EQ(tests::read_file(file), wrong);
        }
        tests::write_file(file, right);
    }
    EXPECT_EQ(why_not(), "they opened");
}

TEST_F(KeysTest, ThatAreNoRegularFilesAreRefused) {
    open();
    std::filesystem::remove(data / "keys" / "unlock");
    std::filesystem::create_directory(data / "keys" / "unlock");

    EXPECT_THAT(why_not(), HasSubstr("unlock"));
}

TEST_F(KeysTest, OfALostFileAreMadeNewWithoutTouchingTheOthers) {
    const Keys first = open();
    std::filesystem::remove(data / "keys" / "device-cookie");

    const Keys again = open();

    EXPECT_NE(again.device, first.device);
    EXPECT_EQ(again.pre_session, first.pre_session);
}

TEST_F(KeysTest, LeaveNoUnfinishedFileBeside) {
    open();
    rotate_token_key(data, random);

    for (const auto& entry : std::filesystem::directory_iterator(data / "keys"))
        EXPECT_EQ(entry.path().filename().string().find('.'), std::string::npos) << entry.path();
}

TEST_F(KeysTest, OfTheTokenRingRotateSoThatOldTokensStillCount) {
    const WallTime later = parse_time("2026-11-22T08:01:00Z").value();
    const std::string token = make_token(open().tokens, later, random);

    rotate_token_key(data, random);
    const Keys rotated = open();

    EXPECT_EQ(rotated.tokens.node, 'k');
    EXPECT_EQ(rotated.tokens.current.id, '1');
    ASSERT_TRUE(rotated.tokens.previous);
    EXPECT_EQ(rotated.tokens.previous->id, '0');
    EXPECT_TRUE(check_token(rotated.tokens, token));
    rotate_token_key(data, random);
    EXPECT_FALSE(check_token(open().tokens, token));
}

TEST_F(KeysTest, OfTheTokenRingHaveNewIdsThroughAWholeRound) {
    for (int i = 0; i < 70; ++i) {
        const Keys before = open();
        rotate_token_key(data, random);
        const Keys after = open();
        ASSERT_NE(after.tokens.current.id, before.tokens.current.id);
        ASSERT_EQ(after.tokens.previous->id, before.tokens.current.id);
        ASSERT_EQ(after.tokens.previous->key, before.tokens.current.key);
    }
}

}  // namespace
}  // namespace qrgate
