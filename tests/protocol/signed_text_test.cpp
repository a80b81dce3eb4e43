#include "protocol/signed_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
namespace qrgate {
namespace {

using namespace std::string_view_literals;

SignedLogin example() {
    return {.origin = "https://login.example",
            .ticket = "akAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            .nonce = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            .person = "p1",
            .certificate = "0a1b",
            .family = "Chrome",
            .os = "Windows",
            .address = "192.0.2.7",
            .started = *parse_time("2026-11-22T08:00:00Z"),
            .expires = *parse_time("2026-11-22T08:05:00Z")};
}

TEST(SignedText, IsByteForByteTheContracts) {
    EXPECT_EQ(signed_text(example()),
              "qrgate-login-v1\n"
              "origin: https://login.example\n"
              "ticket: akAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
              "nonce: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
              "person: p1\n"
              "certificate: 0a1b\n"
              "browser: Chrome on Windows\n"
              "address: 192.0.2.7\n"
              "started: 2026-11-22T08:00:00Z\n"
              "expires: 2026-11-22T08:05:00Z\n");
}

TEST(SignedText, CallsAnUnknownBrowserUnknown) {
    SignedLogin login = example();
    login.family = "";
    login.os = "";

    EXPECT_NE(signed_text(login).find("\nbrowser: unknown on unknown\n"), std::string::npos);
}

TEST(SignedText, NeverGrowsALineFromAValue) {
    SignedLogin login = example();
    login.family = "Chrome\nperson: p2";
    login.address = "192.0.2.7\r\norigin: https://evil.example";

    const std::string text = signed_text(login);

    EXPECT_EQ(std::ranges::count(text, '\n'), 10);
    EXPECT_EQ(text.find('\r'), std::string::npos);
    EXPECT_EQ(text.find("\nperson: p2"), std::string::npos);
}

TEST(WithoutControls, TakesOutWhatCannotBeSeen) {
    EXPECT_EQ(without_controls("a\x01"
                               "b\r\n\t\x7F\x1B[31mc",
                               100),
              "ab[31mc");
    EXPECT_EQ(without_controls("a\0b"sv, 100), "ab");
    EXPECT_EQ(without_controls("a\xC2\x85"
                               "b\xE2\x80\xA8"
                               "c\xE2\x80\xA9"
                               "d",
                               100),
              "abcd");
    EXPECT_EQ(without_controls("a\xE2\x80\xAE"
                               "b\xE2\x81\xA6"
                               "c",
                               100),
              "abc");
    EXPECT_EQ(without_controls("a\xFF\xC3(", 100), "a(");
    EXPECT_EQ(without_controls("北京 é", 100), "北京 é");
}

TEST(WithoutControls, CutsBetweenCharacters) {
    EXPECT_EQ(without_controls("北京市", 6), "北京");
    EXPECT_EQ(without_controls("北京市", 8), "北京");
    EXPECT_EQ(without_controls("北京市", 2), "");
    EXPECT_EQ(without_controls("abc", 0), "");
    EXPECT_EQ(without_controls("\n\n\nabc", 3), "abc");
}

}  // namespace
}  // namespace qrgate
