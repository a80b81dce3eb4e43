// The cases of the Autobahn test suite as the waiting room answers them: it takes no data at all, so where
// the suite expects an echo, the connection is closed with 1008 (docs/protocol.md section 4).
#include "tests/server/client_frames.hpp"
#include "tests/server/waiting_room_fixture.hpp"

namespace qrgate::room_test {
namespace {

using namespace client_frames;

class AutobahnRoom : public Room {
protected:
    // What the room says to these octets, sent in pieces, after its code.
    Heard answer(std::string_view octets, std::size_t piece = 1 << 20) {
        browser_.emplace(sit(visitor("a")));
        browser_->hear();
        for (std::size_t at = 0; at < octets.size(); at += piece) {
            browser_->send_octets(octets.substr(at, piece));
            io_.poll();
        }
        EXPECT_TRUE(turn_until([&] { return !browser_->has_nothing_to_hear(); }));
        return browser_->hear();
    }

    std::optional<Browser> browser_;
};

TEST_F(AutobahnRoom, Case_1_1_2_ClosesOnText) {
    EXPECT_EQ(answer(masked(fin | client_frames::text, std::string(125, '*'))).close_code(), 1008u);
}
TEST_F(AutobahnRoom, Case_1_2_8_ClosesOnTooMuchBinary) {
    EXPECT_EQ(answer(masked(fin | binary, std::string(600, '*')), 97).close_code(), 1009u);
}
TEST_F(AutobahnRoom, Case_2_6_AnswersAPingOctetByOctet) {
    Heard heard = answer(masked(fin | ping, std::string(125, '\xfe')), 1);

    EXPECT_EQ(heard.opcode, pong);
    EXPECT_EQ(heard.payload, std::string(125, '\xfe'));
    EXPECT_EQ(room_->connections(), 1u);
}
TEST_F(AutobahnRoom, Case_2_5_FailsOnALongPing) {
    EXPECT_EQ(answer(masked(fin | ping, std::string(126, 'x'))).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_2_10_AnswersTenPingsInOrder) {
    std::string octets;
    for (int i = 0; i < 10; ++i)
        octets += masked(fin | ping, "payload-" + std::to_string(i));

    EXPECT_EQ(answer(octets).payload, "payload-0");
    for (int i = 1; i < 10; ++i)
        EXPECT_EQ(browser_->hear().payload, "payload-" + std::to_string(i));
}
TEST_F(AutobahnRoom, Case_3_6_FailsOnReservedBits) {
    EXPECT_EQ(answer(masked(fin | 0x60 | ping, "x")).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_4_2_5_FailsOnAReservedOpcodeOctetByOctet) {
    EXPECT_EQ(answer(masked(fin | 15, "x"), 1).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_5_1_FailsOnAFragmentedPing) {
    EXPECT_EQ(answer(masked(ping, "fragment1") + masked(fin, "fragment2")).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_5_9_FailsOnAContinuationOfNothing) {
    EXPECT_EQ(answer(masked(fin, "nothing")).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_6_3_1_ClosesOnTextThatIsNoneAsOnAnyData) {
    EXPECT_EQ(answer(masked(fin | client_frames::text, "\xed\xa0\x80")).close_code(), 1008u);
}
TEST_F(AutobahnRoom, Case_7_1_2_HearsNothingAfterItsClose) {
    EXPECT_EQ(answer(masked(fin | close, close_payload(1000)) + masked(fin | close, close_payload(1001)))
                  .close_code(),
              1000u);
    EXPECT_EQ(browser_->hear().opcode, 16u);
}
TEST_F(AutobahnRoom, Case_7_1_3_AnswersNoPingAfterAClose) {
    EXPECT_EQ(answer(masked(fin | close, close_payload(1000)) + masked(fin | ping, "x")).close_code(), 1000u);
    EXPECT_EQ(browser_->hear().opcode, 16u);
}
TEST_F(AutobahnRoom, Case_7_3_1_AnswersAnEmptyClose) {
    EXPECT_EQ(answer(masked(fin | close, "")).close_code(), 1000u);
}
TEST_F(AutobahnRoom, Case_7_3_2_RefusesACloseOfOneOctet) {
    EXPECT_EQ(answer(masked(fin | close, "a")).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_7_3_4_AnswersACloseWithItsCode) {
    EXPECT_EQ(answer(masked(fin | close, close_payload(3999, "Hello World!"))).close_code(), 3999u);
}
TEST_F(AutobahnRoom, Case_7_5_1_RefusesAReasonThatIsNoText) {
    EXPECT_EQ(answer(masked(fin | close, close_payload(1000, "\xed\xa0\x80"))).close_code(), 1007u);
}
TEST_F(AutobahnRoom, Case_7_9_6_RefusesACodeThatMayNotBeSent) {
    EXPECT_EQ(answer(masked(fin | close, close_payload(1016))).close_code(), 1002u);
}
TEST_F(AutobahnRoom, Case_9_1_1_ClosesOnALargeMessageBeforeItCame) {
    EXPECT_EQ(answer(masked(fin | client_frames::text, std::string(65536, '*')).substr(0, 100)).close_code(),
              1009u);
}
TEST_F(AutobahnRoom, Case_10_1_1_ClosesOnTheFirstFragment) {
    EXPECT_EQ(answer(masked(binary, std::string(10, '*'))).close_code(), 1008u);
}

}  // namespace
}  // namespace qrgate::room_test
