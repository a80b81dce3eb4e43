#include "bench/qr_browser.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/json/parse.hpp>
#include <variant>

#include "bench/answers.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

constexpr auto as_pair = asio::as_tuple(use_task);
constexpr std::chrono::seconds patience{10};

using Plain = websocket::stream<beast::tcp_stream>;
using Secure = websocket::stream<beast::ssl_stream<beast::tcp_stream>>;

std::string pre_session_name(const Target& target) {
    return target.tls ? "__Host-qrgate-pre" : "qrgate-pre";
}

Call redeem_call(const Target& target) {
    Call call;
    call.method = "POST";
    call.path = "/api/v1/qr/redeem";
    call.headers.emplace_back("Origin", target.origin());
    return call;
}

asio::ssl::context& any_certificate() {
    static asio::ssl::context context(asio::ssl::context::tls_client);
    return context;
}

template <class Stream>
Task<boost::system::error_code> upgrade(Stream& stream, const Target& target, const std::string& cookies) {
    stream.set_option(websocket::stream_base::timeout{patience, std::chrono::hours(1), false});
    stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        request.set("Origin", target.origin());
        request.set("Cookie", cookies);
        request.set("Sec-WebSocket-Protocol", "qrgate.v1");
        request.set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
    }));
    const std::string origin = target.origin();
    auto [failed] = co_await stream.async_handshake(origin.substr(origin.find("://") + 3), "/ws/qr", as_pair);
    co_return failed;
}

Task<boost::system::error_code> connect(beast::tcp_stream& stream, const Target& target,
                                        const std::string& source) {
    boost::system::error_code failed;
    const tcp::endpoint there(asio::ip::make_address(target.address), target.port);
    stream.socket().open(there.protocol(), failed);
    if (!failed && !source.empty())
        stream.socket().bind(tcp::endpoint(asio::ip::make_address(source), 0), failed);
    if (failed) co_return failed;
    stream.socket().set_option(tcp::no_delay(true), failed);
    stream.expires_after(patience);
    auto [refused] = co_await stream.async_connect(there, as_pair);
    stream.expires_never();
    co_return refused;
}

}  // namespace

struct QrBrowser::Socket {
    explicit Socket(const Executor& executor, bool tls) {
        if (tls) {
            secure = std::make_unique<Secure>(executor, any_certificate());
        } else {
            plain = std::make_unique<Plain>(executor);
        }
    }
    beast::tcp_stream& lowest() {
        return plain ? beast::get_lowest_layer(*plain) : beast::get_lowest_layer(*secure);
    }

    std::unique_ptr<Plain> plain{};
    std::unique_ptr<Secure> secure{};
    beast::flat_buffer buffer{};
    bool open = false;
};

QrBrowser::QrBrowser(Executor executor, Target target, std::string source)
    : executor_(executor),
      target_(target),
      source_(source),
      client_(executor, std::move(target), std::move(source)),
      bell_(executor, Time::max()) {}

QrBrowser::~QrBrowser() = default;

bool QrBrowser::connected() const noexcept {
    return socket_ && socket_->open;
}

Task<std::string> QrBrowser::open() {
    const std::string name = pre_session_name(target_);
    if (client_.cookie(name).empty()) {
        Call call;
        call.path = "/api/v1/context";
        Reply reply = co_await client_.browse(std::move(call));
        if (reply.status != 200) co_return named("context", reply);
        client_.close();
    }
    auto socket = std::make_shared<Socket>(executor_, target_.tls);
    if (co_await connect(socket->lowest(), target_, source_)) co_return std::string("socket_refused");
    const std::string cookies = name + "=" + client_.cookie(name);
    boost::system::error_code failed;
    if (target_.tls) {
        auto [refused] =
            co_await socket->secure->next_layer().async_handshake(asio::ssl::stream_base::client, as_pair);
        failed = refused ? refused : co_await upgrade(*socket->secure, target_, cookies);
    } else {
        failed = co_await upgrade(*socket->plain, target_, cookies);
    }
    if (failed) co_return std::string("upgrade_refused");
    leave();
    socket->open = true;
    socket_ = socket;
    state_.clear();
    token_.clear();
    close_code_ = 0;
    asio::co_spawn(executor_, read(shared_from_this(), socket), [](std::exception_ptr) {});
    const Time deadline = std::chrono::steady_clock::now() + patience;
    while (state_.empty() && connected() && std::chrono::steady_clock::now() < deadline) {
        bell_.expires_at(deadline);
        co_await bell_.async_wait(as_pair);
    }
    co_return state_.empty() ? std::string("no_first_message") : std::string();
}

Task<void> QrBrowser::read(std::shared_ptr<QrBrowser> self, std::shared_ptr<Socket> socket) {
    for (;;) {
        auto [failed, size] = socket->plain ? co_await socket->plain->async_read(socket->buffer, as_pair)
                                            : co_await socket->secure->async_read(socket->buffer, as_pair);
        if (failed) break;
        if (socket == self->socket_)
            self->heard({static_cast<const char*>(socket->buffer.data().data()), size});
        socket->buffer.consume(size);
    }
    socket->open = false;
    if (socket == self->socket_) {
        self->close_code_ = socket->plain ? socket->plain->reason().code : socket->secure->reason().code;
        self->bell_.cancel();
    }
}

void QrBrowser::heard(std::string_view text) {
    boost::system::error_code broken;
    const boost::json::value message = boost::json::parse(text, broken);
    if (broken || !message.is_object()) return;
    state_ = text_of(message.get_object(), "type");
    if (state_ == "code") token_ = text_of(message.get_object(), "token");
    told_at_ = std::chrono::steady_clock::now();
    bell_.cancel();
}

Task<bool> QrBrowser::told(std::string type, Time deadline) {
    while (state_ != type) {
        if (!connected() || std::chrono::steady_clock::now() >= deadline) co_return false;
        bell_.expires_at(deadline);
        co_await bell_.async_wait(as_pair);
    }
    co_return true;
}

Task<bool> QrBrowser::ended(Time deadline) {
    while (connected() && std::chrono::steady_clock::now() < deadline) {
        bell_.expires_at(deadline);
        co_await bell_.async_wait(as_pair);
    }
    co_return !connected();
}

Task<Reply> QrBrowser::redeem() {
    co_return co_await client_.browse(redeem_call(target_));
}

Task<Reply> QrBrowser::redeem_by(HttpClient& shared) {
    const std::string name = pre_session_name(target_);
    Call call = redeem_call(target_);
    call.headers.emplace_back("Cookie", name + "=" + client_.cookie(name));
    co_return co_await shared.send(std::move(call));
}

Task<Reply> QrBrowser::session() {
    Call call;
    call.path = "/api/v1/session";
    co_return co_await client_.browse(std::move(call));
}

void QrBrowser::leave() {
    if (socket_) {
        socket_->open = false;
        socket_->lowest().close();
        socket_.reset();
    }
    client_.close();
}

void QrBrowser::forget() {
    leave();
    client_.forget_cookies();
}

}  // namespace qrgate::bench
