#include "server/command_line.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace qrgate {
namespace {

CommandLine parsed(std::vector<const char*> words) {
    words.insert(words.begin(), "qrgate");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

using Words = std::vector<std::string>;

TEST(CommandLine, TakesAnIdThatBeginsWithADashForAWord) {
    EXPECT_EQ(parsed({"session", "end", "-myvg0USwQyqDFLvoFYbVQ"}).words,
              (Words{"session", "end", "-myvg0USwQyqDFLvoFYbVQ"}));
    EXPECT_EQ(parsed({"person", "show", "--yvg0USwQyqDFLvoFYbVQ", "--data", "here"}).words,
              (Words{"person", "show", "--yvg0USwQyqDFLvoFYbVQ"}));
    EXPECT_EQ(
        parsed({"--data", "here", "desk", "approve", "---------------------A", "--operator", "Li"}).words,
        (Words{"desk", "approve", "---------------------A"}));
}

TEST(CommandLine, TakesOptionsBeforeBetweenAndAfterTheWords) {
    CommandLine line = parsed({"--data", "here", "desk", "raise", "--level", "2", "X",
                               "--evidence=a-document-was-here", "--operator", "Li"});
    EXPECT_EQ(line.words, (Words{"desk", "raise", "X"}));
    EXPECT_EQ(line.overrides.at("data.folder"), "here");
    EXPECT_EQ(line.level, "2");
    EXPECT_EQ(line.evidence, "a-document-was-here");
    EXPECT_EQ(line.by, "Li");
}

TEST(CommandLine, RefusesAnOptionThatItDoesNotKnow) {
    EXPECT_THROW(parsed({"session", "end", "-x"}), std::runtime_error);
    EXPECT_THROW(parsed({"session", "end", "--nothing"}), std::runtime_error);
    EXPECT_THROW(parsed({"session", "end", "-myvg0USwQyqDFLvoFYbV"}), std::runtime_error) << "21 characters";
    EXPECT_THROW(parsed({"session", "end", "-myvg0USwQyqDFLvoFYb.Q"}), std::runtime_error);
}

TEST(CommandLine, TakesEverythingAfterTwoDashesForWords) {
    EXPECT_EQ(parsed({"person", "level", "X", "2", "--", "--seen"}).words,
              (Words{"person", "level", "X", "2", "--seen"}));
}

TEST(CommandLine, SetsOneSettingPerAssignment) {
    CommandLine line = parsed({"serve", "--set", "login.captcha=off", "--set", "sms.text=a=b"});
    EXPECT_EQ(line.overrides.at("login.captcha"), "off");
    EXPECT_EQ(line.overrides.at("sms.text"), "a=b");
    EXPECT_THROW(parsed({"serve", "--set", "nothing"}), std::runtime_error);
    EXPECT_THROW(parsed({"serve", "--set", "=value"}), std::runtime_error);
}

TEST(CommandLine, GivesTheAdminPortTheNeighbourOfThePort) {
    EXPECT_EQ(parsed({"serve", "--port", "8080"}).overrides.at("admin.port"), "8081");
    EXPECT_EQ(parsed({"serve", "--port", "65535"}).overrides.at("admin.port"), "65534");
    EXPECT_EQ(parsed({"serve", "--set", "admin.port=9000", "--port", "8080"}).overrides.at("admin.port"),
              "9000");
}

}  // namespace
}  // namespace qrgate
