// /ws/qr end to end, plain and over TLS, with Beast's WebSocket client as the independent peer.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "tests/loopback/certificate.hpp"
#include "tests/loopback/test_server.hpp"

namespace qrgate::testing_server {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;

// The handshake, then messages until the close.
template <class Stream>
class Client {
public:
    template <class... Arguments>
    explicit Client(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}

    void open(const std::string& who) {
        stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set(beast::http::field::sec_websocket_protocol, websocket_subprotocol);
        }));
        websocket::permessage_deflate deflate;
        deflate.client_enable = true;  // offered, and not taken
        stream_.set_option(deflate);
        stream_.handshake(answer_, "localhost", "/ws/qr?" + who);
    }

    boost::json::object hear() {
        beast::flat_buffer buffer;
        stream_.read(buffer);
        return boost::json::parse(beast::buffers_to_string(buffer.data())).as_object();
    }

    std::string hear_type() { return std::string(hear().at("type").as_string()); }

    unsigned hear_close() {
        beast::flat_buffer buffer;
        beast::error_code ec;
        stream_.read(buffer, ec);
        return ec == websocket::error::closed ? unsigned{stream_.reason().code} : 0;
    }

    websocket::stream<Stream>& stream() { return stream_; }
    const websocket::response_type& answer() const { return answer_; }

private:
    websocket::stream<Stream> stream_;
    websocket::response_type answer_;
};

using PlainClient = Client<tcp::socket>;
using TlsClient = Client<asio::ssl::stream<tcp::socket>>;

Ticket ticket_of(const std::string& who, const std::string& token, TicketState state, MovableClock& clock) {
    Ticket ticket;
    ticket.token = token;
    ticket.pre_session_hash = sha256(as_bytes(who));
    ticket.life.state = state;
    ticket.life.deadline = clock.now() + 300s;
    return ticket;
}

// From the first code to the end of the login, as the browser hears it.
template <class C>
void tell_the_story(Server& server, C& client, const std::string& who) {
    client.open(who);
    EXPECT_EQ(client.answer()["Sec-WebSocket-Protocol"], "qrgate.v1");
    EXPECT_EQ(client.answer().count("Sec-WebSocket-Extensions"), 0u);
    auto code = client.hear();
    std::string token(code.at("token").as_string());
    EXPECT_EQ(code.at("expires_in").as_int64(), 60);

    server.on_server([&] {
        EXPECT_TRUE(server.room().claim(token));
        server.room().scanned(ticket_of(who, token, TicketState::scanned, server.clock()));
    });
    EXPECT_EQ(client.hear_type(), "scanned");
    client.stream().ping("still there");  // answered while the next message is read
    server.on_server(
        [&] { server.room().confirmed(ticket_of(who, token, TicketState::confirmed, server.clock())); });
    EXPECT_EQ(client.hear_type(), "confirmed");
    server.on_server(
        [&] { server.room().redeemed(ticket_of(who, token, TicketState::redeemed, server.clock())); });

    EXPECT_EQ(client.hear_close(), 1000u);
    EXPECT_EQ(server.on_server([&] { return server.room().seats(); }), 0u);
}

tcp::socket connected(asio::io_context& io, std::uint16_t port) {
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port});
    return socket;
}

TEST(WebSocket, TellsTheStoryOfALogin) {
    Server server;
    asio::io_context io;
    PlainClient client(connected(io, server.port()));

    tell_the_story(server, client, "a");
}

TEST(WebSocket, TellsItOverTlsToo) {
    Certificate files;
    TlsContext tls(files.certificate(), files.key());
    Server server({}, {}, &tls);
    for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        asio::io_context io;
        asio::ssl::context context(asio::ssl::context::tls_client);
        SSL_CTX_set_min_proto_version(context.native_handle(), version);
        SSL_CTX_set_max_proto_version(context.native_handle(), version);
        TlsClient client(connected(io, server.port()), context);
        client.stream().next_layer().handshake(asio::ssl::stream_base::client);

        tell_the_story(server, client, "a");
    }
}

TEST(WebSocket, RotatesCodesOverTlsAsTimeGoesOn) {
    Certificate files;
    TlsContext tls(files.certificate(), files.key());
    Server server({}, {}, &tls);
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    TlsClient client(connected(io, server.port()), context);
    client.stream().next_layer().handshake(asio::ssl::stream_base::client);
    client.open("a");
    auto first = client.hear();

    server.on_server([&] {
        server.clock().advance(55s);
        server.room().look_at_the_time();
    });

    EXPECT_NE(client.hear().at("token"), first.at("token"));
}

TEST(WebSocket, ClosesWhenTheBrowserTalks) {
    Server server;
    asio::io_context io;
    PlainClient client(connected(io, server.port()));
    client.open("a");
    client.hear();

    client.stream().text(true);
    client.stream().write(asio::buffer("hello", 5));

    EXPECT_EQ(client.hear_close(), 1008u);
}

TEST(WebSocket, ClosesOnTooLargeAMessage) {
    Server server;
    asio::io_context io;
    PlainClient client(connected(io, server.port()));
    client.open("a");
    client.hear();

    client.stream().write(asio::buffer(std::string(2000, 'x')));

    EXPECT_EQ(client.hear_close(), 1009u);
}

TEST(WebSocket, TellsTheOlderWindowThatANewerOneIsOpen) {
    Server server;
    asio::io_context io;
    PlainClient older(connected(io, server.port()));
    PlainClient newer(connected(io, server.port()));
    older.open("a");
    std::string token(older.hear().at("token").as_string());

    newer.open("a");

    EXPECT_EQ(older.hear_close(), 4001u);
    EXPECT_EQ(newer.hear().at("token").as_string(), token);
}

TEST(WebSocket, AnswersThePoliteEndOfTheBrowser) {
    Server server;
    asio::io_context io;
    PlainClient client(connected(io, server.port()));
    client.open("a");
    client.hear();

    beast::error_code ec;
    client.stream().close(websocket::close_code::normal, ec);

    EXPECT_FALSE(ec) << ec.message();
    EXPECT_EQ(server.on_server([&] { return server.room().connections(); }), 0u);
    EXPECT_EQ(server.on_server([&] { return server.room().seats(); }), 1u);
}

TEST(WebSocket, IsRefusedWithoutTheSubprotocol) {
    Server server;
    asio::io_context io;
    websocket::stream<tcp::socket> stream(connected(io, server.port()));
    beast::error_code ec;
    stream.handshake("localhost", "/ws/qr", ec);

    EXPECT_EQ(ec, websocket::error::upgrade_declined);
}

TEST(TlsContext, KeepsTheOldCertificateWhenTheNewOneIsBad) {
    Certificate files;
    TlsContext tls(files.certificate(), files.key());
    auto* before = tls.current();
    std::ofstream(files.key()) << "not a key";

    auto reason = tls.reload();

    ASSERT_TRUE(reason);
    EXPECT_NE(reason->find(files.key().string()), std::string::npos);
    EXPECT_EQ(tls.current(), before);
    EXPECT_THROW(TlsContext(files.certificate(), files.key()), std::runtime_error);
}

TEST(TlsContext, RefusesAKeyThatBelongsToAnotherCertificate) {
    Certificate files;
    Certificate others;

    EXPECT_THROW(TlsContext(files.certificate(), others.key()), std::runtime_error);
}

TEST(TlsContext, TakesNewFiles) {
    Certificate files;
    Certificate others;
    TlsContext tls(files.certificate(), files.key());
    std::filesystem::copy_file(others.certificate(), files.certificate(),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(others.key(), files.key(), std::filesystem::copy_options::overwrite_existing);

    EXPECT_EQ(tls.reload(), std::nullopt);
}

TEST(Tls, RefusesOldVersions) {
    Certificate files;
    TlsContext tls(files.certificate(), files.key());
    Server server({}, {}, &tls);
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_security_level(context.native_handle(), 0);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
    asio::ssl::stream<tcp::socket> stream(connected(io, server.port()), context);
    beast::error_code ec;
    stream.handshake(asio::ssl::stream_base::client, ec);

    EXPECT_TRUE(ec);
}

}  // namespace
}  // namespace qrgate::testing_server
