#include "server/captcha.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;
using testing::MatchesRegex;

const WallTime now = parse_time("2026-11-22T08:00:00Z").value();

Digest holder(std::uint8_t first) {
    Digest digest{};
    digest[0] = first;
    return digest;
}

class CaptchaTest : public testing::Test {
protected:
    tests::RepeatableRandom random;
    Captchas captchas{'k', 600s, 50, random};
    const Digest me = holder(1);

    std::string answer(const DrawnCaptcha& drawn) { return captchas.answer_of(drawn.id).value(); }
};

TEST_F(CaptchaTest, IsTakenOnceWithTheRightAnswer) {
    const auto drawn = captchas.make(me, now);
    const std::string right = answer(drawn);

    EXPECT_TRUE(captchas.take(drawn.id, me, right, now));
    EXPECT_FALSE(captchas.take(drawn.id, me, right, now));
}

TEST_F(CaptchaTest, IsUsedUpByAWrongAnswer) {
    const auto drawn = captchas.make(me, now);
    const std::string right = answer(drawn);

    EXPECT_FALSE(captchas.take(drawn.id, me, "????", now));
    EXPECT_FALSE(captchas.take(drawn.id, me, right, now));
    EXPECT_EQ(captchas.size(), 0U);
}

TEST_F(CaptchaTest, IgnoresCaseAndSpacesAround) {
    const auto drawn = captchas.make(me, now);
    std::string lower = answer(drawn);
    for (char& c : lower)
        c = static_cast<char>(std::tolower(c));

    EXPECT_TRUE(captchas.take(drawn.id, me, " \t" + lower + "\n", now));
}

TEST_F(CaptchaTest, TakesTheSpokenDigitsAsWell) {
    const auto drawn = captchas.make(me, now);
    const std::string digits = captchas.spoken(drawn.id, now).value().digits;

    EXPECT_THAT(digits, MatchesRegex("[0-9]{6}"));
    EXPECT_TRUE(captchas.take(drawn.id, me, digits, now));
    EXPECT_FALSE(captchas.take(drawn.id, me, digits, now));
}

TEST_F(CaptchaTest, HasOneTryForBothAnswers) {
    const auto drawn = captchas.make(me, now);
    const std::string digits = captchas.spoken(drawn.id, now).value().digits;

    EXPECT_FALSE(captchas.take(drawn.id, me, "000000" == digits ? "111111" : "000000", now));
    EXPECT_FALSE(captchas.take(drawn.id, me, digits, now));
    EXPECT_FALSE(captchas.spoken(drawn.id, now)) << "and cannot be heard any more";
}

TEST_F(CaptchaTest, TakesWhatAnInputMethodMakesOfIt) {
    const auto drawn = captchas.make(me, now);
    std::string wide;
    for (const char c : answer(drawn))
        wide += std::string("\xEF\xBC") + static_cast<char>(0x81 + (c - '!'));
    // Letters beyond U+FF3F continue in the next block of UTF-8; upper case and digits do not.

    EXPECT_TRUE(captchas.take(drawn.id, me, wide, now));
    const auto spoken = captchas.make(me, now);
    std::string apart;
    const std::string digits = captchas.spoken(spoken.id, now).value().digits;
    for (const char c : digits)
        apart += std::string(1, c) + "\u3000 ";
    EXPECT_TRUE(captchas.take(spoken.id, me, apart, now));
    const auto broken = captchas.make(me, now);
    EXPECT_FALSE(captchas.take(broken.id, me, "\xEF\xBC", now));
}

TEST_F(CaptchaTest, IsSpokenTheSameUntilItIsOver) {
    const auto drawn = captchas.make(me, now);
    const auto first = captchas.spoken(drawn.id, now);

    EXPECT_EQ(captchas.spoken(drawn.id, now + 599s)->seed, first->seed);
    EXPECT_FALSE(captchas.spoken(drawn.id, now + 600s));
    EXPECT_FALSE(captchas.holder_of(drawn.id, now + 600s));
    EXPECT_EQ(captchas.holder_of(drawn.id, now), me);
    EXPECT_FALSE(captchas.spoken("kAAAAAAAAAAAAAAAAAAAAAA", now));
}

TEST_F(CaptchaTest, LivesLongerForPatientPeople) {
    const auto drawn = captchas.make(me, now, 4);

    EXPECT_TRUE(captchas.take(drawn.id, me, answer(drawn), now + 2399s));
}

TEST_F(CaptchaTest, WantsTheWholeAnswer) {
    for (const auto cut : {0U, 1U, 3U}) {
        const auto drawn = captchas.make(me, now);
        EXPECT_FALSE(captchas.take(drawn.id, me, answer(drawn).substr(0, cut), now));
    }
    const auto drawn = captchas.make(me, now);
    EXPECT_FALSE(captchas.take(drawn.id, me, answer(drawn) + "A", now));
}

TEST_F(CaptchaTest, CountsOnlyForItsHolderAndIsNotUsedUpByOthers) {
    const auto drawn = captchas.make(me, now);
    const std::string right = answer(drawn);

    EXPECT_FALSE(captchas.take(drawn.id, holder(2), right, now));
    EXPECT_TRUE(captchas.take(drawn.id, me, right, now));
}

TEST_F(CaptchaTest, IsOverAfterItsLife) {
    const auto drawn = captchas.make(me, now);
    const auto in_time = captchas.make(me, now);

    EXPECT_TRUE(captchas.take(in_time.id, me, answer(in_time), now + 599s));
    EXPECT_FALSE(captchas.take(drawn.id, me, answer(drawn), now + 600s));
}

TEST_F(CaptchaTest, MeansTheNewestOfItsHolderWithoutAnId) {
    const auto older = captchas.make(me, now);
    const auto newest = captchas.make(me, now);
    captchas.make(holder(2), now);
    const std::string right = answer(newest);

    EXPECT_TRUE(captchas.take("", me, right, now));
    EXPECT_FALSE(captchas.take("", me, right, now));
    EXPECT_TRUE(captchas.take(older.id, me, answer(older), now));
    EXPECT_FALSE(captchas.take("", holder(3), right, now));
}

TEST_F(CaptchaTest, LetsTheOldestGoWhenThereAreTooMany) {
    const auto first = captchas.make(me, now);
    const std::string right = answer(first);
    for (int i = 0; i < 50; ++i)
        captchas.make(holder(2), now);

    EXPECT_EQ(captchas.size(), 50U);
    EXPECT_FALSE(captchas.take(first.id, me, right, now));
    EXPECT_FALSE(captchas.take("", me, right, now));
}

TEST_F(CaptchaTest, LetsThoseGoThatAreOver) {
    for (int i = 0; i < 10; ++i)
        captchas.make(me, now);

    captchas.make(me, now + 600s);

    EXPECT_EQ(captchas.size(), 1U);
}

TEST_F(CaptchaTest, IdsBeginWithTheNodeAndAreNotAlike) {
    std::set<std::string> seen;
    for (int i = 0; i < 30; ++i) {
        const auto drawn = captchas.make(me, now);
        EXPECT_THAT(drawn.id, MatchesRegex("k[0-9A-Za-z_-]{22}"));
        EXPECT_TRUE(seen.insert(drawn.id).second);
    }
}

TEST_F(CaptchaTest, AnswersHaveFourCharactersWithoutLookalikes) {
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        const std::string drawn = answer(captchas.make(me, now));
        EXPECT_THAT(drawn, MatchesRegex("[34679ACDEFHJKMNPRTUXY]{4}"));
        seen.insert(drawn);
    }
    EXPECT_GT(seen.size(), 45U);
}

std::uint32_t number_at(const Bytes& png, std::size_t at) {
    return static_cast<std::uint32_t>(png[at]) << 24U | static_cast<std::uint32_t>(png[at + 1]) << 16U |
           static_cast<std::uint32_t>(png[at + 2]) << 8U | png[at + 3];
}

TEST(CaptchaPicture, IsASmallPngOf160By60) {
    tests::RepeatableRandom random;
    const Bytes signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    for (int i = 0; i < 40; ++i) {
        const Bytes png = draw_captcha("WMWM", random);
        ASSERT_GT(png.size(), 500U);
        EXPECT_LE(png.size(), 6U * 1024);
        EXPECT_TRUE(std::equal(signature.begin(), signature.end(), png.begin()));
        EXPECT_EQ(number_at(png, 16), 160U);
        EXPECT_EQ(number_at(png, 20), 60U);
    }
}

TEST(CaptchaPicture, IsAnotherEachTimeAndCarriesNoTextInItsChunks) {
    tests::RepeatableRandom random;

    const Bytes first = draw_captcha("ACDE", random);
    const Bytes second = draw_captcha("ACDE", random);

    EXPECT_NE(first, second);
    const std::string_view all(reinterpret_cast<const char*>(first.data()), first.size());
    EXPECT_EQ(all.find("ACDE"), std::string_view::npos);
    for (const char* chunk : {"tEXt", "zTXt", "iTXt"})
        EXPECT_EQ(all.find(chunk), std::string_view::npos);
}

// For people: QRGATE_CAPTCHA_SAMPLES=folder writes a few pictures there to look at.
TEST(CaptchaPicture, CanBeLookedAt) {
    const char* folder = std::getenv("QRGATE_CAPTCHA_SAMPLES");
    if (folder == nullptr) GTEST_SKIP() << "set QRGATE_CAPTCHA_SAMPLES to a folder";
    tests::RepeatableRandom random(7);
    for (const char* text : {"34679", "ACDE", "FHJK", "MNPR", "TUWX", "Y3A9"}) {
        const Bytes png = draw_captcha(std::string_view(text).substr(0, 4), random);
        tests::write_file(std::filesystem::path(folder) / (std::string(text) + ".png"),
                          {reinterpret_cast<const char*>(png.data()), png.size()});
    }
}

}  // namespace
}  // namespace qrgate
