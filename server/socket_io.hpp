// Reading and writing one non-blocking socket, plain or through TLS, without waiting: what a transport does
// while Asio watches it, and a line of the waiting room after. TLS 1.3 key updates are OpenSSL's business,
// inside read and write: that is why a read may want to write, and a write to read. I/O thread.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

struct ssl_st;  // OpenSSL's SSL

namespace qrgate {

enum class IoStep : unsigned char { done, wants_read, wants_write, over };

struct IoProgress {
    IoStep step = IoStep::done;
    std::size_t octets = 0;
};

// One socket's TLS engine, not owned; null: plain.
struct TlsEnd {
    ssl_st* engine = nullptr;
    bool over = false;        // a fatal error was seen; OpenSSL forbids further calls but SSL_free
    bool shaken = false;      // the handshake is done
    bool read_ended = false;  // the peer's close_notify came
};

// After an SSL call that did not return 1: what it wants. Empties the thread's error queue, or it would be
// read as another connection's error.
IoStep tls_step(TlsEnd& tls, int result) noexcept;

IoProgress read_socket(int descriptor, TlsEnd& tls, std::span<char> into) noexcept;
IoProgress write_socket(int descriptor, TlsEnd& tls, std::string_view octets) noexcept;
// Best effort: close_notify, FIN. What was written before still arrives.
void end_socket(int descriptor, TlsEnd& tls) noexcept;

}  // namespace qrgate
