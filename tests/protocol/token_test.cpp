#include "protocol/token.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/seeded_random.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view base64url_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const WallTime noon{std::chrono::seconds{1'795'000'000}};

TokenKey key(char id, std::uint8_t octet) {
    TokenKey made{.id = id, .key = {}};
    made.key.fill(octet);
    return made;
}
TokenRing ring() {
    return {.node = 'a', .current = key('k', 1), .previous = {}};
}

class Token : public testing::Test {
protected:
    test::SeededRandom random_{42};
    std::string token_ = make_token(ring(), noon, random_);
};

TEST_F(Token, Is32CharactersOfTheAlphabetAndBeginsWithNodeAndKey) {
    EXPECT_EQ(token_.size(), 32U);
    EXPECT_EQ(token_.find_first_not_of(base64url_characters), std::string::npos) << token_;
    EXPECT_EQ(token_.substr(0, 2), "ak");
}

TEST_F(Token, TellsItsNodeAndExpiry) {
    const auto checked = check_token(ring(), token_);

    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->node, 'a');
    EXPECT_EQ(checked->expires_at, noon);
}

TEST_F(Token, ExpiresAtAWholeSecondNotLaterThanAsked) {
    const auto checked = check_token(ring(), make_token(ring(), noon + 999ms, random_));

    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->expires_at, noon);
}

TEST_F(Token, IsRefusedWhenOneCharacterIsChanged) {
    for (std::size_t i = 0; i < token_.size(); ++i) {
        for (const char c : base64url_characters) {
            std::string changed = token_;
            changed[i] = c;
            if (changed == token_) continue;
            EXPECT_EQ(check_token(ring(), changed).error(), Errc::ticket_unknown) << changed;
        }
    }
}

TEST_F(Token, IsRefusedWhenItIsNoTokenAtAll) {
    const std::string cut = token_.substr(0, 31);
    for (const std::string& text : {std::string(), cut, token_ + "A", cut + "=", cut + " ", cut + "\n",
                                    std::string(32, 'a'), std::string(32, '\0'), std::string(10'000, 'a')})
        EXPECT_EQ(check_token(ring(), text).error(), Errc::ticket_unknown) << text;
}

TEST_F(Token, IsRefusedByAnotherKeyOfTheSameName) {
    TokenRing other = ring();
    other.current = key('k', 2);

    EXPECT_EQ(check_token(other, token_).error(), Errc::ticket_unknown);
}

TEST_F(Token, IsTakenWhileItsKeyIsThePreviousOneAndRefusedAfterwards) {
    const TokenRing rotated{.node = 'a', .current = key('m', 2), .previous = key('k', 1)};
    const TokenRing forgotten{.node = 'a', .current = key('n', 3), .previous = key('m', 2)};

    EXPECT_TRUE(check_token(rotated, token_));
    EXPECT_EQ(check_token(forgotten, token_).error(), Errc::ticket_unknown);
}

TEST_F(Token, OfAnotherNodeIsTakenAndNamesThatNode) {
    TokenRing other = ring();
    other.node = 'b';

    const auto checked = check_token(other, token_);

    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->node, 'a');
}

TEST_F(Token, NeverComesTwice) {
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i)
        seen.insert(make_token(ring(), noon, random_));

    EXPECT_EQ(seen.size(), 10'000U);
}

class ShortCode : public testing::Test {
protected:
    test::SeededRandom random_{43};
};

TEST_F(ShortCode, IsTheNodeInUpperCaseAndSevenCharactersThatAreNotMistaken) {
    for (int i = 0; i < 1000; ++i) {
        const std::string code = make_short_code('k', random_);
        EXPECT_EQ(code.size(), 8U);
        EXPECT_EQ(code[0], 'K');
        EXPECT_EQ(code.find_first_not_of("23456789ABCDEFGHJKMNPQRSTVWXYZ", 1), std::string::npos) << code;
        EXPECT_EQ(normal_short_code(shown_short_code(code)), code);
    }
}

TEST_F(ShortCode, IsTakenAsPeopleTypeIt) {
    for (const char* typed :
         {"K7QDM3RP", "K7QD-M3RP", "k7qd-m3rp", " k7qd m3rp ", "k7-qd-m3-rp", "Ｋ７ＱＤ－Ｍ３ＲＰ"})
        EXPECT_EQ(normal_short_code(typed), "K7QDM3RP") << typed;
}

TEST_F(ShortCode, IsRefusedWhenItCannotBeOne) {
    for (const std::string typed : {"", "K7QDM3R", "K7QDM3RPP", "K7QD_M3RP", "K7QDM3RO", "K7QDM3R1",
                                    "K7QDM3RL", "_7QDM3RP", "K7QDM3R张"})
        EXPECT_FALSE(normal_short_code(typed)) << typed;
    EXPECT_FALSE(normal_short_code(std::string(1000, ' ') + "K7QDM3RP"));
}

TEST_F(ShortCode, IsShownWithADash) {
    EXPECT_EQ(shown_short_code("K7QDM3RP"), "K7QD-M3RP");
}

}  // namespace
}  // namespace qrgate
