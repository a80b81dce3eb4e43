// A server on a port of the kernel's choice that a test scripts: what it answers to each request's head,
// octets as they are. Each connection has a thread of its own; ends with its object.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/http_client.hpp"

namespace qrgate::bench {

class FakeServer {
public:
    struct Answer {
        std::string octets = {};
        bool close = false;
    };
    // `head` is a request with its body, or later octets of a connection; `number` counts them per
    // connection.
    using Script = std::function<Answer(const std::string& head, int connection, int number)>;
    explicit FakeServer(Script script);
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    Target target() const;
    int connections() const { return connections_; }

private:
    void accept_all();
    void serve(int descriptor, int number);

    Script script_;
    int listener_;
    std::atomic<int> connections_ = 0;
    std::mutex guard_{};
    std::vector<int> open_{};
    std::vector<std::thread> threads_{};
    std::thread acceptor_{};
};

}  // namespace qrgate::bench
