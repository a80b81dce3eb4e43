// A TLS connection that waits: what TLS does on its own (new keys, a refused renegotiation, its polite end, a
// full socket) while nobody but the room's epoll set looks at it. The client is bare OpenSSL.
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <utility>

#include "tests/loopback/certificate.hpp"
#include "tests/loopback/test_server.hpp"

namespace qrgate::testing_server {
namespace {

class TlsBrowser {
public:
    TlsBrowser(std::uint16_t port, int version)
        : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
          fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        SSL_CTX_set_min_proto_version(context_.get(), version);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval limit{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_fd(ssl_.get(), fd_);
        EXPECT_EQ(SSL_connect(ssl_.get()), 1);
    }
    ~TlsBrowser() {
        ssl_.reset();
        ::close(fd_);
    }
    TlsBrowser(const TlsBrowser&) = delete;
    TlsBrowser& operator=(const TlsBrowser&) = delete;

    void sit(const std::string& who) {
        send("GET /ws/qr?" + who +
             " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
             "Sec-WebSocket-Protocol: qrgate.v1\r\n\r\n");
        std::string head;
        while (!head.ends_with("\r\n\r\n") && read(1) == 1)
            head += octets_[0];
        EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
    }

    void send(std::string_view octets) {
        EXPECT_EQ(SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())),
                  static_cast<int>(octets.size()));
    }

    // The next frame: its opcode, or -1 at the end of the stream.
    int hear() {
        if (!read_all(2)) return -1;
        const int opcode = octets_[0] & 0x0f;
        std::size_t size = static_cast<unsigned char>(octets_[1]);
        if (size == 126) {
            if (!read_all(2)) return -1;
            size = static_cast<unsigned char>(octets_[0]) * 256u + static_cast<unsigned char>(octets_[1]);
        }
        return size == 0 || read_all(size) ? opcode : -1;
    }

    SSL* ssl() { return ssl_.get(); }

private:
    bool read_all(std::size_t size) {
        std::string all;
        while (all.size() < size) {
            int got = read(size - all.size());
            if (got <= 0) return false;
            all.append(octets_, 0, static_cast<std::size_t>(got));
        }
        octets_ = std::move(all);
        return true;
    }
    int read(std::size_t size) {
        octets_.resize(size);
        return SSL_read(ssl_.get(), octets_.data(), static_cast<int>(size));
    }

    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    int fd_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
    std::string octets_;
};

const std::string ping = std::string("\x89\x80\0\0\0\0", 6);

class TlsSeat : public testing::Test {
protected:
    void fresh_code(const std::string& who) {
        server_.on_server([&] { server_.room().fresh_code(sha256(as_bytes(who))); });
    }
    std::size_t connections() {
        return server_.on_server([&] { return server_.room().connections(); });
    }

    Certificate files_;
    TlsContext tls_{files_.certificate(), files_.key()};
    Server server_{{}, {}, &tls_};
};

TEST_F(TlsSeat, TakesNewKeysWhileItWaits) {
    TlsBrowser browser(server_.port(), TLS1_3_VERSION);
    browser.sit("a");
    EXPECT_EQ(browser.hear(), 1);

    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(SSL_key_update(browser.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
        browser.send(ping);
        EXPECT_EQ(browser.hear(), 10);
        fresh_code("a");
        EXPECT_EQ(browser.hear(), 1);
    }
    EXPECT_EQ(connections(), 1u);
}

TEST_F(TlsSeat, RefusesToRenegotiate) {
    TlsBrowser browser(server_.port(), TLS1_2_VERSION);
    browser.sit("a");
    EXPECT_EQ(browser.hear(), 1);

    SSL_renegotiate(browser.ssl());
    ERR_clear_error();
    EXPECT_NE(SSL_do_handshake(browser.ssl()), 1);
    // The server's word (alert no_renegotiation), not a connection that is over or silent.
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
}

TEST_F(TlsSeat, EndsWithTheBrowsersCloseNotifyAndKeepsTheSeat) {
    TlsBrowser browser(server_.port(), TLS1_3_VERSION);
    browser.sit("a");
    EXPECT_EQ(browser.hear(), 1);

    SSL_shutdown(browser.ssl());

    EXPECT_EQ(browser.hear(), -1);
    for (int i = 0; i < 100 && connections() != 0; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_EQ(connections(), 0u);
    EXPECT_EQ(server_.on_server([&] { return server_.room().seats(); }), 1u);
}

TEST_F(TlsSeat, IsDroppedWhenTheBrowserDoesNotRead) {
    TlsBrowser browser(server_.port(), TLS1_3_VERSION);
    browser.sit("a");

    for (int i = 0; i < 200 && connections() == 1; ++i)
        server_.on_server([&] {
            for (int more = 0; more < 100; ++more)
                server_.room().fresh_code(sha256(as_bytes("a")));
        });

    EXPECT_EQ(connections(), 0u);
    EXPECT_EQ(server_.on_server([&] { return server_.room().seats(); }), 1u);
}

TEST_F(TlsSeat, SaysWhatWaitedWhenTheBrowserReadsAgain) {
    TlsBrowser browser(server_.port(), TLS1_3_VERSION);
    browser.sit("a");
    // Until the socket takes no more: what was said then waits in the room.
    int said = 1;
    server_.on_server([&] {
        for (; server_.room().lines_that_wait() == 0 && said < 20'000; ++said)
            server_.room().fresh_code(sha256(as_bytes("a")));
    });
    ASSERT_EQ(connections(), 1u);

    for (int i = 0; i < said; ++i)
        ASSERT_EQ(browser.hear(), 1) << i;
    browser.send(ping);
    EXPECT_EQ(browser.hear(), 10);
    EXPECT_EQ(server_.on_server([&] { return server_.room().lines_that_wait(); }), 0u);
}

}  // namespace
}  // namespace qrgate::testing_server
