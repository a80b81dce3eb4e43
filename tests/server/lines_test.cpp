// What a connection gets from the kernel when it becomes a waiting browser's line.
#include "server/lines.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qrgate {
namespace {

// Both ends of a TCP connection over 127.0.0.1; the line's end belongs to whom it is given.
struct TcpPair {
    TcpPair() {
        const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in at{
            .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        socklen_t size = sizeof at;
        auto* address = reinterpret_cast<sockaddr*>(&at);
        EXPECT_EQ(::bind(listener, address, size), 0);
        EXPECT_EQ(::listen(listener, 1), 0);
        EXPECT_EQ(::getsockname(listener, address, &size), 0);
        browser = ::socket(AF_INET, SOCK_STREAM, 0);
        EXPECT_EQ(::connect(browser, address, size), 0);
        line = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        ::close(listener);
    }
    ~TcpPair() { ::close(browser); }
    TcpPair(const TcpPair&) = delete;
    TcpPair& operator=(const TcpPair&) = delete;

    int browser = -1;
    int line = -1;
};

TEST(Lines, GiveUpOnABrowserThatAcknowledgesNothing) {
    TcpPair pair;
    Lines lines;

    ASSERT_TRUE(lines.add({.descriptor = pair.line}, {.descriptor = pair.line, .seat = 0}));

    unsigned milliseconds = 0;
    socklen_t size = sizeof milliseconds;
    ASSERT_EQ(::getsockopt(pair.line, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, &size), 0);
    EXPECT_EQ(std::chrono::milliseconds{milliseconds}, gone_after);
    lines.close(pair.line);
}

}  // namespace
}  // namespace qrgate
