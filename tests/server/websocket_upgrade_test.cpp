#include "server/websocket_upgrade.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

Request good() {
    Request request;
    request.path = "/ws/qr";
    request.headers = {{"host", "a"},
                       {"upgrade", "WebSocket"},
                       {"connection", "keep-alive, Upgrade"},
                       {"sec-websocket-version", "13"},
                       {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"sec-websocket-extensions", "permessage-deflate"},
                       {"sec-websocket-protocol", "other, qrgate.v1"}};
    return request;
}

Request with(std::string name, std::string value) {
    Request request = good();
    for (auto& header : request.headers)
        if (header.first == name) header.second = value;
    return request;
}

Request without(std::string_view name) {
    Request request = good();
    std::erase_if(request.headers, [name](const auto& header) { return header.first == name; });
    return request;
}

TEST(WebSocketUpgrade, AnswersTheKeyOfTheRfc) {
    auto answer = websocket_upgrade(good());

    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 101);
    EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketUpgrade, ChoosesOurSubprotocolAndNoExtension) {
    auto answer = websocket_upgrade(good());

    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->has("Sec-WebSocket-Extensions"));
    EXPECT_TRUE(answer->has("Sec-WebSocket-Protocol"));
}

TEST(WebSocketUpgrade, RefusesWhatIsNotOne) {
    EXPECT_FALSE(websocket_upgrade(without("upgrade")));
    EXPECT_FALSE(websocket_upgrade(without("connection")));
    EXPECT_FALSE(websocket_upgrade(without("sec-websocket-version")));
    EXPECT_FALSE(websocket_upgrade(without("sec-websocket-key")));
    EXPECT_FALSE(websocket_upgrade(without("sec-websocket-protocol")));
    EXPECT_FALSE(websocket_upgrade(with("upgrade", "h2c")));
    EXPECT_FALSE(websocket_upgrade(with("connection", "keep-alive")));
    EXPECT_FALSE(websocket_upgrade(with("sec-websocket-version", "8")));
    EXPECT_FALSE(websocket_upgrade(with("sec-websocket-protocol", "qrgate.v2")));
    EXPECT_FALSE(websocket_upgrade(with("sec-websocket-protocol", "QRGATE.V1")));
}

TEST(WebSocketUpgrade, RefusesKeysThatAreNot16Octets) {
    for (const char* key :
         {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
          "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25jZXg="})
        EXPECT_FALSE(websocket_upgrade(with("sec-websocket-key", key))) << key;
}

TEST(WebSocketUpgrade, RefusesTwoKeys) {
    Request request = good();
    request.headers.emplace_back("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");

    EXPECT_FALSE(websocket_upgrade(request));
}

TEST(WebSocketUpgrade, RefusesOtherMethodsAndHttp10) {
    Request post = good();
    post.method = Method::post;
    Request old = good();
    old.http_1_1 = false;

    EXPECT_FALSE(websocket_upgrade(post));
    EXPECT_FALSE(websocket_upgrade(old));
}

}  // namespace
}  // namespace qrgate
