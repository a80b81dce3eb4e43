// One TCP connection, plain or TLS (an SSL* on a socket BIO: 14 kB a parked seat instead of
// asio::ssl::stream's 71 kB). Two lives: attached to Asio, where coroutines read and write with deadlines
// (HTTP); and parked, where the waiting room polls the bare descriptor through its own epoll set. Owned by
// exactly one of http_connection or a seat. I/O thread. Errors: timed_out; anything else that ends the
// connection is Errc::conflict ("connection over").
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "protocol/error.hpp"

struct ssl_st;      // OpenSSL's SSL
struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace qrgate {

namespace asio = boost::asio;

class Transport {
public:
    enum class Step : unsigned char { done, wants_read, wants_write, over };
    struct Progress {
        Step step = Step::done;
        std::size_t octets = 0;
    };

    // `tls` null: plain TCP. The socket is non-blocking and close-on-exec (accept4).
    Transport(asio::ip::tcp::socket socket, ssl_ctx_st* tls);
    ~Transport();  // close without waiting; EPOLL_CTL_DEL of a parked one is the waiting room's duty, before
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    // Attached life
    asio::awaitable<Result<void>> handshake(std::chrono::milliseconds within);  // plain: nothing to do
    asio::awaitable<Result<std::size_t>> read_some(std::span<char> into, std::chrono::milliseconds within);
    asio::awaitable<Result<void>> write_all(std::string_view octets, std::chrono::milliseconds within);
    // Until try_read or try_write is worth a try again after its `step`; also without a reason.
    asio::awaitable<Result<void>> ready(Step step, std::chrono::steady_clock::time_point until);
    asio::awaitable<void> close(std::chrono::milliseconds within);  // TLS close_notify, FIN, drain

    // Ends the read that waits, as if the peer had closed; what is written still arrives.
    void stop_reading() noexcept;

    // Parked life: leaves Asio; the descriptor stays open and belongs to this object.
    int park();
    // Both lives.
    Progress try_read(std::span<char> into) noexcept;
    Progress try_write(std::string_view octets) noexcept;
    void try_close() noexcept;  // best effort: close_notify, FIN

    bool secure() const noexcept;
    int descriptor() const noexcept;
    std::string peer_address() const;  // textual IP of the TCP peer

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
