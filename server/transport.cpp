#include "server/transport.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/compose.hpp>
#include <cerrno>
#include <exception>
#include <utility>

#include "server/client_address.hpp"
#include "storage/task.hpp"

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
    TcpSocket* socket = nullptr;  // null: nobody waits
    Timer* timer = nullptr;
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

}  // namespace

struct Transport::State {
    State(TcpSocket s, ssl_ctx_st* tls) : socket(std::move(s)), timer(socket.get_executor()) {
        fd = socket.native_handle();
        boost::system::error_code ec;
        auto peer = socket.remote_endpoint(ec);
        if (!ec) address = normal_address(peer.address().to_string());
        if (!tls) return;
        ssl.reset(SSL_new(tls));
        if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) {
            ERR_clear_error();
            tls_end.over = true;
            return;
        }
        tls_end.engine = ssl.get();
        SSL_set_accept_state(ssl.get());
    }

    TcpSocket socket;
    Timer timer;
    std::shared_ptr<Deadline> deadline = std::make_shared<Deadline>();
    std::unique_ptr<SSL, FreeSsl> ssl;
    std::string address;
    int fd = -1;
    TlsEnd tls_end = {};

    // Before and after the socket's async_wait.
    Result<asio::socket_base::wait_type> begin(Wait wait);
    Result<void> end(const boost::system::error_code& ec);
    Task<Result<void>> wait(IoStep wanted, steady_clock::time_point until);
};

Result<asio::socket_base::wait_type> Transport::State::begin(Wait wait) {
    if (wait.step == IoStep::over) return Errc::conflict;
    if (steady_clock::now() >= wait.until) return Errc::timed_out;
    deadline->passed = false;
    deadline->socket = &socket;
    deadline->timer = &timer;
    deadline->until = wait.until;
    if (!deadline->running || wait.until < deadline->rings) ring(deadline);
    return wait.step == IoStep::wants_read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
}

Result<void> Transport::State::end(const boost::system::error_code& ec) {
    deadline->socket = nullptr;
    const bool in_time = !(ec == asio::error::operation_aborted && deadline->passed);
    if (ec && in_time) return Errc::conflict;
    return {};
}

Task<Result<void>> Transport::State::wait(IoStep wanted, steady_clock::time_point until) {
    auto kind = begin({wanted, until});
    if (!kind) co_return kind.error();
    auto [ec] = co_await socket.async_wait(*kind, asio::as_tuple(use_task));
    co_return end(ec);
}

Transport::Transport(TcpSocket socket, ssl_ctx_st* tls)
    : state_(std::make_unique<State>(std::move(socket), tls)) {}

Transport::~Transport() {
    state_->deadline->socket = nullptr;
}

Task<Result<void>> Transport::handshake(std::chrono::milliseconds within) {
    State& state = *state_;
    if (!state.ssl) co_return Result<void>{};
    auto until = steady_clock::now() + within;
    while (!state.tls_end.over) {
        ERR_clear_error();
        int result = SSL_do_handshake(state.ssl.get());
        if (result == 1) {
            state.tls_end.shaken = true;
            co_return Result<void>{};
        }
        auto waited = co_await state.wait(tls_step(state.tls_end, result), until);
        if (!waited) co_return waited.error();
    }
    co_return Errc::conflict;
}

Task<Result<std::size_t>> Transport::read_some(std::span<char> into, std::chrono::milliseconds within) {
    State& state = *state_;
    auto until = steady_clock::now() + within;
    for (;;) {
        IoProgress progress = read_socket(state.fd, state.tls_end, into);
        if (progress.step == IoStep::done) co_return progress.octets;
        auto waited = co_await state.wait(progress.step, until);
        if (!waited) co_return waited.error();
    }
}

Task<Result<void>> Transport::write_all(std::string_view octets, std::chrono::milliseconds within) {
    State& state = *state_;
    auto until = steady_clock::now() + within;
    while (!octets.empty()) {
        IoProgress progress = write_socket(state.fd, state.tls_end, octets);
        if (progress.step == IoStep::done) {
            octets.remove_prefix(progress.octets);
            continue;
        }
        auto waited = co_await state.wait(progress.step, until);
        if (!waited) co_return waited.error();
    }
    co_return Result<void>{};
}

IoProgress Transport::try_read(std::span<char> into) noexcept {
    return read_socket(state_->fd, state_->tls_end, into);
}

IoProgress Transport::try_write(std::string_view octets) noexcept {
    return write_socket(state_->fd, state_->tls_end, octets);
}

Task<Result<void>> Transport::look_when_ready(Wait first, std::function<std::optional<Wait>()> look) {
    // Runs once to begin, then after each wait. Moved into the wait, so nothing of it is used afterwards.
    auto turn = [this, wait = std::optional(first), look = std::move(look), begun = false](
                    auto& self, const boost::system::error_code& ec = {}) mutable {
        Result<void> ended;
        std::exception_ptr thrown;
        if (std::exchange(begun, true)) {
            ended = state_->end(ec);
            // Asked to end while this was on its way, when no wait was there to be cancelled.
            if (self.cancelled() != asio::cancellation_type::none) ended = Errc::conflict;
            try {
                wait = ended ? look() : std::nullopt;
            } catch (...) {
                thrown = std::current_exception();
                wait.reset();
            }
        }
        if (!wait) return self.complete(thrown, ended);
        auto kind = state_->begin(*wait);
        if (!kind) return self.complete(nullptr, kind.error());
        state_->socket.async_wait(*kind, std::move(self));
    };
    return asio::async_compose<const asio::use_awaitable_t<Executor>, void(std::exception_ptr, Result<void>)>(
        std::move(turn), use_task);
}

Task<void> Transport::close(std::chrono::milliseconds within) {
    State& state = *state_;
    end_socket(state.fd, state.tls_end);
    // What still comes is read from the bare socket and dropped: closing with unread octets would send a
    // reset, and the peer could lose our last answer.
    auto until = steady_clock::now() + within;
    std::array<char, 4096> dropped;
    for (;;) {
        ssize_t got = ::recv(state.fd, dropped.data(), dropped.size(), MSG_DONTWAIT);
        if (got > 0 && steady_clock::now() < until) continue;
        if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) break;
        if (!co_await state.wait(IoStep::wants_read, until)) break;
    }
    boost::system::error_code ignored;
    state.socket.close(ignored);
    state.tls_end.over = true;
}

void Transport::stop_reading() noexcept {
    ::shutdown(state_->fd, SHUT_RD);
}

ParkedSocket Transport::park() {
    boost::system::error_code ec;
    state_->timer.cancel();
    state_->deadline->running = false;
    int fd = state_->socket.release(ec);
    if (ec) return {};
    state_->tls_end.engine = state_->ssl.release();
    return {fd, state_->tls_end};
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
