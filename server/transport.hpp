// One TCP connection, plain or TLS (an SSL* on a socket BIO: 14 kB a parked seat instead of
// asio::ssl::stream's 71 kB), while HTTP is spoken on it: coroutines read and write with deadlines. Then it
// may be parked: the bare descriptor and the SSL* go to the waiting room, which polls them through its own
// epoll set, and nothing of this object stays. Owned by http_connection. I/O thread. Errors: timed_out;
// anything else that ends the connection is Errc::conflict ("connection over").
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "server/socket_io.hpp"
#include "server/tcp.hpp"
#include "storage/task.hpp"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace qrgate {

namespace asio = boost::asio;

// What is left of a connection that waits. Owned by whoever holds it.
struct ParkedSocket {
    int descriptor = -1;  // -1: the connection is over
    TlsEnd tls = {};
};

class Transport {
public:
    struct Wait {
        IoStep step = IoStep::wants_read;
        std::chrono::steady_clock::time_point until = {};
    };

    // `tls` null: plain TCP. The socket is non-blocking and close-on-exec (accept4).
    Transport(TcpSocket socket, ssl_ctx_st* tls);
    ~Transport();  // close without waiting
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    Task<Result<void>> handshake(std::chrono::milliseconds within);  // plain: nothing to do
    Task<Result<std::size_t>> read_some(std::span<char> into, std::chrono::milliseconds within);
    Task<Result<void>> write_all(std::string_view octets, std::chrono::milliseconds within);
    // Without waiting.
    IoProgress try_read(std::span<char> into) noexcept;
    IoProgress try_write(std::string_view octets) noexcept;
    // Waits until try_read or try_write is worth a try again after its `step`, and then looks: what `look`
    // says is waited for next; when it says nothing, the wait is over. Also without a reason. Whoever is
    // content with a look, time after time, is spared a coroutine's turn for each.
    Task<Result<void>> look_when_ready(Wait first, std::function<std::optional<Wait>()> look);
    Task<void> close(std::chrono::milliseconds within);  // TLS close_notify, FIN, drain

    // Ends the read that waits, as if the peer had closed; what is written still arrives.
    void stop_reading() noexcept;

    // Leaves Asio; the descriptor and the engine belong to whom they are given. Nothing else may be called
    // afterwards.
    ParkedSocket park();

    bool secure() const noexcept;
    int descriptor() const noexcept;
    std::string peer_address() const;  // textual IP of the TCP peer

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
