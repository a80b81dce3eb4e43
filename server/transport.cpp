#include "server/transport.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <climits>

#include "server/client_address.hpp"

namespace qrgate {
namespace {

using std::chrono::steady_clock;

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// Shared with the timer's handler, which may come after the transport is gone. The timer is left running when
// a wait ends in time, because the next wait nearly always ends later: it then looks at `until` and goes on.
// So a connection that is used all the time sets its timer once in a deadline, not twice for each request.
struct Deadline {
    asio::ip::tcp::socket* socket = nullptr;  // null: nobody waits
    asio::steady_timer* timer = nullptr;
    steady_clock::time_point until{};  // of the wait
    steady_clock::time_point rings{};  // of the timer
    bool running = false;              // the timer
    bool passed = false;
};

void ring(const std::shared_ptr<Deadline>& deadline) {
    deadline->running = true;
    deadline->rings = deadline->until;
    deadline->timer->expires_at(deadline->until);
    deadline->timer->async_wait([deadline](const boost::system::error_code& ec) {
        if (ec) return;  // set anew, or gone
        deadline->running = false;
        if (!deadline->socket) return;
        if (steady_clock::now() < deadline->until) {
            ring(deadline);
            return;
        }
        deadline->passed = true;
        boost::system::error_code ignored;
        deadline->socket->cancel(ignored);
    });
}

Transport::Progress progress_of(ssize_t result, Transport::Step would_block) {
    if (result > 0) return {Transport::Step::done, static_cast<std::size_t>(result)};
    if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {would_block, 0};
    return {Transport::Step::over, 0};
}

// After an SSL call that did not return 1. The error queue is the thread's: it is emptied, or it would be
// read as another connection's error.
Transport::Step step_of(SSL* ssl, int result) {
    int error = SSL_get_error(ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ) return Transport::Step::wants_read;
    if (error == SSL_ERROR_WANT_WRITE) return Transport::Step::wants_write;
    return Transport::Step::over;
}

}  // namespace

struct Transport::State {
    State(asio::ip::tcp::socket s, ssl_ctx_st* tls) : socket(std::move(s)), timer(socket.get_executor()) {
        fd = socket.native_handle();
        boost::system::error_code ec;
        auto peer = socket.remote_endpoint(ec);
        if (!ec) address = normal_address(peer.address().to_string());
        if (!tls) return;
        ssl.reset(SSL_new(tls));
        if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) {
            ERR_clear_error();
            over = true;
            return;
        }
        SSL_set_accept_state(ssl.get());
    }

    asio::ip::tcp::socket socket;
    asio::steady_timer timer;
    std::shared_ptr<Deadline> deadline = std::make_shared<Deadline>();
    std::unique_ptr<SSL, FreeSsl> ssl;
    std::string address;
    int fd = -1;
    bool parked = false;
    bool over = false;    // a fatal error was seen; OpenSSL forbids further calls but SSL_free
    bool shaken = false;  // the handshake is done
    bool read_ended = false;

    Progress read(std::span<char> into) noexcept;
    Progress write(std::string_view octets) noexcept;
    asio::awaitable<Result<void>> wait(Step wanted, steady_clock::time_point until);
    void close_notify() noexcept;
};

Transport::Progress Transport::State::read(std::span<char> into) noexcept {
    if (over || read_ended) return {Step::over, 0};
    if (!ssl) {
        ssize_t result = 0;
        do {
            result = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
        } while (result < 0 && errno == EINTR);
        return progress_of(result, Step::wants_read);
    }
    ERR_clear_error();
    std::size_t octets = 0;
    int result = SSL_read_ex(ssl.get(), into.data(), into.size(), &octets);
    if (result == 1) return {Step::done, octets};
    // close_notify ends the reading side only; anything else that is no wish ends the connection.
    bool polite = SSL_get_error(ssl.get(), result) == SSL_ERROR_ZERO_RETURN;
    Step step = step_of(ssl.get(), result);
    if (polite) {
        read_ended = true;
    } else if (step == Step::over) {
        over = true;
    }
    return {step, 0};
}

Transport::Progress Transport::State::write(std::string_view octets) noexcept {
    if (over) return {Step::over, 0};
    if (octets.empty()) return {Step::done, 0};
    if (!ssl) {
        ssize_t result = 0;
        do {
            result = ::send(fd, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (result < 0 && errno == EINTR);
        return progress_of(result, Step::wants_write);
    }
    ERR_clear_error();
    std::size_t written = 0;
    int result = SSL_write_ex(ssl.get(), octets.data(), octets.size(), &written);
    if (result == 1) return {Step::done, written};
    Step step = step_of(ssl.get(), result);
    if (step == Step::over) over = true;
    return {step, 0};
}

asio::awaitable<Result<void>> Transport::State::wait(Step wanted, steady_clock::time_point until) {
    if (wanted == Step::over) co_return Errc::conflict;
    if (steady_clock::now() >= until) co_return Errc::timed_out;
    auto bell = deadline;
    bell->passed = false;
    bell->socket = &socket;
    bell->timer = &timer;
    bell->until = until;
    if (!bell->running || until < bell->rings) ring(bell);
    auto kind = wanted == Step::wants_read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
    auto [ec] = co_await socket.async_wait(kind, asio::as_tuple(asio::use_awaitable));
    bell->socket = nullptr;
    if (ec == asio::error::operation_aborted && bell->passed) co_return Result<void>{};
    if (ec) co_return Errc::conflict;
    co_return Result<void>{};
}

void Transport::State::close_notify() noexcept {
    if (!ssl || over || !shaken) return;
    ERR_clear_error();
    SSL_shutdown(ssl.get());
    ERR_clear_error();
}

Transport::Transport(asio::ip::tcp::socket socket, ssl_ctx_st* tls)
    : state_(std::make_unique<State>(std::move(socket), tls)) {}

Transport::~Transport() {
    state_->deadline->socket = nullptr;
    if (state_->parked) ::close(state_->fd);
}

asio::awaitable<Result<void>> Transport::handshake(std::chrono::milliseconds within) {
    State& state = *state_;
    if (!state.ssl) co_return Result<void>{};
    auto until = steady_clock::now() + within;
    while (!state.over) {
        ERR_clear_error();
        int result = SSL_do_handshake(state.ssl.get());
        if (result == 1) {
            state.shaken = true;
            co_return Result<void>{};
        }
        Step step = step_of(state.ssl.get(), result);
        if (step == Step::over) state.over = true;
        auto waited = co_await state.wait(step, until);
        if (!waited) co_return waited.error();
    }
    co_return Errc::conflict;
}

asio::awaitable<Result<std::size_t>> Transport::read_some(std::span<char> into,
                                                          std::chrono::milliseconds within) {
    State& state = *state_;
    auto until = steady_clock::now() + within;
    for (;;) {
        Progress progress = state.read(into);
        if (progress.step == Step::done) co_return progress.octets;
        auto waited = co_await state.wait(progress.step, until);
        if (!waited) co_return waited.error();
    }
}

asio::awaitable<Result<void>> Transport::write_all(std::string_view octets,
                                                   std::chrono::milliseconds within) {
    State& state = *state_;
    auto until = steady_clock::now() + within;
    while (!octets.empty()) {
        Progress progress = state.write(octets);
        if (progress.step == Step::done) {
            octets.remove_prefix(progress.octets);
            continue;
        }
        auto waited = co_await state.wait(progress.step, until);
        if (!waited) co_return waited.error();
    }
    co_return Result<void>{};
}

asio::awaitable<Result<void>> Transport::ready(Step step, steady_clock::time_point until) {
    return state_->wait(step, until);
}

asio::awaitable<void> Transport::close(std::chrono::milliseconds within) {
    State& state = *state_;
    state.close_notify();
    ::shutdown(state.fd, SHUT_WR);
    // What still comes is read from the bare socket and dropped: closing with unread octets would send a
    // reset, and the peer could lose our last answer.
    auto until = steady_clock::now() + within;
    std::array<char, 4096> dropped;
    for (;;) {
        ssize_t got = ::recv(state.fd, dropped.data(), dropped.size(), MSG_DONTWAIT);
        if (got > 0 && steady_clock::now() < until) continue;
        if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) break;
        if (!co_await state.wait(Step::wants_read, until)) break;
    }
    boost::system::error_code ignored;
    state.socket.close(ignored);
    state.over = true;
}

void Transport::stop_reading() noexcept {
    ::shutdown(state_->fd, SHUT_RD);
}

int Transport::park() {
    boost::system::error_code ec;
    state_->timer.cancel();
    state_->deadline->running = false;
    int fd = state_->socket.release(ec);
    if (ec) {
        state_->over = true;
        return state_->fd;
    }
    state_->parked = true;
    return fd;
}

Transport::Progress Transport::try_read(std::span<char> into) noexcept {
    return state_->read(into);
}

Transport::Progress Transport::try_write(std::string_view octets) noexcept {
    return state_->write(octets);
}

void Transport::try_close() noexcept {
    state_->close_notify();
    ::shutdown(state_->fd, SHUT_WR);
}

bool Transport::secure() const noexcept {
    return state_->ssl != nullptr;
}

int Transport::descriptor() const noexcept {
    return state_->fd;
}

std::string Transport::peer_address() const {
    return state_->address;
}

}  // namespace qrgate
