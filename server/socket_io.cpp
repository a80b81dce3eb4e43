#include "server/socket_io.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>

namespace qrgate {
namespace {

IoProgress progress_of(ssize_t result, IoStep would_block) {
    if (result > 0) return {IoStep::done, static_cast<std::size_t>(result)};
    if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {would_block, 0};
    return {IoStep::over, 0};
}

}  // namespace

IoStep tls_step(TlsEnd& tls, int result) noexcept {
    int error = SSL_get_error(tls.engine, result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ) return IoStep::wants_read;
    if (error == SSL_ERROR_WANT_WRITE) return IoStep::wants_write;
    // close_notify ends the reading side only; anything else that is no wish ends the connection.
    if (error == SSL_ERROR_ZERO_RETURN) {
        tls.read_ended = true;
    } else {
        tls.over = true;
    }
    return IoStep::over;
}

IoProgress read_socket(int descriptor, TlsEnd& tls, std::span<char> into) noexcept {
    if (tls.over || tls.read_ended) return {IoStep::over, 0};
    if (!tls.engine) {
        ssize_t result = 0;
        do {
            result = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
        } while (result < 0 && errno == EINTR);
        return progress_of(result, IoStep::wants_read);
    }
    ERR_clear_error();
    std::size_t octets = 0;
    int result = SSL_read_ex(tls.engine, into.data(), into.size(), &octets);
    return result == 1 ? IoProgress{IoStep::done, octets} : IoProgress{tls_step(tls, result), 0};
}

IoProgress write_socket(int descriptor, TlsEnd& tls, std::string_view octets) noexcept {
    if (tls.over) return {IoStep::over, 0};
    if (octets.empty()) return {IoStep::done, 0};
    if (!tls.engine) {
        ssize_t result = 0;
        do {
            result = ::send(descriptor, octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        } while (result < 0 && errno == EINTR);
        return progress_of(result, IoStep::wants_write);
    }
    ERR_clear_error();
    std::size_t written = 0;
    int result = SSL_write_ex(tls.engine, octets.data(), octets.size(), &written);
    return result == 1 ? IoProgress{IoStep::done, written} : IoProgress{tls_step(tls, result), 0};
}

void end_socket(int descriptor, TlsEnd& tls) noexcept {
    if (tls.engine && !tls.over && tls.shaken) {
        ERR_clear_error();
        SSL_shutdown(tls.engine);
        ERR_clear_error();
    }
    ::shutdown(descriptor, SHUT_WR);
}

}  // namespace qrgate
