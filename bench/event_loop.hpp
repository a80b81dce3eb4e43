// One epoll set for tens of thousands of client sockets: level-triggered, no allocation per event, waits with
// nanoseconds. For the load loops that must be lean; everything else of the bench uses Asio. One thread.
// What is watched outlives the loop's turns: objects stay where they are, a closed one just ignores its turn.
#pragma once

#include "bench/pacer.hpp"

namespace qrgate::bench {

class Watched {
public:
    virtual void ready() = 0;  // may be called once more after its descriptor was closed

protected:
    Watched() = default;
    Watched(const Watched&) = default;
    Watched& operator=(const Watched&) = default;
    ~Watched() = default;
};

class EventLoop {
public:
    EventLoop();  // throws CannotMeasure
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Closing the descriptor ends it.
    void watch(int descriptor, Watched& watched, bool also_write);
    void change(int descriptor, Watched& watched, bool also_write);
    // Handles what is ready; waits for it no longer than until then.
    void turn(Time until);
    // Readable while something is ready: to be watched by another loop, with turn(Time{}) each time.
    int descriptor() const noexcept { return set_; }

private:
    int set_;
};

// As many descriptors as this process may have, less a few for its own needs.
std::size_t descriptors_to_use();

}  // namespace qrgate::bench
