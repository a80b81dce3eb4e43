#include "tests/bench/fake_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace qrgate::bench {

FakeServer::FakeServer(Script script)
    : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&here), sizeof here);
    listen(listener_, 100);
    acceptor_ = std::thread([this] { accept_all(); });
}

FakeServer::~FakeServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        std::lock_guard lock(guard_);
        for (int descriptor : open_)
            shutdown(descriptor, SHUT_RDWR);
    }
    for (std::thread& thread : threads_)
        thread.join();
    close(listener_);
}

Target FakeServer::target() const {
    sockaddr_in here{};
    socklen_t size = sizeof here;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
    return {.host = "127.0.0.1", .address = "127.0.0.1", .port = ntohs(here.sin_port)};
}

void FakeServer::accept_all() {
    while (true) {
        int descriptor = accept(listener_, nullptr, nullptr);
        if (descriptor < 0) return;
        std::lock_guard lock(guard_);
        open_.push_back(descriptor);
        threads_.emplace_back([this, descriptor, number = connections_++] { serve(descriptor, number); });
    }
}

void FakeServer::serve(int descriptor, int connection) {
    std::array<char, 8192> octets;
    for (int number = 0;; ++number) {
        ssize_t got = recv(descriptor, octets.data(), octets.size(), 0);
        if (got <= 0) break;
        Answer answer = script_({octets.data(), static_cast<std::size_t>(got)}, connection, number);
        send(descriptor, answer.octets.data(), answer.octets.size(), MSG_NOSIGNAL);
        if (answer.close) break;
    }
    std::lock_guard lock(guard_);
    std::erase(open_, descriptor);
    close(descriptor);
}

}  // namespace qrgate::bench
