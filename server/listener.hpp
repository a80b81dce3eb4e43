// Listening sockets: accepts, counts, and starts one coroutine per connection in the TaskGroup. Owned by App
// (declared before the TaskGroup, so that it outlives its tasks); I/O thread. Every socket is close-on-exec
// and non-blocking from its birth (accept4), with TCP_NODELAY. Over a limit a connection is closed at once,
// without an answer. Out of descriptors: accepting pauses and tries again. A connection counts until its
// coroutine ends; one that was handed to the waiting room is counted there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/task_group.hpp"
#include "storage/task.hpp"

namespace qrgate {

class TlsContext;
class Transport;

struct ListenerLimits {
    std::size_t connections = 18'000;
    std::size_t connections_per_address = 1000;
    bool loopback_is_free = false;  // no per-address limit for 127.0.0.0/8 and ::1 (demo and bench mode)
};

struct ListenerCounts {
    std::uint64_t accepted = 0;
    std::uint64_t refused_full = 0;
    std::uint64_t refused_address = 0;
    std::uint64_t pauses = 0;  // accept failed for want of descriptors or memory
    std::size_t open = 0;
};

class Listener {
public:
    // Serves one connection; the transport is not yet through its TLS handshake.
    using Serve = std::function<Task<void>(std::unique_ptr<Transport>)>;
    using OnTrouble = std::function<void(std::string_view what)>;

    // `tls` null: plain.
    Listener(Executor executor, TaskGroup& tasks, ListenerLimits limits, const TlsContext* tls, Serve serve,
             OnTrouble on_trouble);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Binds and listens; accepting begins with start(). `address` is a textual IP; port 0: any free one.
    // May be called for several addresses. Throws std::runtime_error with one plain line.
    void open(const std::string& address, std::uint16_t port);
    void start();
    // Closes the listening sockets; connections go on.
    void stop();

    std::uint16_t port() const;  // of the first one opened
    const ListenerCounts& counts() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
