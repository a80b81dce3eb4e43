#include "protocol/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/utf8.hpp"
#include "tests/seeded_random.hpp"

namespace qrgate {
namespace {

std::string spelled(std::string_view text) {
    return base64url(as_bytes(text));
}

TEST(Base64url, SpellsTheVectorsOfRfc4648WithoutPadding) {
    EXPECT_EQ(spelled(""), "");
    EXPECT_EQ(spelled("f"), "Zg");
    EXPECT_EQ(spelled("fo"), "Zm8");
    EXPECT_EQ(spelled("foo"), "Zm9v");
    EXPECT_EQ(spelled("foob"), "Zm9vYg");
    EXPECT_EQ(spelled("fooba"), "Zm9vYmE");
    EXPECT_EQ(spelled("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url(Bytes{0xfb, 0xff, 0xfe}), "-__-");
}

TEST(Base64url, ReadsBackEveryLength) {
    test::SeededRandom random(1);
    for (std::size_t size = 0; size < 100; ++size) {
        Bytes bytes(size);
        random.fill(bytes);

        EXPECT_EQ(from_base64url(base64url(bytes)), bytes) << size;
    }
}

TEST(Base64url, IsRefusedInAnySecondSpelling) {
    for (const char* text :
         {"Zg==", "Zg=", "Zh", "Zm9", "Zm8 ", " Zm8", "Zm8\n", "Zm+v", "Zm/v", "Z", "Zm9vY", "Zm9vé"})
        EXPECT_FALSE(from_base64url(text)) << text;
}

TEST(Hex, IsLowerCaseOnly) {
    EXPECT_EQ(hex(Bytes{0x00, 0x9f, 0xff}), "009fff");
    EXPECT_EQ(from_hex("009fff"), (Bytes{0x00, 0x9f, 0xff}));
    for (const char* text : {"0", "0F", "0x", "g0", "00 ", "0 "})
        EXPECT_FALSE(from_hex(text)) << text;
}

TEST(Sha256, GivesTheVectorsOfFips180) {
    EXPECT_EQ(hex(sha256(as_bytes(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256(as_bytes("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hmac, GivesTheVectorsOfRfc4231) {
    EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac_sha256(Bytes(131, 0xaa),
                              as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, TakesAnEmptyKeyAndAnEmptyMessage) {
    EXPECT_EQ(hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Comparing, SeesEveryDifference) {
    const Bytes a{1, 2, 3};
    EXPECT_TRUE(equal_in_constant_time(a, Bytes{1, 2, 3}));
    EXPECT_FALSE(equal_in_constant_time(a, Bytes{1, 2, 4}));
    EXPECT_FALSE(equal_in_constant_time(a, Bytes{1, 2}));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
}

TEST(Wiping, LeavesNothing) {
    std::string text = "secret";
    Bytes bytes{1, 2, 3};

    wipe(text);
    wipe(bytes);

    EXPECT_TRUE(text.empty());
    EXPECT_EQ(bytes, (Bytes{0, 0, 0}));
}

TEST(CleanUtf8, IsWellFormedAndWithoutNul) {
    for (const char* text : {"", "abc", "张三丰", "é", "\U0001F600", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_clean_utf8(text)) << text;
    using namespace std::string_view_literals;
    for (const auto text : {"\0"sv, "a\0b"sv, "\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv,
                            "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv,
                            "\xF5\x80\x80\x80"sv, "\xE5\xBC"sv, "\xE5\xBC\x41"sv, "\xFF"sv, "\xC3"sv})
        EXPECT_FALSE(is_clean_utf8(text)) << hex(as_bytes(text));
}

TEST(HalfWidth, IsWhatAnEastAsianKeyboardMeant) {
    EXPECT_EQ(half_width("１２３ＡＢＣｘ＠～　."), "123ABCx@~ .");
    EXPECT_EQ(half_width("张三\xFF!"), "张三\xFF!");
}

TEST(Characters, AreCodePointsAndBrokenOctetsStandAlone) {
    EXPECT_EQ(characters("张a\xE5\xBC"), (std::vector<std::string_view>{"张", "a", "\xE5", "\xBC"}));
}

}  // namespace
}  // namespace qrgate
