#include "server/secret_checks.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SecretChecks : public testing::Test {
protected:
    SecretChecks() {
        config.data_folder = folder.path() / "data";
        for (const char* name : {"data", "data/keys", "data/ca"})
            make_folder(folder.path() / name, 0700);
        for (const char* name : {"keys/unlock", "keys/token-ring", "keys/field-1.key", "ca/ca.key"})
            make_file(config.data_folder / name, 0600);
        make_file(config.data_folder / "ca/ca.crt", 0644);
    }
    static void make_folder(const std::filesystem::path& path, mode_t mode) {
        std::filesystem::create_directory(path);
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    static void make_file(const std::filesystem::path& path, mode_t mode) {
        tests::write_file(path, "secret");
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    std::vector<std::string> faults() const { return secret_faults(config, config_file); }

    tests::Folder folder;
    Config config;
    std::filesystem::path config_file;
    const std::filesystem::path key = folder.path() / "data" / "keys" / "unlock";
};

TEST_F(SecretChecks, FindNothingWhereAllIsRight) {
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(SecretChecks, FindNothingBeforeTheFirstStart) {
    config.data_folder = folder.path() / "not yet";
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(SecretChecks, FindAKeyThatOthersMayReadOrChange) {
    for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U}) {
        ASSERT_EQ(::chmod(key.c_str(), mode), 0);
        EXPECT_THAT(faults(), ElementsAre(HasSubstr("unlock can be read or changed by others (mode 0" +
                                                    fmt::format("{:o}", mode))));
    }
}

TEST_F(SecretChecks, FindASymbolicLinkInsteadOfAKey) {
    std::filesystem::rename(key, folder.path() / "elsewhere");
    std::filesystem::create_symlink(folder.path() / "elsewhere", key);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("unlock is a symbolic link")));
}

TEST_F(SecretChecks, FindASecondNameOfAKey) {
    std::filesystem::create_hard_link(key, folder.path() / "elsewhere");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("unlock has another name elsewhere")));
}

TEST_F(SecretChecks, FindAFolderInPlaceOfAKey) {
    std::filesystem::remove(key);
    make_folder(key, 0700);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("unlock is not a regular file")));
}

TEST_F(SecretChecks, FindFoldersThatOthersMayEnterOrChange) {
    ASSERT_EQ(::chmod((config.data_folder / "keys").c_str(), 0710), 0);
    ASSERT_EQ(::chmod((config.data_folder / "ca").c_str(), 0755), 0);
    ASSERT_EQ(::chmod(config.data_folder.c_str(), 0733), 0);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("data can be changed by others (mode 0733)"),
                                      HasSubstr("keys can be entered or changed by others (mode 0710)"),
                                      HasSubstr("ca can be entered or changed by others (mode 0755)")));
}

TEST_F(SecretChecks, FindAFolderThatIsALink) {
    std::filesystem::rename(config.data_folder / "keys", folder.path() / "elsewhere");
    std::filesystem::create_directory_symlink(folder.path() / "elsewhere", config.data_folder / "keys");
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("keys is not a folder of its own")));
}

TEST_F(SecretChecks, FindAKeyOfAnotherUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    ASSERT_EQ(::chown(key.c_str(), 4711, 4711), 0);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("unlock belongs to user 4711")));
}

TEST_F(SecretChecks, LetRootWorkInTheFolderOfTheServersUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
        ASSERT_EQ(::chown(entry.path().c_str(), 4711, 4711), 0);
    EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(SecretChecks, FindATlsKeyAndSettingsWithASecretThatAnybodyMayRead) {
    config.tls_key = folder.path() / "tls.key";
    config.sms_key = "secret";
    config_file = folder.path() / "qrgate.conf";
    make_file(config.tls_key, 0640);
    make_file(config_file, 0640);
    EXPECT_THAT(faults(), IsEmpty()) << "a group of its own is usual";

    ASSERT_EQ(::chmod(config.tls_key.c_str(), 0644), 0);
    ASSERT_EQ(::chmod(config_file.c_str(), 0644), 0);
    EXPECT_THAT(faults(), ElementsAre(HasSubstr("tls.key"), HasSubstr("qrgate.conf")));

    config.sms_key.clear();
    EXPECT_THAT(faults(), SizeIs(1)) << "settings without a secret may be read";
}

TEST_F(SecretChecks, TakeAwayTheSecondNameThatAKilledProcessLeftBeside) {
    const auto field_key = config.data_folder / "keys" / "field-1.key";
    std::filesystem::create_hard_link(key, key.string() + ".aB3xY9");
    std::filesystem::create_hard_link(field_key, field_key.string() + ".new");

    EXPECT_THAT(faults(), IsEmpty());

    EXPECT_FALSE(std::filesystem::exists(key.string() + ".aB3xY9"));
    EXPECT_FALSE(std::filesystem::exists(field_key.string() + ".new"));
    EXPECT_TRUE(std::filesystem::exists(key));
}

TEST_F(SecretChecks, LeaveASecondNameThatIsNotOurs) {
    std::filesystem::create_hard_link(key, key.string() + ".copied");
    std::filesystem::create_hard_link(key, key.string() + ".backup");

    EXPECT_THAT(faults(), testing::Contains(HasSubstr("has another name elsewhere")));
    EXPECT_TRUE(std::filesystem::exists(key.string() + ".copied"));
}

TEST_F(SecretChecks, SayOnePlainLineForEachFault) {
    ASSERT_EQ(::chmod(key.c_str(), 0644), 0);
    for (const std::string& fault : faults()) {
        EXPECT_EQ(fault.find('\n'), std::string::npos);
        EXPECT_THAT(fault, HasSubstr("chmod 600"));
    }
}

}  // namespace
}  // namespace qrgate
