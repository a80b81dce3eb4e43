#include "bench/link.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "bench/options.hpp"

namespace qrgate::bench {
namespace {

SSL_CTX* tls_context() {
    static SSL_CTX* const context = [] {
        SSL_CTX* made = SSL_CTX_new(TLS_client_method());
        if (!made) throw CannotMeasure("OpenSSL has no TLS");
        SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
        SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
        return made;
    }();
    return context;
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address address_of(const std::string& numeric, std::uint16_t port) {
    Address address;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    if (inet_pton(AF_INET, numeric.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.size = sizeof *v4;
    } else if (inet_pton(AF_INET6, numeric.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.size = sizeof *v6;
    }
    return address;
}

}  // namespace

bool Link::open(const Target& target, const std::string& source) {
    close();
    Address there = address_of(target.address, target.port);
    descriptor_ = socket(there.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) return false;
    int one = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!source.empty()) {
        // Bound without a port: the kernel chooses one at the connect, so that a source serves many targets.
        setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        Address here = address_of(source, 0);
        if (bind(descriptor_, here.get(), here.size) != 0) return close(), false;
    }
    if (connect(descriptor_, there.get(), there.size) != 0 && errno != EINPROGRESS) return close(), false;
    if (target.tls) {
        ssl_ = SSL_new(tls_context());
        if (!ssl_ || SSL_set_fd(ssl_, descriptor_) != 1) return close(), false;
        SSL_set_connect_state(ssl_);
    }
    wants_write_ = true;
    return true;
}

Link::Io Link::greet() {
    if (!connected_) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        int failure = 0;
        socklen_t failure_size = sizeof failure;
        getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
        if (failure != 0) return Io::closed;
        if (getpeername(descriptor_, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
            return errno == ENOTCONN ? Io::later : Io::closed;
        connected_ = true;
        wants_write_ = false;
    }
    return ssl_ ? after(SSL_do_handshake(ssl_)) : Io::done;
}

// What a call of OpenSSL came to.
Link::Io Link::after(int result) {
    if (result > 0) {
        wants_write_ = false;
        return Io::done;
    }
    int why = SSL_get_error(ssl_, result);
    ERR_clear_error();
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? Io::later : Io::closed;
}

Link::Io Link::read(char* to, std::size_t size, std::size_t& count) {
    count = 0;
    if (ssl_) {
        int got = SSL_read(ssl_, to, static_cast<int>(std::min<std::size_t>(size, INT_MAX)));
        Io io = after(got);
        if (io == Io::done) count = static_cast<std::size_t>(got);
        return io;
    }
    ssize_t got = recv(descriptor_, to, size, 0);
    if (got > 0) {
        count = static_cast<std::size_t>(got);
        return Io::done;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? Io::later : Io::closed;
}

Link::Io Link::write(std::string_view octets, std::size_t& count) {
    count = 0;
    if (ssl_) {
        int sent =
            SSL_write(ssl_, octets.data(), static_cast<int>(std::min<std::size_t>(octets.size(), INT_MAX)));
        Io io = after(sent);
        if (io == Io::done) count = static_cast<std::size_t>(sent);
        return io;
    }
    ssize_t sent = send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    wants_write_ = sent < 0 || static_cast<std::size_t>(sent) < octets.size();
    if (sent >= 0) {
        count = static_cast<std::size_t>(sent);
        return Io::done;
    }
    return errno == EAGAIN || errno == EINTR ? Io::later : Io::closed;
}

void Link::close() {
    if (ssl_) SSL_free(ssl_);
    ssl_ = nullptr;
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
    connected_ = false;
    wants_write_ = false;
}

void Link::reset() {
    linger at_once{.l_onoff = 1, .l_linger = 0};
    if (descriptor_ >= 0) setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

}  // namespace qrgate::bench
