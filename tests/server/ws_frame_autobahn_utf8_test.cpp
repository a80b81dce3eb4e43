// The sixth family of the Autobahn test suite, UTF-8, asked of the frame codec: each test has its case's
// number.
#include <gtest/gtest.h>

#include <string>

#include "tests/server/autobahn.hpp"

namespace qrgate {
namespace {

using namespace autobahn;
using namespace client_frames;

// --- 6: UTF-8

// The word κόσμε, then things that are no text.
const std::string kosme = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

TEST(Autobahn, Case_6_1_1_TakesEmptyText) {
    EXPECT_EQ(hear(masked(fin | text, "")), Said{"text "});
}
TEST(Autobahn, Case_6_1_2_TakesThreeEmptyFragments) {
    EXPECT_EQ(hear(masked(text, "") + masked(0, "") + masked(fin, "")), Said{"text "});
}
TEST(Autobahn, Case_6_1_3_TakesAFullFragmentBetweenEmptyOnes) {
    EXPECT_EQ(hear(masked(text, "") + masked(0, "middle") + masked(fin, "")), Said{"text middle"});
}
TEST(Autobahn, Case_6_2_1_TakesText) {
    EXPECT_EQ(hear(masked(fin | text, "Hello-\xc2\xb5@\xc3\x9f")), Said{"text Hello-\xc2\xb5@\xc3\x9f"});
}
TEST(Autobahn, Case_6_2_2_TakesTextCutBetweenCharacters) {
    EXPECT_EQ(hear(masked(text, "Hello-\xc2\xb5") + masked(fin, "@\xc3\x9f")),
              Said{"text Hello-\xc2\xb5@\xc3\x9f"});
}
TEST(Autobahn, Case_6_2_3_TakesTextInFragmentsOfOneOctet) {
    EXPECT_EQ(hear(fragmented(text, "Hello-\xc2\xb5@\xc3\x9f", 1)), Said{"text Hello-\xc2\xb5@\xc3\x9f"});
}
TEST(Autobahn, Case_6_2_4_TakesCharactersCutAnywhere) {
    EXPECT_EQ(hear(fragmented(text, kosme, 1)), Said{"text " + kosme});
}
TEST(Autobahn, Case_6_3_1_FailsOnASurrogateInText) {
    EXPECT_EQ(hear(masked(fin | text, kosme + "\xed\xa0\x80"
                                              "edited")),
              Said{"fail 1007"});
}
TEST(Autobahn, Case_6_3_2_FailsOnASurrogateInFragmentsOfOneOctet) {
    EXPECT_EQ(hear(fragmented(text,
                              kosme + "\xed\xa0\x80"
                                      "edited",
                              1)),
              Said{"fail 1007"});
}
TEST(Autobahn, Case_6_4_1_FailsAtTheFragmentThatIsNoText) {
    EXPECT_EQ(hear(masked(text, kosme) + masked(0, "\xf4\x90\x80\x80")), Said{"fail 1007"});
}
TEST(Autobahn, Case_6_4_2_FailsAtTheFirstOctetThatCannotFollow) {
    EXPECT_EQ(hear(masked(text, kosme + "\xf4") + masked(0, "\x90")), Said{"fail 1007"});
}
TEST(Autobahn, Case_6_4_3_FailsInsideAFrameThatHasNotEnded) {
    const std::string frame = masked(fin | text, kosme +
                                                     "\xf4\x90\x80\x80"
                                                     "edited");
    EXPECT_EQ(hear(std::string_view(frame).substr(0, 6 + kosme.size() + 4)), Said{"fail 1007"});
}
TEST(Autobahn, Case_6_4_4_FailsInsideAFrameAtTheOctet) {
    const std::string frame = masked(fin | text, kosme +
                                                     "\xf4\x90\x80\x80"
                                                     "edited");
    EXPECT_EQ(hear(std::string_view(frame).substr(0, 6 + kosme.size() + 2), 1), Said{"fail 1007"});
    EXPECT_EQ(hear(std::string_view(frame).substr(0, 6 + kosme.size() + 1), 1), Said{});
}

struct Octets {
    const char* number;
    std::string octets;
    bool is_text;
};
class Autobahn_6 : public testing::TestWithParam<Octets> {};

TEST_P(Autobahn_6, IsTextOrFails) {
    const auto& [number, octets, is_text] = GetParam();
    const Said expected{is_text ? "text " + octets : "fail 1007"};
    EXPECT_EQ(hear(masked(fin | text, octets)), expected);
    EXPECT_EQ(hear(masked(fin | text, octets), 1), expected);
    EXPECT_EQ(hear(fragmented(text, octets, 1)), expected);
}

const std::string nul(1, '\0');
INSTANTIATE_TEST_SUITE_P(
    Case, Autobahn_6,
    testing::Values(
        Octets{"6_5_1", "\xce\xba", true}, Octets{"6_5_5", kosme, true}, Octets{"6_6_1", "\xce", false},
        Octets{"6_6_2", "\xce\xba\xe1", false}, Octets{"6_6_3", "\xce\xba\xe1\xbd", false},
        Octets{"6_6_5", "\xce\xba\xe1\xbd\xb9", true}, Octets{"6_6_6", "\xce\xba\xe1\xbd\xb9\xcf", false},
        Octets{"6_6_11", kosme, true}, Octets{"6_7_1", nul, true}, Octets{"6_7_2", "\xc2\x80", true},
        Octets{"6_7_3", "\xe0\xa0\x80", true}, Octets{"6_7_4", "\xf0\x90\x80\x80", true},
        Octets{"6_8_1", "\xf8\x88\x80\x80\x80", false}, Octets{"6_8_2", "\xfc\x84\x80\x80\x80\x80", false},
        Octets{"6_9_1", "\x7f", true}, Octets{"6_9_2", "\xdf\xbf", true},
        Octets{"6_9_3", "\xef\xbf\xbf", true}, Octets{"6_9_4", "\xf4\x8f\xbf\xbf", true},
        Octets{"6_10_1", "\xf7\xbf\xbf\xbf", false}, Octets{"6_10_2", "\xfb\xbf\xbf\xbf\xbf", false},
        Octets{"6_10_3", "\xfd\xbf\xbf\xbf\xbf\xbf", false}, Octets{"6_11_1", "\xed\x9f\xbf", true},
        Octets{"6_11_2", "\xee\x80\x80", true}, Octets{"6_11_3", "\xef\xbf\xbd", true},
        Octets{"6_11_4", "\xf4\x8f\xbf\xbf", true}, Octets{"6_11_5", "\xf4\x90\x80\x80", false},
        Octets{"6_12_1", "\x80", false}, Octets{"6_12_2", "\xbf", false},
        Octets{"6_12_8", std::string(64, '\x80'), false}, Octets{"6_13_1", "\xc0 \xc1 \xc2 ", false},
        Octets{"6_13_2", "\xe0 \xe1 \xe2 ", false}, Octets{"6_13_3", "\xf0 \xf1 \xf2 ", false},
        Octets{"6_13_4", "\xf8 \xf9 ", false}, Octets{"6_13_5", "\xfc \xfd ", false},
        Octets{"6_14_1", "\xc0", false}, Octets{"6_14_2", "\xe0\x80", false},
        Octets{"6_14_3", "\xf0\x80\x80", false}, Octets{"6_14_6", "\xdf", false},
        Octets{"6_14_7", "\xef\xbf", false}, Octets{"6_14_8", "\xf7\xbf\xbf", false},
        Octets{"6_15_1", "\xc0\xe0\x80\xf0\x80\x80", false}, Octets{"6_16_1", "\xfe", false},
        Octets{"6_16_2", "\xff", false}, Octets{"6_16_3", "\xfe\xfe\xff\xff", false},
        Octets{"6_17_1", "\xc0\xaf", false}, Octets{"6_17_2", "\xe0\x80\xaf", false},
        Octets{"6_17_3", "\xf0\x80\x80\xaf", false}, Octets{"6_17_4", "\xf8\x80\x80\x80\xaf", false},
        Octets{"6_18_1", "\xc1\xbf", false}, Octets{"6_18_2", "\xe0\x9f\xbf", false},
        Octets{"6_18_3", "\xf0\x8f\xbf\xbf", false}, Octets{"6_19_1", "\xc0\x80", false},
        Octets{"6_19_2", "\xe0\x80\x80", false}, Octets{"6_19_3", "\xf0\x80\x80\x80", false},
        Octets{"6_20_1", "\xed\xa0\x80", false}, Octets{"6_20_2", "\xed\xad\xbf", false},
        Octets{"6_20_3", "\xed\xae\x80", false}, Octets{"6_20_5", "\xed\xb0\x80", false},
        Octets{"6_20_7", "\xed\xbf\xbf", false}, Octets{"6_21_1", "\xed\xa0\x80\xed\xb0\x80", false},
        Octets{"6_21_8", "\xed\xaf\xbf\xed\xbf\xbf", false}, Octets{"6_22_1", "\xef\xbf\xbe", true},
        Octets{"6_22_2", "\xef\xbf\xbf", true}, Octets{"6_22_3", "\xf0\x9f\xbf\xbe", true},
        Octets{"6_22_34", "\xf4\x8f\xbf\xbf", true}, Octets{"6_23_1", "\xef\xbf\xbd", true},
        Octets{"6_23_7", "\xef\xbf\xb9", true}),
    [](const auto& octets) { return std::string(octets.param.number); });

}  // namespace
}  // namespace qrgate
