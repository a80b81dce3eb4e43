#include "server/secret_file.hpp"

#include <gtest/gtest.h>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

TEST(SecretFile, ThatIsNewNeverTakesThePlaceOfOne) {
    const tests::Folder folder;
    const auto file = folder.path() / "key";

    EXPECT_TRUE(write_new_file(file, as_bytes("first"), FileMode::secret));
    EXPECT_FALSE(write_new_file(file, as_bytes("second"), FileMode::secret));

    EXPECT_EQ(tests::read_file(file), "first");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SecretFile, IsReplacedWhole) {
    const tests::Folder folder;
    const auto file = folder.path() / "key";
    write_new_file(file, as_bytes("first and longer"), FileMode::secret);

    replace_file(file, as_bytes("second"), FileMode::secret);

    EXPECT_EQ(tests::read_file(file), "second");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(SecretFile, ThatIsMissingIsNothing) {
    const tests::Folder folder;

    EXPECT_EQ(read_secret_file(folder.path() / "none"), std::nullopt);
}

TEST(SecretFile, IsReadOnlyUpToASaneSize) {
    const tests::Folder folder;
    const auto file = folder.path() / "large";
    write_new_file(file, Bytes(64 * 1024 + 1), FileMode::secret);

    EXPECT_THROW(read_secret_file(file), std::runtime_error);
}

TEST(SecretFile, NamesTheFileThatCannotBeWritten) {
    const tests::Folder folder;
    const auto file = folder.path() / "no" / "such" / "folder" / "key";

    try {
        write_new_file(file, as_bytes("x"), FileMode::secret);
        FAIL() << "it was written";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()), "cannot write " + file.string() + ": No such file or directory");
    }
}

}  // namespace
}  // namespace qrgate
