#include "bench/http_client.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <map>

#include "bench/http_reader.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {
namespace {

using tcp = asio::ip::tcp;
constexpr auto quietly = asio::as_tuple(use_task);

asio::ssl::context& tls_context() {
    static asio::ssl::context context(asio::ssl::context::tls_client);
    return context;
}

// One connection, plain or TLS. Shared with its timer, which may fire after the client is gone.
struct Line {
    explicit Line(const Executor& executor) : stream(executor, tls_context()), timer(executor) {}
    asio::ssl::stream<tcp::socket> stream;  // plain: only its socket is used
    Timer timer;
    bool tls = false;

    tcp::socket& socket() { return stream.next_layer(); }
    void close() {
        boost::system::error_code ignored;
        socket().close(ignored);
    }
};

void arm(const std::shared_ptr<Line>& line, std::chrono::milliseconds deadline) {
    line->timer.expires_after(deadline);
    line->timer.async_wait([weak = std::weak_ptr<Line>(line)](boost::system::error_code failure) {
        auto late = weak.lock();
        if (!failure && late) late->close();
    });
}

std::string request_text(const Target& target, const Call& call, const std::string& cookies) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", call.method, call.path,
                                   std::string_view(target.origin()).substr(target.tls ? 8 : 7));
    for (const auto& [name, value] : call.headers)
        text += fmt::format("{}: {}\r\n", name, value);
    if (!cookies.empty()) text += fmt::format("Cookie: {}\r\n", cookies);
    if (!call.body.empty()) text += fmt::format("Content-Type: {}\r\n", call.content_type);
    if (!call.body.empty() || call.method == "POST" || call.method == "PUT")
        text += fmt::format("Content-Length: {}\r\n", call.body.size());
    return text + "\r\n" + call.body;
}

}  // namespace

std::string Target::origin() const {
    bool usual = port == (tls ? 443 : 80);
    std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return (tls ? "https://" : "http://") + name + (usual ? "" : ":" + std::to_string(port));
}

std::optional<Target> parse_target(std::string_view url) {
    Target target;
    if (url.starts_with("https://") || url.starts_with("wss://"))
        target.tls = true;
    else if (!url.starts_with("http://") && !url.starts_with("ws://"))
        return std::nullopt;
    url.remove_prefix(url.find("//") + 2);
    if (url.ends_with('/')) url.remove_suffix(1);
    std::string_view port;
    std::size_t colon = url.rfind(':');
    if (url.starts_with('[')) {
        std::size_t end = url.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        target.host = url.substr(1, end - 1);
        if (end + 1 < url.size() && url[end + 1] != ':') return std::nullopt;
        if (end + 1 < url.size()) port = url.substr(end + 2);
    } else {
        target.host = url.substr(0, colon);
        if (colon != std::string_view::npos) port = url.substr(colon + 1);
        if (colon != std::string_view::npos && port.empty()) return std::nullopt;
    }
    if (target.host.empty() || target.host.find_first_of("/?#@ ") != std::string::npos) return std::nullopt;
    unsigned long number = target.tls ? 443 : 80;
    if (!port.empty()) {
        if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        number = std::stoul(std::string(port));
    }
    if (number == 0 || number > 65535) return std::nullopt;
    target.port = static_cast<std::uint16_t>(number);

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(target.host.c_str(), nullptr, &hints, &found) != 0 || !found) return std::nullopt;
    // "localhost" may name ::1 first, where our test servers do not listen.
    const addrinfo* best = found;
    for (const addrinfo* one = found; one; one = one->ai_next) {
        if (one->ai_family != AF_INET) continue;
        best = one;
        break;
    }
    std::array<char, NI_MAXHOST> text{};
    int failed =
        getnameinfo(best->ai_addr, best->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    if (failed != 0) return std::nullopt;
    target.address = text.data();
    return target;
}

std::string Reply::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (same_header_name(key, name)) return value;
    return {};
}

struct HttpClient::State {
    Executor executor;
    Target target;
    std::string source;
    std::chrono::milliseconds deadline;
    std::map<std::string, std::string, std::less<>> jar = {};
    std::shared_ptr<Line> line = {};
    HttpReader reader = {};
    std::array<char, 4096> buffer = {};

    Task<bool> connect();
    Task<bool> write(const std::string& text);
    Task<std::size_t> read();
    // Sends once over the present connection; status 0: nothing came. `unheard`: and not one octet came.
    Task<Reply> exchange(const std::string& text, bool& unheard);
    Task<Reply> send(Call call, bool with_cookies);
    std::string cookies() const;
    void keep_cookies(const Headers& headers);
};

Task<bool> HttpClient::State::connect() {
    line = std::make_shared<Line>(executor);
    line->tls = target.tls;
    arm(line, deadline);
    boost::system::error_code failure;
    tcp::endpoint there(asio::ip::make_address(target.address), target.port);
    line->socket().open(there.protocol(), failure);
    if (!failure && !source.empty()) {
        // Bound without a port: the kernel chooses one at the connect, so that a source serves many targets.
        int one = 1;
        setsockopt(line->socket().native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        line->socket().bind(tcp::endpoint(asio::ip::make_address(source), 0), failure);
    }
    if (failure) co_return false;
    auto [refused] = co_await line->socket().async_connect(there, quietly);
    if (refused) co_return false;
    line->socket().set_option(tcp::no_delay(true), failure);
    if (!line->tls) co_return true;
    SSL_set_tlsext_host_name(line->stream.native_handle(), target.host.c_str());
    auto [unshaken] = co_await line->stream.async_handshake(asio::ssl::stream_base::client, quietly);
    co_return !unshaken;
}

Task<bool> HttpClient::State::write(const std::string& text) {
    if (line->tls) {
        auto [failure, sent] = co_await asio::async_write(line->stream, asio::buffer(text), quietly);
        co_return !failure;
    }
    auto [failure, sent] = co_await asio::async_write(line->socket(), asio::buffer(text), quietly);
    co_return !failure;
}

Task<std::size_t> HttpClient::State::read() {
    if (line->tls) {
        auto [failure, got] = co_await line->stream.async_read_some(asio::buffer(buffer), quietly);
        co_return failure ? 0 : got;
    }
    auto [failure, got] = co_await line->socket().async_read_some(asio::buffer(buffer), quietly);
    co_return failure ? 0 : got;
}

Task<Reply> HttpClient::State::exchange(const std::string& text, bool& unheard) {
    reader.reset();
    unheard = true;
    if (!co_await write(text)) co_return Reply{};
    while (reader.state() == HttpReader::State::more) {
        std::size_t got = co_await read();
        if (got == 0) {
            reader.end();
            break;
        }
        unheard = false;
        for (std::string_view rest(buffer.data(), got); !rest.empty();) {
            rest.remove_prefix(reader.put(rest));
            if (reader.state() != HttpReader::State::whole || reader.status() >= 200) break;
            reader.reset();  // 1xx are no answers yet
        }
    }
    if (reader.state() != HttpReader::State::whole) co_return Reply{};
    co_return Reply{.status = reader.status(), .headers = reader.headers(), .body = reader.body()};
}

Task<Reply> HttpClient::State::send(Call call, bool with_cookies) {
    const std::string text = request_text(target, call, with_cookies ? cookies() : std::string{});
    const bool used_before = line && line->socket().is_open();
    if (used_before) {
        arm(line, deadline);
    } else if (!co_await connect()) {
        line.reset();
        co_return Reply{};
    }
    bool unheard = false;
    Reply reply = co_await exchange(text, unheard);
    if (reply.status == 0 && used_before && unheard && co_await connect())
        reply = co_await exchange(text, unheard);
    line->timer.cancel();
    if (reply.status == 0 || !reader.keep_alive()) {
        line->close();
        line.reset();
    }
    if (with_cookies) keep_cookies(reply.headers);
    co_return reply;
}

std::string HttpClient::State::cookies() const {
    std::string text;
    for (const auto& [name, value] : jar)
        text += fmt::format("{}{}={}", text.empty() ? "" : "; ", name, value);
    return text;
}

void HttpClient::State::keep_cookies(const Headers& headers) {
    for (const auto& [key, value] : headers) {
        if (!same_header_name(key, "set-cookie")) continue;
        std::string_view pair = std::string_view(value).substr(0, value.find(';'));
        std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        std::string name(pair.substr(0, equals));
        // Our server removes a cookie by an empty value.
        if (equals + 1 == pair.size())
            jar.erase(name);
        else
            jar[name] = pair.substr(equals + 1);
    }
}

HttpClient::HttpClient(Executor executor, Target target, std::string source,
                       std::chrono::milliseconds deadline)
    : state_(std::make_unique<State>(State{.executor = std::move(executor),
                                           .target = std::move(target),
                                           .source = std::move(source),
                                           .deadline = deadline})) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Task<Reply> HttpClient::send(Call call) {
    return state_->send(std::move(call), false);
}

Task<Reply> HttpClient::browse(Call call) {
    return state_->send(std::move(call), true);
}

std::string HttpClient::cookie(std::string_view name) const {
    auto found = state_->jar.find(name);
    return found == state_->jar.end() ? std::string{} : found->second;
}

void HttpClient::forget_cookies() {
    state_->jar.clear();
}

void HttpClient::close() {
    if (state_->line) state_->line->close();
    state_->line.reset();
}

Reply send_once(const Target& target, Call call) {
    asio::io_context context(1);
    HttpClient client(context.get_executor(), target, {}, std::chrono::seconds{5});
    Reply reply;
    asio::co_spawn(context, client.send(std::move(call)), [&reply](std::exception_ptr thrown, Reply got) {
        if (!thrown) reply = std::move(got);
    });
    context.run();
    return reply;
}

}  // namespace qrgate::bench
