#include "protocol/cookie.hpp"

#include <gtest/gtest.h>

#include "tests/seeded_random.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;

const WallTime start{std::chrono::seconds{1'795'000'000}};

TEST(Cookies, AreNamedByHowTheyTravel) {
    EXPECT_EQ(cookie_name(CookieName::pre_session, true), "__Host-qrgate-pre");
    EXPECT_EQ(cookie_name(CookieName::session, true), "__Host-qrgate-session");
    EXPECT_EQ(cookie_name(CookieName::device, false), "qrgate-device");
}

TEST(Cookies, AreSetSoThatNeitherScriptNorForeignPagesUseThem) {
    EXPECT_EQ(set_cookie(CookieName::session, "v", true),
              "__Host-qrgate-session=v; Path=/; HttpOnly; SameSite=Lax; Secure");
    EXPECT_EQ(set_cookie(CookieName::session, "v", false),
              "qrgate-session=v; Path=/; HttpOnly; SameSite=Lax");
    EXPECT_EQ(set_cookie(CookieName::device, "v", false, 3600s),
              "qrgate-device=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600");
    EXPECT_EQ(set_cookie(CookieName::session, "", true, 0s),
              "__Host-qrgate-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
}

TEST(Cookies, AreFoundInTheHeaderByTheirWholeName) {
    const std::string header = "a=1; bb=2;c=3=4 ;\td = 5; a=6; =7; e; f=";
    EXPECT_EQ(read_cookie(header, "a"), "1");
    EXPECT_EQ(read_cookie(header, "bb"), "2");
    EXPECT_EQ(read_cookie(header, "c"), "3=4");
    EXPECT_EQ(read_cookie(header, "d"), "5");
    EXPECT_EQ(read_cookie(header, "f"), "");
    for (const char* name : {"b", "A", "e", "g"})
        EXPECT_FALSE(read_cookie(header, name)) << name;
    EXPECT_FALSE(read_cookie("", "a"));
}

class PreSession : public testing::Test {
protected:
    test::SeededRandom random_{5};
    Bytes key_ = Bytes(32, 7);
    std::string value_ = make_pre_session(key_, start, random_);
};

TEST_F(PreSession, IsKnownAgainFor24Hours) {
    EXPECT_TRUE(is_pre_session(key_, value_, start));
    EXPECT_TRUE(is_pre_session(key_, value_, start + 24h - 1us));
    EXPECT_FALSE(is_pre_session(key_, value_, start + 24h));
}

TEST_F(PreSession, OutlivesAClockThatIsPutBack) {
    EXPECT_TRUE(is_pre_session(key_, value_, start - 1min));
    EXPECT_TRUE(is_pre_session(key_, value_, start - 24h + 1us));
    EXPECT_FALSE(is_pre_session(key_, value_, start - 24h));
}

TEST_F(PreSession, IsRefusedWhenAnyCharacterIsChanged) {
    for (std::size_t i = 0; i < value_.size(); ++i) {
        std::string changed = value_;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(is_pre_session(key_, changed, start)) << i;
    }
}

TEST_F(PreSession, IsRefusedWhenForgedOrMadeForSomethingElse) {
    EXPECT_FALSE(is_pre_session(Bytes(32, 8), value_, start));
    EXPECT_FALSE(is_pre_session(key_, make_device(key_, random_), start));
    for (const std::string& value :
         {std::string(), value_.substr(1), value_ + "A", value_ + "=", std::string(96, 'A')})
        EXPECT_FALSE(is_pre_session(key_, value, start)) << value;
}

TEST_F(PreSession, IsAnotherOneEachTime) {
    EXPECT_NE(make_pre_session(key_, start, random_), value_);
}

TEST_F(PreSession, FitsACookie) {
    EXPECT_EQ(value_.size(), 96U);
    EXPECT_EQ(value_.find_first_of(" ;,\"\\="), std::string::npos);
}

TEST_F(PreSession, MarksOfDevicesAreKnownByTheirKeyOnly) {
    const std::string device = make_device(key_, random_);

    EXPECT_TRUE(is_device(key_, device));
    EXPECT_FALSE(is_device(Bytes(32, 8), device));
    EXPECT_FALSE(is_device(key_, value_));
    EXPECT_FALSE(is_device(key_, ""));
}

}  // namespace
}  // namespace qrgate
