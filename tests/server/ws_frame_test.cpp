#include "server/ws_frame.hpp"
#include "tests/case_name.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace qrgate {
namespace {

using Outcome = FrameDecoder::Outcome;

// A masked client frame; `length` is how the length is spelled: 7, 16 or 64 bits.
std::string client_frame(unsigned first, std::string_view payload, int length = 0) {
    std::string out(1, static_cast<char>(first));
    if (length == 0) length = payload.size() < 126 ? 7 : payload.size() < 65536 ? 16 : 64;
    if (length == 7) {
        out += static_cast<char>(0x80u | payload.size());
    } else {
        out += static_cast<char>(0x80u | (length == 16 ? 126u : 127u));
        for (int shift = length - 8; shift >= 0; shift -= 8)
            out += static_cast<char>(payload.size() >> shift & 0xffu);
    }
    const char mask[] = {0x11, 0x22, 0x33, 0x44};
    out.append(mask, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
        out += static_cast<char>(payload[i] ^ mask[i % 4]);
    return out;
}

FrameDecoder::Step take(const std::string& octets) {
    FrameDecoder decoder;
    std::string_view input = octets;
    return decoder.take(input);
}

TEST(FrameDecoder, ReadsAMaskedFrame) {
    auto step = take(client_frame(0x81, "hello"));

    ASSERT_EQ(step.outcome, Outcome::frame);
    EXPECT_EQ(step.frame.opcode, Opcode::text);
    EXPECT_TRUE(step.frame.final);
    EXPECT_EQ(step.frame.payload, "hello");
}

TEST(FrameDecoder, ReadsFramesOctetByOctet) {
    std::string octets =
        client_frame(0x89, "ping") + client_frame(0x82, std::string(300, 'x')) + client_frame(0x88, "");
    FrameDecoder decoder;
    std::vector<ClientFrame> frames;
    for (char c : octets) {
        std::string_view one(&c, 1);
        auto step = decoder.take(one);
        EXPECT_NE(step.outcome, Outcome::broken);
        if (step.outcome == Outcome::frame) frames.push_back(step.frame);
    }

    ASSERT_EQ(frames.size(), 3u);
    EXPECT_EQ(frames[0].payload, "ping");
    EXPECT_EQ(frames[1].payload, std::string(300, 'x'));
    EXPECT_EQ(frames[2].opcode, Opcode::close);
}

TEST(FrameDecoder, LeavesTheNextFrameInTheInput) {
    std::string octets = client_frame(0x8a, "") + client_frame(0x81, "b");
    std::string_view input = octets;
    FrameDecoder decoder;

    EXPECT_EQ(decoder.take(input).frame.opcode, Opcode::pong);
    EXPECT_EQ(decoder.take(input).frame.payload, "b");
    EXPECT_TRUE(input.empty());
    EXPECT_EQ(decoder.take(input).outcome, Outcome::needs_more);
}

TEST(FrameDecoder, AllowsControlFramesBetweenFragments) {
    std::string octets = client_frame(0x01, "a") + client_frame(0x89, "p") + client_frame(0x80, "b");
    std::string_view input = octets;
    FrameDecoder decoder;

    EXPECT_FALSE(decoder.take(input).frame.final);
    EXPECT_EQ(decoder.take(input).frame.opcode, Opcode::ping);
    EXPECT_EQ(decoder.take(input).frame.payload, "b");
}

struct Bad {
    const char* why;
    std::string octets;
    std::uint16_t code;
};
class BadFrame : public testing::TestWithParam<Bad> {};

TEST_P(BadFrame, IsRefused) {
    auto step = take(GetParam().octets);

    EXPECT_EQ(step.outcome, Outcome::broken) << GetParam().why;
    EXPECT_EQ(step.close_code, GetParam().code) << GetParam().why;
}

INSTANTIATE_TEST_SUITE_P(
    Frames, BadFrame,
    testing::Values(Bad{"unmasked", std::string("\x81\x01x", 3) + std::string(8, 'x'), 1002},
                    Bad{"RSV1", client_frame(0xc1, "x"), 1002}, Bad{"RSV3", client_frame(0x91, "x"), 1002},
                    Bad{"opcode 3", client_frame(0x83, "x"), 1002},
                    Bad{"opcode 11", client_frame(0x8b, "x"), 1002},
                    Bad{"long ping", client_frame(0x89, std::string(126, 'x')), 1002},
                    Bad{"split ping", client_frame(0x09, "x"), 1002},
                    Bad{"16 bits for 5", client_frame(0x81, "hello", 16), 1002},
                    Bad{"64 bits for 5", client_frame(0x81, "hello", 64), 1002},
                    Bad{"64 bits for 300", client_frame(0x81, std::string(300, 'x'), 64), 1002},
                    Bad{"continuation of nothing", client_frame(0x80, "x"), 1002},
                    Bad{"513 octets", client_frame(0x82, std::string(513, 'x')), 1009},
                    Bad{"70000 octets", client_frame(0x82, std::string(70000, 'x')), 1009},
                    Bad{"highest bit of 64", std::string("\x82\xff\x80\0\0\0\0\0\0\0mask", 14), 1002}),
    [](const auto& what) { return test::case_name(what.index, what.param.why); });

TEST(FrameDecoder, RefusesANewMessageInsideAnother) {
    std::string octets = client_frame(0x01, "a") + client_frame(0x81, "b");
    std::string_view input = octets;
    FrameDecoder decoder;
    decoder.take(input);

    EXPECT_EQ(decoder.take(input).close_code, 1002);
}

TEST(FrameDecoder, CountsTheWholeMessage) {
    std::string octets =
        client_frame(0x02, std::string(300, 'x')) + client_frame(0x80, std::string(213, 'x'));
    std::string_view input = octets;
    FrameDecoder decoder;
    EXPECT_EQ(decoder.take(input).outcome, Outcome::frame);

    EXPECT_EQ(decoder.take(input).close_code, 1009);
}

TEST(FrameDecoder, TakesTheWholeLimit) {
    EXPECT_EQ(take(client_frame(0x82, std::string(512, 'x'))).frame.payload.size(), 512u);
}

TEST(FrameDecoder, StaysBroken) {
    std::string octets = client_frame(0x83, "x") + client_frame(0x81, "good");
    std::string_view input = octets;
    FrameDecoder decoder;
    decoder.take(input);

    EXPECT_EQ(decoder.take(input).outcome, Outcome::broken);
}

TEST(FrameDecoder, IsSmallWhileIdle) {
    EXPECT_LE(sizeof(FrameDecoder), 64u);
}

TEST(ServerFrame, IsUnmaskedAndShort) {
    EXPECT_EQ(server_frame(Opcode::text, "hi"), "\x81\x02hi");
    EXPECT_EQ(server_frame(Opcode::ping, ""), std::string("\x89\0", 2));
    EXPECT_EQ(close_frame(4001), std::string("\x88\x02\x0f\xa1"));
}

TEST(ServerFrame, SpellsLongerLengths) {
    EXPECT_EQ(server_frame(Opcode::text, std::string(125, 'x')).size(), 127u);
    EXPECT_EQ(server_frame(Opcode::text, std::string(126, 'x')).substr(0, 4),
              std::string("\x81\x7e\0\x7e", 4));
    EXPECT_EQ(server_frame(Opcode::binary, std::string(65536, 'x')).substr(0, 10),
              std::string("\x82\x7f\0\0\0\0\0\1\0\0", 10));
}

TEST(CloseCode, IsReadAndChecked) {
    EXPECT_EQ(close_code_of(""), 1005);
    EXPECT_EQ(close_code_of("\x03"), 1002);
    EXPECT_EQ(close_code_of("\x03\xe8"), 1000);
    EXPECT_EQ(close_code_of("\x03\xed"), 1002);  // 1005 is never sent
    EXPECT_EQ(close_code_of("\x0f\xa0"), 4000);
    EXPECT_EQ(close_code_of(std::string("\x03\xe8\xff", 3)), 1007);
}

}  // namespace
}  // namespace qrgate
