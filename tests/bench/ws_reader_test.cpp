#include "bench/ws_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace qrgate::bench {
namespace {

using Kind = WsMessage::Kind;

std::string server_frame(unsigned first, std::string_view payload) {
    std::string frame(1, static_cast<char>(first));
    if (payload.size() < 126) {
        frame += static_cast<char>(payload.size());
    } else {
        frame += static_cast<char>(126);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xFF);
    }
    return frame + std::string(payload);
}

std::vector<WsMessage> read_all(WsReader& reader) {
    std::vector<WsMessage> messages;
    while (auto message = reader.next())
        messages.push_back(*message);
    return messages;
}

TEST(WsReader, ReadsFramesOctetByOctet) {
    const std::string octets = server_frame(0x81, "one") + server_frame(0x89, "p") +
                               server_frame(0x81, std::string(300, 'x')) + server_frame(0x88, "\x0F\xA0over");
    WsReader reader;

    std::vector<WsMessage> messages;
    for (char octet : octets) {
        reader.put({&octet, 1});
        for (auto& message : read_all(reader))
            messages.push_back(message);
    }

    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[0].payload, "one");
    EXPECT_EQ(messages[1].kind, Kind::ping);
    EXPECT_EQ(messages[2].payload, std::string(300, 'x'));
    EXPECT_EQ(messages[3].kind, Kind::close);
    EXPECT_EQ(messages[3].close_code(), 4000);
    EXPECT_FALSE(reader.broken());
}

TEST(WsReader, JoinsFragmentsAroundAControlFrame) {
    WsReader reader;
    reader.put(server_frame(0x01, "a") + server_frame(0x8A, "") + server_frame(0x00, "b") +
               server_frame(0x80, "c"));

    auto messages = read_all(reader);

    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].kind, Kind::pong);
    EXPECT_EQ(messages[1].kind, Kind::text);
    EXPECT_EQ(messages[1].payload, "abc");
}

TEST(WsReader, RefusesWhatAServerMayNotSend) {
    const std::string masked{static_cast<char>(0x81), static_cast<char>(0x81), 1, 2, 3, 4, 5};
    const std::string not_shortest{static_cast<char>(0x81), 126, 0, 5};
    for (const std::string& octets :
         {masked, not_shortest, server_frame(0xC1, "x"), server_frame(0x80, "goes on with nothing"),
          server_frame(0x09, "fragmented ping"), server_frame(0x89, std::string(126, 'x')),
          server_frame(0x83, "x"), server_frame(0x8B, "x"), server_frame(0x88, "1"),
          server_frame(0x01, "a") + server_frame(0x81, "b"),
          std::string{static_cast<char>(0x81), 127, 1, 0, 0, 0, 0, 0, 0, 0}}) {
        WsReader reader;
        reader.put(octets);
        EXPECT_TRUE(read_all(reader).empty());
        EXPECT_TRUE(reader.broken());
    }
}

TEST(WsReader, ACloseWithoutACodeIs1005) {
    WsReader reader;
    reader.put(server_frame(0x88, ""));

    EXPECT_EQ(reader.next()->close_code(), 1005);
}

TEST(ClientFrame, IsMaskedAsTheRfcsExampleIs) {
    // RFC 6455 section 5.7: "Hello", mask 37 fa 21 3d.
    EXPECT_EQ(client_frame(Kind::text, "Hello", 0x3d21fa37),
              std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
    EXPECT_EQ(client_frame(Kind::text, std::string(200, ' '), 0).substr(0, 4),
              std::string("\x81\xfe\x00\xc8", 4));
}

}  // namespace
}  // namespace qrgate::bench
