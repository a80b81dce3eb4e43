// One client socket that never blocks, plain or TLS (certificates are not checked: it is a test server), with
// as little memory as there can be. Owned by its browser or lane, which its event loop tells when to go on.
// One thread. After `closed` it is of no more use until open().
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bench/http_client.hpp"

struct ssl_st;

namespace qrgate::bench {

class Link {
public:
    enum class Io : unsigned char { done, later, closed };

    Link() = default;
    ~Link() { close(); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Begins to connect from `source` (empty: the system's choice). False: it cannot even begin.
    bool open(const Target& target, const std::string& source);
    // Connecting, then the TLS handshake. `later`: when it is ready again.
    Io greet();
    // done: `count` octets, at least one.
    Io read(char* to, std::size_t size, std::size_t& count);
    Io write(std::string_view octets, std::size_t& count);
    // Whether `later` waits for the socket to be writable.
    bool wants_write() const noexcept { return wants_write_; }
    int descriptor() const noexcept { return descriptor_; }
    bool is_open() const noexcept { return descriptor_ >= 0; }
    void close();
    // Ends without the four-way goodbye, so that the port is free again at once.
    void reset();

private:
    Io after(int result);

    int descriptor_ = -1;
    ssl_st* ssl_ = nullptr;
    bool connected_ = false;
    bool wants_write_ = false;
};

}  // namespace qrgate::bench
