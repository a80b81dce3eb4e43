#include "server/listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <cstring>
#include <list>
#include <stdexcept>
#include <unordered_map>

#include "server/client_address.hpp"
#include "server/tcp.hpp"
#include "server/tls_context.hpp"
#include "server/transport.hpp"
#include "storage/task.hpp"

namespace qrgate {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds pause_time{100};
constexpr int accepts_per_turn = 64;  // then others get their turn

[[noreturn]] void cannot_listen(const std::string& address, std::uint16_t port, const std::string& why) {
    throw std::runtime_error("cannot listen on " + address + " port " + std::to_string(port) + ": " + why);
}

TcpAcceptor bound_acceptor(const Executor& executor, const std::string& address, std::uint16_t port) {
    boost::system::error_code ec;
    auto ip = asio::ip::make_address(address, ec);
    if (ec) cannot_listen(address, port, "not an IP address");
    tcp::endpoint endpoint(ip, port);
    // Made here and not by Asio, which does not set close-on-exec.
    int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) cannot_listen(address, port, std::strerror(errno));
    TcpAcceptor acceptor(executor);
    acceptor.assign(endpoint.protocol(), fd, ec);
    if (ec) {
        ::close(fd);
        cannot_listen(address, port, ec.message());
    }
    acceptor.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && ip.is_v6()) acceptor.set_option(asio::ip::v6_only(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(4096, ec);
    if (ec) cannot_listen(address, port, ec.message());
    return acceptor;
}

bool is_want_of_resources(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct Listener::State {
    Executor executor;
    TaskGroup& tasks;
    ListenerLimits limits;
    const TlsContext* tls;
    Serve serve;
    OnTrouble on_trouble;
    std::list<TcpAcceptor> acceptors = {};
    ListenerCounts counts = {};
    std::unordered_map<std::string, std::size_t> per_address = {};

    // Whether one more may come from there.
    bool admits(const std::string& address) {
        if (counts.open >= limits.connections) {
            ++counts.refused_full;
            return false;
        }
        if (limits.loopback_is_free && is_loopback_address(address)) return true;
        auto found = per_address.find(address);
        if (found == per_address.end() || found->second < limits.connections_per_address) return true;
        ++counts.refused_address;
        return false;
    }

    Task<void> accept_loop(TcpAcceptor& acceptor);
    int accept_turn(TcpAcceptor& acceptor);
    void welcome(TcpAcceptor& acceptor, int fd);
};

namespace {

// Counts one connection for as long as it lives.
class Place {
public:
    Place(ListenerCounts& counts, std::unordered_map<std::string, std::size_t>& per_address,
          std::string address)
        : counts_(counts), per_address_(per_address), address_(std::move(address)) {
        ++counts_.open;
        ++per_address_[address_];
    }
    ~Place() {
        --counts_.open;
        auto found = per_address_.find(address_);
        if (--found->second == 0) per_address_.erase(found);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    ListenerCounts& counts_;
    std::unordered_map<std::string, std::size_t>& per_address_;
    std::string address_;
};

// Keeps the count while the coroutine's frame lives, also before its first step and when it is destroyed
// unrun.
Task<void> serve_counted(std::unique_ptr<Place> place, const Listener::Serve& serve,
                         std::unique_ptr<Transport> transport) {
    std::unique_ptr<Place> held = std::move(place);
    co_await serve(std::move(transport));
}

}  // namespace

void Listener::State::welcome(TcpAcceptor& acceptor, int fd) {
    int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    TcpSocket socket(executor);
    boost::system::error_code ec;
    socket.assign(acceptor.local_endpoint().protocol(), fd, ec);
    if (ec) {
        ::close(fd);
        if (on_trouble) on_trouble("accept: " + ec.message());
        return;
    }
    auto peer = socket.remote_endpoint(ec);
    if (ec) return;  // already gone
    std::string address = normal_address(peer.address().to_string());
    if (!admits(address)) return;
    ++counts.accepted;
    auto place = std::make_unique<Place>(counts, per_address, std::move(address));
    auto transport = std::make_unique<Transport>(std::move(socket), tls ? tls->current() : nullptr);
    tasks.spawn("connection", serve_counted(std::move(place), serve, std::move(transport)));
}

// 0, or the errno that ended the turn.
int Listener::State::accept_turn(TcpAcceptor& acceptor) {
    for (int i = 0; i < accepts_per_turn; ++i) {
        int fd = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(acceptor, fd);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return 0;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return errno;
        }
    }
    return 0;
}

Task<void> Listener::State::accept_loop(TcpAcceptor& acceptor) {
    Timer pause(executor);
    while (acceptor.is_open()) {
        auto [ec] = co_await acceptor.async_wait(asio::socket_base::wait_read, asio::as_tuple(use_task));
        if (ec || !acceptor.is_open()) co_return;
        int error = accept_turn(acceptor);
        if (error == 0) continue;
        if (on_trouble) on_trouble(std::string("accept: ") + std::strerror(error));
        if (is_want_of_resources(error)) ++counts.pauses;
        // Whatever it was, trying again at once would spin.
        pause.expires_after(pause_time);
        co_await pause.async_wait(asio::as_tuple(use_task));
    }
}

Listener::Listener(Executor executor, TaskGroup& tasks, ListenerLimits limits, const TlsContext* tls,
                   Serve serve, OnTrouble on_trouble)
    : state_(new State{std::move(executor), tasks, limits, tls, std::move(serve), std::move(on_trouble)}) {}

Listener::~Listener() = default;

void Listener::open(const std::string& address, std::uint16_t port) {
    state_->acceptors.push_back(bound_acceptor(state_->executor, address, port));
}

void Listener::start() {
    for (auto& acceptor : state_->acceptors)
        state_->tasks.spawn("listener", state_->accept_loop(acceptor));
}

void Listener::stop() {
    for (auto& acceptor : state_->acceptors) {
        boost::system::error_code ignored;
        acceptor.close(ignored);
    }
}

std::uint16_t Listener::port() const {
    return state_->acceptors.front().local_endpoint().port();
}

const ListenerCounts& Listener::counts() const noexcept {
    return state_->counts;
}

}  // namespace qrgate
