#include "server/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "server/authority_files.hpp"
#include "server/secret_file.hpp"
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

    WallTime now = parse_time("2026-11-22T08:00:00Z").value();
    static constexpr std::chrono::seconds token_life{600};

    Keys open() { return open_keys(data, 'k', random, now, token_life); }
    void rotate() { rotate_token_key(data, random, now, now + std::chrono::seconds(60), token_life); }
    std::string why_not_rotated() {
        try {
            rotate();
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "it rotated";
    }
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
        EXPECT_EQ(entry.file_size(), entry.path().filename() == "token-ring" ? 41U : 32U) << entry.path();
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
             {std::string{}, right.substr(1), right + "x", right + right, right + right + right + right}) {
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
    rotate();

    for (const auto& entry : std::filesystem::directory_iterator(data / "keys"))
        EXPECT_EQ(entry.path().filename().string().find('.'), std::string::npos) << entry.path();
}

TEST_F(KeysTest, OfTheTokenRingAreAcceptedBeforeAndAfterTheyAreUsed) {
    const std::string token = make_token(open().tokens, now + token_life, random);

    rotate();
    const Keys told = open();
    now += std::chrono::seconds(60);
    const Keys used = open();
    now += token_life;
    const Keys later = open();

    EXPECT_EQ(told.tokens.current.id, '0');
    ASSERT_TRUE(told.tokens.next);
    EXPECT_EQ(told.tokens.next->id, '1');
    EXPECT_EQ(used.tokens.node, 'k');
    EXPECT_EQ(used.tokens.current.id, '1');
    const std::string of_the_next = make_token(used.tokens, now + token_life, random);
    EXPECT_TRUE(check_token(told.tokens, of_the_next)) << "a node whose clock is behind";
    EXPECT_TRUE(check_token(used.tokens, token));
    EXPECT_FALSE(check_token(later.tokens, token)) << "its life is over";
    EXPECT_TRUE(check_token(later.tokens, of_the_next));
}

TEST_F(KeysTest, OfTheTokenRingDoNotRotateWhileCodesOfTheOneBeforeMayBeOpen) {
    open();
    rotate();

    EXPECT_THAT(why_not_rotated(), HasSubstr("used from 2026-11-22T08:01:00"));
    now += std::chrono::seconds(61);
    EXPECT_THAT(why_not_rotated(), HasSubstr("rotate again after 2026-11-22T08:11:00"));
    now += token_life;
    EXPECT_EQ(why_not_rotated(), "it rotated");
    EXPECT_EQ(read_token_ring(data).size(), 2U) << "the first one is gone";
}

TEST_F(KeysTest, OfTheTokenRingHaveNewIdsThroughAWholeRound) {
    open();
    for (int i = 0; i < 70; ++i) {
        const Keys before = open();
        rotate();
        now += std::chrono::seconds(60);
        const Keys after = open();
        ASSERT_NE(after.tokens.current.id, before.tokens.current.id);
        ASSERT_EQ(after.tokens.previous->id, before.tokens.current.id);
        ASSERT_EQ(after.tokens.previous->key, before.tokens.current.key);
        now += token_life;
    }
}

TEST_F(KeysTest, OfTheTokenRingAreRotatedByOneCommandAtATime) {
    open();
    {
        const FolderLock other(data / "keys");
        EXPECT_THAT(why_not_rotated(), HasSubstr("another command is changing the keys"));
        EXPECT_EQ(read_token_ring(data).size(), 1U);
    }
    EXPECT_EQ(why_not_rotated(), "it rotated");
}

TEST_F(KeysTest, OfTheCaAreRotatedByOneCommandAtATime) {
    const auto ca = data / "ca";
    const auto rotate_ca = [&] {
        rotate_authority(ca, KeyAlgorithm::p256, random, now, now + std::chrono::seconds(60));
    };
    open_authorities(ca, KeyAlgorithm::p256, random, now);
    {
        const FolderLock other(ca);
        EXPECT_THROW(rotate_ca(), std::runtime_error);
        EXPECT_EQ(open_authorities(ca, KeyAlgorithm::p256, random, now).size(), 1U);
    }
    rotate_ca();
    EXPECT_EQ(open_authorities(ca, KeyAlgorithm::p256, random, now).size(), 2U);
}

TEST_F(KeysTest, OfATokenRingOfTheFirstFormStillCount) {
    open();
    const auto file = data / "keys" / "token-ring";
    const std::string key(32, 'k');
    const std::string former(32, 'f');
    tests::write_file(file, "1" + key + "0" + former);

    const Keys keys = open();

    EXPECT_EQ(keys.tokens.current.id, '1');
    EXPECT_EQ(keys.tokens.current.key[0], 'k');
    rotate();
    EXPECT_EQ(open().tokens.next->id, '2');
}

}  // namespace
}  // namespace qrgate
