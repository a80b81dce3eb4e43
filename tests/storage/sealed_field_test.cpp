#include "storage/sealed_field.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/storage/counting_random.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

namespace fs = std::filesystem;

constexpr FieldPlace here{.table = "person", .column = "number", .row = "p1"};
const std::array suites{SealSuite::sm4_ctr_hmac_sm3, SealSuite::aes_256_gcm};

FieldKeys keys(std::vector<std::uint8_t> ids) {
    FieldKeys it;
    for (const auto id : ids)
        it.masters[id] = sha256(as_bytes("master " + std::to_string(id)));
    it.index = sha256(as_bytes("index"));
    return it;
}

class SealedField : public ::testing::TestWithParam<SealSuite> {
protected:
    CountingRandom random_;
    FieldSealer sealer_{keys({1}), GetParam(), random_};
};

TEST_P(SealedField, OpensToWhatWasSealed) {
    for (const std::string clear : {"", "x", "110101190001010014", "林一"})
        EXPECT_EQ(*sealer_.open_text(here, sealer_.seal_text(here, clear)), clear);
}

TEST_P(SealedField, BeginsWithSuiteAndKeyAndDoesNotHoldTheClearText) {
    const std::string clear = "110101190001010014";
    const auto sealed = sealer_.seal_text(here, clear);

    EXPECT_EQ(sealed[0], static_cast<std::uint8_t>(GetParam()));
    EXPECT_EQ(sealed[1], 1);
    EXPECT_EQ(std::string(sealed.begin(), sealed.end()).find(clear.substr(0, 4)), std::string::npos);
}

TEST_P(SealedField, IsSealedDifferentlyEachTime) {
    EXPECT_NE(sealer_.seal_text(here, "same"), sealer_.seal_text(here, "same"));
}

TEST_P(SealedField, OpensInNoOtherTableColumnOrRow) {
    const auto sealed = sealer_.seal_text(here, "secret");

    EXPECT_FALSE(sealer_.open({.table = "session", .column = "number", .row = "p1"}, sealed));
    EXPECT_FALSE(sealer_.open({.table = "person", .column = "name", .row = "p1"}, sealed));
    EXPECT_FALSE(sealer_.open({.table = "person", .column = "number", .row = "p2"}, sealed));
    EXPECT_FALSE(sealer_.open({.table = "person", .column = "numberp", .row = "1"}, sealed));
}

TEST_P(SealedField, IsRefusedWhenAnyOctetIsChanged) {
    const auto sealed = sealer_.seal_text(here, "secret");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] ^= 1;
        EXPECT_EQ(sealer_.open(here, changed).error(), Errc::internal_error) << "octet " << i;
    }
}

TEST_P(SealedField, IsRefusedWhenItIsCutOrGrows) {
    const auto sealed = sealer_.seal_text(here, "secret");
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(sealer_.open(here, ByteView(sealed).first(size))) << size;
    auto longer = sealed;
    longer.push_back(0);
    EXPECT_FALSE(sealer_.open(here, longer));
}

TEST_P(SealedField, OpensWhateverSuiteIsTheDefault) {
    const auto sealed = sealer_.seal_text(here, "secret");
    for (const auto suite : suites) {
        const FieldSealer other{keys({1}), suite, random_};
        EXPECT_EQ(*other.open_text(here, sealed), "secret");
    }
}

TEST_P(SealedField, OpensUnderOldKeysAndIsSealedUnderTheHighest) {
    const auto old = sealer_.seal_text(here, "secret");
    const FieldSealer ring{keys({1, 7}), GetParam(), random_};

    EXPECT_EQ(*ring.open_text(here, old), "secret");
    EXPECT_EQ(ring.seal_text(here, "secret")[1], 7);
    EXPECT_FALSE(sealer_.open(here, ring.seal_text(here, "secret")));
}

TEST_P(SealedField, IsRefusedUnderAnotherKeyOfTheSameId) {
    auto foreign = keys({1});
    foreign.masters[1] = sha256(as_bytes("foreign"));
    const FieldSealer other{std::move(foreign), GetParam(), random_};

    EXPECT_FALSE(other.open(here, sealer_.seal_text(here, "secret")));
}

INSTANTIATE_TEST_SUITE_P(Suites, SealedField, ::testing::ValuesIn(suites));

TEST(BlindIndex, IsEqualForEqualValuesOfOnePurposeAndKindOnly) {
    CountingRandom random;
    const FieldSealer sealer{keys({1}), SealSuite::sm4_ctr_hmac_sm3, random};
    const auto index = sealer.index("number", PersonKind::personal, "110");

    EXPECT_EQ(index, sealer.index("number", PersonKind::personal, "110"));
    EXPECT_NE(index, sealer.index("number", PersonKind::personal, "111"));
    EXPECT_NE(index, sealer.index("number", PersonKind::corporate, "110"));
    EXPECT_NE(index, sealer.index("phone", PersonKind::personal, "110"));
}

TEST(BlindIndex, DependsOnItsKeyAndNotOnTheFieldKeys) {
    CountingRandom random;
    auto other = keys({1});
    other.index = sha256(as_bytes("other"));
    const FieldSealer one{keys({1}), SealSuite::sm4_ctr_hmac_sm3, random};
    const FieldSealer same{keys({2}), SealSuite::aes_256_gcm, random};
    const FieldSealer different{std::move(other), SealSuite::sm4_ctr_hmac_sm3, random};
    const auto index = one.index("number", PersonKind::personal, "110");

    EXPECT_EQ(index, same.index("number", PersonKind::personal, "110"));
    EXPECT_NE(index, different.index("number", PersonKind::personal, "110"));
}

class FieldKeyFiles : public ::testing::Test {
protected:
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_.path() / name) << text;
        fs::permissions(folder_.path() / name, fs::perms::owner_read | fs::perms::owner_write);
    }
    FieldKeys ring() {
        auto read = load_field_keys(folder_.path(), random_);
        if (!read) throw std::runtime_error(read.error());
        return std::move(*read);
    }
    TemporaryFolder folder_;
    CountingRandom random_;
};

TEST_F(FieldKeyFiles, AreMadeOnceForTheirOwnerOnly) {
    const auto folder = folder_.path() / "keys";

    const auto made = load_field_keys(folder, random_);
    const auto again = load_field_keys(folder, random_);

    ASSERT_TRUE(made) << made.error();
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(made->masters, again->masters);
    EXPECT_EQ(made->index, again->index);
    EXPECT_NE(made->index, made->masters.at(1));
    for (const char* name : {"field-1.key", "index.key"}) {
        struct stat about{};
        ASSERT_EQ(::stat((folder / name).c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0600U) << name;
    }
}

TEST_F(FieldKeyFiles, MayBeSeveral) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    write("field-12.key", hex(sha256(as_bytes("twelve"))) + "\n");
    write("field-x.key", "not ours");
    write("ca.key", "not ours");

    const auto ring = load_field_keys(folder_.path(), random_);

    ASSERT_TRUE(ring) << ring.error();
    EXPECT_EQ(ring->masters.size(), 2U);
    EXPECT_EQ(ring->masters.at(12), sha256(as_bytes("twelve")));
}

TEST_F(FieldKeyFiles, ThatOthersMayReadAreRefused) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    fs::permissions(folder_.path() / "field-1.key", fs::perms::group_read, fs::perm_options::add);

    EXPECT_NE(load_field_keys(folder_.path(), random_).error().find("chmod 600"), std::string::npos);
}

TEST_F(FieldKeyFiles, ThatAreNoKeysAreRefusedInOneLine) {
    write("field-1.key", "short\n");

    const auto refused = load_field_keys(folder_.path(), random_);

    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("field-1.key"), std::string::npos);
    EXPECT_EQ(refused.error().find('\n'), std::string::npos);
}

TEST_F(FieldKeyFiles, AreNotMadeAnewWhenOneIsLost) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    fs::rename(folder_.path() / "index.key", folder_.path() / "away");
    EXPECT_FALSE(load_field_keys(folder_.path(), random_));
    fs::rename(folder_.path() / "away", folder_.path() / "index.key");

    fs::remove(folder_.path() / "field-1.key");
    EXPECT_FALSE(load_field_keys(folder_.path(), random_));
    EXPECT_FALSE(fs::exists(folder_.path() / "field-1.key"));
}

const WallTime now = parse_time("2026-11-22T08:00:00Z").value();
const WallTime switches = now + std::chrono::minutes(1);

TEST_F(FieldKeyFiles, RotateToAKeyThatOpensAtOnceAndSealsFromItsTimeOn) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    FieldSealer sealer{ring(), SealSuite::sm4_ctr_hmac_sm3, random_};
    const auto former = sealer.seal_text(here, "former");

    ASSERT_TRUE(rotate_field_key(folder_.path(), random_, now, switches));
    sealer.adopt(ring());

    EXPECT_FALSE(sealer.look_at_the_time(now));
    EXPECT_FALSE(sealer.has_former_keys());
    EXPECT_EQ(sealer.seal_text(here, "before")[1], 1);
    EXPECT_TRUE(sealer.look_at_the_time(switches));
    EXPECT_TRUE(sealer.has_former_keys());
    const auto fresh = sealer.seal_text(here, "fresh");
    EXPECT_EQ(fresh[1], 2);
    EXPECT_EQ(*sealer.open_text(here, former), "former");
    FieldSealer of_a_late_node{ring(), SealSuite::aes_256_gcm, random_};
    of_a_late_node.look_at_the_time(now);
    EXPECT_EQ(*of_a_late_node.open_text(here, fresh), "fresh");
}

TEST_F(FieldKeyFiles, DoNotRotateAgainBeforeTheNewKeySeals) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    ASSERT_TRUE(rotate_field_key(folder_.path(), random_, now, switches));

    EXPECT_NE(rotate_field_key(folder_.path(), random_, now, switches).error().find("2026-11-22T08:01:00"),
              std::string::npos);
    EXPECT_TRUE(rotate_field_key(folder_.path(), random_, switches, switches + std::chrono::minutes(1)));
    EXPECT_EQ(load_field_keys(folder_.path(), random_)->masters.size(), 3U);
}

TEST_F(FieldKeyFiles, AreRotatedByOneCommandAtATime) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    const int other = ::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(::flock(other, LOCK_EX), 0);
    EXPECT_FALSE(rotate_field_key(folder_.path(), random_, now, switches));
    EXPECT_FALSE(fs::exists(folder_.path() / "field-2.key"));
    ::close(other);
    EXPECT_TRUE(rotate_field_key(folder_.path(), random_, now, switches));
}

TEST_F(FieldKeyFiles, LeaveNoUnfinishedFileBeside) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    ASSERT_TRUE(rotate_field_key(folder_.path(), random_, now, switches));

    for (const auto& entry : fs::directory_iterator(folder_.path()))
        EXPECT_EQ(entry.path().extension(), ".key") << entry.path();
}

TEST_F(FieldKeyFiles, WithAnUnreadableTimeAreRefused) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    write("field-2.key", hex(sha256(as_bytes("two"))) + "\nseals from tomorrow\n");

    EXPECT_FALSE(load_field_keys(folder_.path(), random_));
}

TEST_F(FieldKeyFiles, ThatAreLinksAreRefused) {
    ASSERT_TRUE(load_field_keys(folder_.path(), random_));
    fs::rename(folder_.path() / "field-1.key", folder_.path() / "elsewhere");
    fs::create_symlink(folder_.path() / "elsewhere", folder_.path() / "field-1.key");

    EXPECT_FALSE(load_field_keys(folder_.path(), random_));
}

}  // namespace
}  // namespace qrgate
