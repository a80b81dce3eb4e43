// The cases of the Autobahn test suite (families 1 to 5, 7, 9 and 10; the sixth is in
// ws_frame_autobahn_utf8_test.cpp), asked of the frame codec: each test has its case's number. Where a case
// lets a server answer in several ways, the strict one is expected.
#include <gtest/gtest.h>

#include <string>

#include "tests/server/autobahn.hpp"

namespace qrgate {
namespace {

using namespace autobahn;
using namespace client_frames;

// --- 1: framing

struct Size {
    const char* number;
    std::size_t octets;
    std::size_t piece;
};
class Autobahn_1 : public testing::TestWithParam<Size> {};

TEST_P(Autobahn_1, TakesTextAndBinary) {
    const std::string words(GetParam().octets, '*');
    EXPECT_EQ(hear(masked(fin | text, words), GetParam().piece), Said{"text " + words});
    const std::string octets(GetParam().octets, '\xfe');
    EXPECT_EQ(hear(masked(fin | binary, octets), GetParam().piece), Said{"binary " + octets});
}

// 1.1.N is text, 1.2.N the same in binary.
INSTANTIATE_TEST_SUITE_P(Case, Autobahn_1,
                         testing::Values(Size{"1", 0, 1 << 20}, Size{"2", 125, 1 << 20},
                                         Size{"3", 126, 1 << 20}, Size{"4", 127, 1 << 20},
                                         Size{"5", 128, 1 << 20}, Size{"6", 65535, 1 << 20},
                                         Size{"7", 65536, 1 << 20}, Size{"8", 65536, 997}),
                         [](const auto& size) { return std::string("1_x_") + size.param.number; });

// --- 2: pings and pongs

TEST(Autobahn, Case_2_1_AnswersAnEmptyPing) {
    EXPECT_EQ(hear(masked(fin | ping, "")), Said{"pong "});
}
TEST(Autobahn, Case_2_2_EchoesThePayloadOfAPing) {
    EXPECT_EQ(hear(masked(fin | ping, "Hello, world!")), Said{"pong Hello, world!"});
}
TEST(Autobahn, Case_2_3_EchoesBinaryInAPing) {
    const std::string octets("\x00\xff\xfe\xfd\xfc\xfb\x00\xff", 8);
    EXPECT_EQ(hear(masked(fin | ping, octets)), Said{"pong " + octets});
}
TEST(Autobahn, Case_2_4_TakesAPingOf125Octets) {
    EXPECT_EQ(hear(masked(fin | ping, std::string(125, '\xfe'))), Said{"pong " + std::string(125, '\xfe')});
}
TEST(Autobahn, Case_2_5_FailsOnAPingOf126Octets) {
    EXPECT_EQ(hear(masked(fin | ping, std::string(126, '\xfe'))), Said{"fail 1002"});
}
TEST(Autobahn, Case_2_6_TakesAPingOctetByOctet) {
    EXPECT_EQ(hear(masked(fin | ping, std::string(125, '\xfe')), 1),
              Said{"pong " + std::string(125, '\xfe')});
}
TEST(Autobahn, Case_2_7_IgnoresAnUnsolicitedPong) {
    EXPECT_EQ(hear(masked(fin | pong, "")), Said{});
}
TEST(Autobahn, Case_2_8_IgnoresAnUnsolicitedPongWithPayload) {
    EXPECT_EQ(hear(masked(fin | pong, "unsolicited pong payload")), Said{});
}
TEST(Autobahn, Case_2_9_AnswersThePingAfterAnUnsolicitedPong) {
    EXPECT_EQ(hear(masked(fin | pong, "unsolicited") + masked(fin | ping, "ping")), Said{"pong ping"});
}

Said ten_pongs(std::string& octets) {
    Said pongs;
    for (int i = 0; i < 10; ++i) {
        octets += masked(fin | ping, "payload-" + std::to_string(i));
        pongs.push_back("pong payload-" + std::to_string(i));
    }
    return pongs;
}
TEST(Autobahn, Case_2_10_AnswersTenPingsInOrder) {
    std::string octets;
    Said pongs = ten_pongs(octets);
    EXPECT_EQ(hear(octets), pongs);
}
TEST(Autobahn, Case_2_11_AnswersTenPingsOctetByOctet) {
    std::string octets;
    Said pongs = ten_pongs(octets);
    EXPECT_EQ(hear(octets, 1), pongs);
}

// --- 3: reserved bits

TEST(Autobahn, Case_3_1_FailsOnRsv3) {
    EXPECT_EQ(hear(masked(fin | 0x10 | text, "Hello, world!")), Said{"fail 1002"});
}
TEST(Autobahn, Case_3_2_FailsOnRsv2AfterAGoodMessage) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 0x20 | text, "Hello") + masked(fin | ping, "")),
              (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_3_3_FailsOnRsv2And3FrameByFrame) {
    EXPECT_EQ(
        hear(masked(fin | text, "Hello") + masked(fin | 0x30 | text, "Hello") + masked(fin | ping, ""), 11),
        (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_3_4_FailsOnRsv1OctetByOctet) {
    EXPECT_EQ(
        hear(masked(fin | text, "Hello") + masked(fin | 0x40 | text, "Hello") + masked(fin | ping, ""), 1),
        (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_3_5_FailsOnRsv1And3InBinary) {
    EXPECT_EQ(hear(masked(fin | 0x50 | binary, std::string(8, '\xff'))), Said{"fail 1002"});
}
TEST(Autobahn, Case_3_6_FailsOnRsv1And2InAPing) {
    EXPECT_EQ(hear(masked(fin | 0x60 | ping, "Hello, world!")), Said{"fail 1002"});
}
TEST(Autobahn, Case_3_7_FailsOnAllRsvInAClose) {
    EXPECT_EQ(hear(masked(fin | 0x70 | close, "")), Said{"fail 1002"});
}

// --- 4: opcodes

TEST(Autobahn, Case_4_1_1_FailsOnOpcode3) {
    EXPECT_EQ(hear(masked(fin | 3, "")), Said{"fail 1002"});
}
TEST(Autobahn, Case_4_1_2_FailsOnOpcode4WithPayload) {
    EXPECT_EQ(hear(masked(fin | 4, "reserved opcode payload")), Said{"fail 1002"});
}
TEST(Autobahn, Case_4_1_3_FailsOnOpcode5AfterAMessage) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 5, "") + masked(fin | ping, "")),
              (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_4_1_4_FailsOnOpcode6WithPayloadAfterAMessage) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 6, "reserved") + masked(fin | ping, "")),
              (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_4_1_5_FailsOnOpcode7OctetByOctet) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 7, "reserved") + masked(fin | ping, ""), 1),
              (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_4_2_1_FailsOnOpcode11) {
    EXPECT_EQ(hear(masked(fin | 11, "")), Said{"fail 1002"});
}
TEST(Autobahn, Case_4_2_2_FailsOnOpcode12WithPayload) {
    EXPECT_EQ(hear(masked(fin | 12, "reserved")), Said{"fail 1002"});
}
TEST(Autobahn, Case_4_2_3_FailsOnOpcode13AfterAMessage) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 13, "") + masked(fin | ping, "")),
              (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_4_2_4_FailsOnOpcode14WithPayloadAfterAMessage) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 14, "reserved") + masked(fin | ping, "")),
              (Said{"text Hello", "fail 1002"}));
}
TEST(Autobahn, Case_4_2_5_FailsOnOpcode15OctetByOctet) {
    EXPECT_EQ(hear(masked(fin | text, "Hello") + masked(fin | 15, "reserved") + masked(fin | ping, ""), 1),
              (Said{"text Hello", "fail 1002"}));
}

// --- 5: fragmentation

const std::string two_fragments = masked(text, "fragment1") + masked(fin, "fragment2");
const std::string ping_between =
    masked(text, "fragment1") + masked(fin | ping, "ping payload") + masked(fin, "fragment2");
const Said whole{"text fragment1fragment2"};
const Said pong_and_whole{"pong ping payload", "text fragment1fragment2"};

TEST(Autobahn, Case_5_1_FailsOnAFragmentedPing) {
    EXPECT_EQ(hear(masked(ping, "fragment1") + masked(fin, "fragment2")), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_2_FailsOnAFragmentedPong) {
    EXPECT_EQ(hear(masked(pong, "fragment1") + masked(fin, "fragment2")), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_3_JoinsTwoFragments) {
    EXPECT_EQ(hear(two_fragments), whole);
}
TEST(Autobahn, Case_5_4_JoinsTwoFragmentsFrameByFrame) {
    EXPECT_EQ(hear(two_fragments, two_fragments.size() / 2), whole);
}
TEST(Autobahn, Case_5_5_JoinsTwoFragmentsOctetByOctet) {
    EXPECT_EQ(hear(two_fragments, 1), whole);
}
TEST(Autobahn, Case_5_6_AnswersAPingBetweenFragments) {
    EXPECT_EQ(hear(ping_between), pong_and_whole);
}
TEST(Autobahn, Case_5_7_AnswersAPingBetweenFragmentsInPieces) {
    EXPECT_EQ(hear(ping_between, 15), pong_and_whole);
}
TEST(Autobahn, Case_5_8_AnswersAPingBetweenFragmentsOctetByOctet) {
    EXPECT_EQ(hear(ping_between, 1), pong_and_whole);
}

const std::string nothing_to_continue = masked(fin, "non-continuation payload") + masked(fin | text, "Hello");
const std::string nothing_to_continue_open =
    masked(0, "non-continuation payload") + masked(fin | text, "Hello");

TEST(Autobahn, Case_5_9_FailsOnAContinuationOfNothing) {
    EXPECT_EQ(hear(nothing_to_continue), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_10_FailsOnAContinuationOfNothingInPieces) {
    EXPECT_EQ(hear(nothing_to_continue, 30), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_11_FailsOnAContinuationOfNothingOctetByOctet) {
    EXPECT_EQ(hear(nothing_to_continue, 1), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_12_FailsOnAnOpenContinuationOfNothing) {
    EXPECT_EQ(hear(nothing_to_continue_open), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_13_FailsOnAnOpenContinuationOfNothingInPieces) {
    EXPECT_EQ(hear(nothing_to_continue_open, 30), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_14_FailsOnAnOpenContinuationOfNothingOctetByOctet) {
    EXPECT_EQ(hear(nothing_to_continue_open, 1), Said{"fail 1002"});
}
TEST(Autobahn, Case_5_15_FailsOnAContinuationAfterTheLastFragment) {
    EXPECT_EQ(hear(two_fragments + masked(0, "fragment3") + masked(fin | text, "fragment4")),
              (Said{"text fragment1fragment2", "fail 1002"}));
}
TEST(Autobahn, Case_5_16_FailsOnAnOpenContinuationBeforeText) {
    EXPECT_EQ(hear(masked(0, "fragment1") + masked(text, "fragment2") + masked(fin, "fragment3")),
              Said{"fail 1002"});
}
TEST(Autobahn, Case_5_17_FailsOnAContinuationBeforeText) {
    EXPECT_EQ(hear(masked(fin, "fragment1") + masked(text, "fragment2") + masked(fin, "fragment3")),
              Said{"fail 1002"});
}
TEST(Autobahn, Case_5_18_FailsOnANewMessageInsideAnother) {
    EXPECT_EQ(hear(masked(text, "fragment1") + masked(fin | text, "fragment2")), Said{"fail 1002"});
}

const std::string five_with_pings = masked(text, "1") + masked(0, "2") + masked(fin | ping, "a") +
                                    masked(0, "3") + masked(0, "4") + masked(fin | ping, "b") +
                                    masked(fin, "5");
TEST(Autobahn, Case_5_19_JoinsFiveFragmentsWithPingsBetween) {
    EXPECT_EQ(hear(five_with_pings), (Said{"pong a", "pong b", "text 12345"}));
}
TEST(Autobahn, Case_5_20_JoinsFiveFragmentsWithPingsBetweenInPieces) {
    EXPECT_EQ(hear(five_with_pings, 7), (Said{"pong a", "pong b", "text 12345"}));
}

// --- 7: closing

TEST(Autobahn, Case_7_1_1_ClosesAfterAMessage) {
    EXPECT_EQ(hear(masked(fin | text, "Hello World!") + masked(fin | close, close_payload(1000))),
              (Said{"text Hello World!", "close 1000"}));
}
TEST(Autobahn, Case_7_1_6_ClosesAfterALargeMessage) {
    const std::string large(std::size_t{256} * 1024, '*');
    EXPECT_EQ(hear(masked(fin | text, large) + masked(fin | close, close_payload(1000)), 4096),
              (Said{"text " + large, "close 1000"}));
}
TEST(Autobahn, Case_7_3_1_TakesAnEmptyClose) {
    EXPECT_EQ(hear(masked(fin | close, "")), Said{"close 1005"});
}
TEST(Autobahn, Case_7_3_2_RefusesACloseOfOneOctet) {
    EXPECT_EQ(hear(masked(fin | close, "a")), Said{"close 1002"});
}
TEST(Autobahn, Case_7_3_3_TakesACloseWithACode) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(1000))), Said{"close 1000"});
}
TEST(Autobahn, Case_7_3_4_TakesACloseWithCodeAndReason) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(1000, "Hello World!"))), Said{"close 1000"});
}
TEST(Autobahn, Case_7_3_5_TakesTheLongestReason) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(1000, std::string(123, '*')))), Said{"close 1000"});
}
TEST(Autobahn, Case_7_3_6_FailsOnAReasonThatIsTooLong) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(1000, std::string(124, '*')))), Said{"fail 1002"});
}
TEST(Autobahn, Case_7_5_1_RefusesAReasonThatIsNoText) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(1000, "\xed\xa0\x80"))), Said{"close 1007"});
}

class Autobahn_7_7 : public testing::TestWithParam<unsigned> {};
TEST_P(Autobahn_7_7, TakesACodeThatMayBeSent) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(GetParam()))),
              Said{"close " + std::to_string(GetParam())});
}
INSTANTIATE_TEST_SUITE_P(Case, Autobahn_7_7,
                         testing::Values(1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u,
                                         1013u, 1014u, 3000u, 3999u, 4000u, 4999u),
                         testing::PrintToStringParamName());

class Autobahn_7_9 : public testing::TestWithParam<unsigned> {};
TEST_P(Autobahn_7_9, RefusesACodeThatMayNotBeSent) {
    EXPECT_EQ(hear(masked(fin | close, close_payload(GetParam()))), Said{"close 1002"});
}
// 7.9.N, and 7.13.1 and 2 with the last two.
INSTANTIATE_TEST_SUITE_P(Case, Autobahn_7_9,
                         testing::Values(0u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u,
                                         5000u, 65535u),
                         testing::PrintToStringParamName());

// --- 9: limits

class Autobahn_9 : public testing::TestWithParam<Size> {};
TEST_P(Autobahn_9, TakesLargeMessagesWholeAndInFragments) {
    const std::string words(GetParam().octets, '*');
    EXPECT_EQ(hear(masked(fin | text, words), std::size_t{64} * 1024), Said{"text " + words});
    EXPECT_EQ(hear(masked(fin | binary, words), std::size_t{64} * 1024), Said{"binary " + words});
    EXPECT_EQ(hear(fragmented(text, words, GetParam().piece)), Said{"text " + words});
}
// 9.1.N text and 9.2.N binary in one frame, 9.3.N and 9.4.N in fragments.
INSTANTIATE_TEST_SUITE_P(Case, Autobahn_9,
                         testing::Values(Size{"1", 64 << 10, 64}, Size{"2", 256 << 10, 256},
                                         Size{"3", 1 << 20, 1 << 10}, Size{"4", 4 << 20, 4 << 10}),
                         [](const auto& size) { return std::string("9_x_") + size.param.number; });

TEST(Autobahn, Case_9_5_1_TakesAMessageInChopsOf64Octets) {
    const std::string words(1 << 20, '*');
    EXPECT_EQ(hear(masked(fin | text, words), 64), Said{"text " + words});
}
TEST(Autobahn, Case_9_7_1_TakesAThousandMessages) {
    std::string octets;
    for (int i = 0; i < 1000; ++i)
        octets += masked(fin | text, "");
    EXPECT_EQ(hear(octets).size(), 1000u);
}
TEST(Autobahn, Case_9_8_1_TakesAThousandPings) {
    std::string octets;
    for (int i = 0; i < 1000; ++i)
        octets += masked(fin | ping, "x");
    EXPECT_EQ(hear(octets, 13).size(), 1000u);
}

// --- 10: fragments made on the way

TEST(Autobahn, Case_10_1_1_JoinsAMessageCutInFragmentsOf1300Octets) {
    const std::string words(65536, '*');
    EXPECT_EQ(hear(fragmented(text, words, 1300)), Said{"text " + words});
}

}  // namespace
}  // namespace qrgate
