// Keep-alive HTTP/1.1 connections that send requests made beforehand and look at little more of the answers
// than their status: the lean client for flat-out load, because it shares the processors with what it
// measures. One request at a time in each lane (no pipelining). Owned by its sub-command; everything happens
// within the event loop's turns. A lane whose connection ended connects again with its next request, once.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/event_loop.hpp"
#include "bench/http_client.hpp"

namespace qrgate::bench {

class RequestLanes {
public:
    // status 0: no answer. Called within turn() or send(); may call send().
    using OnAnswer = std::function<void(std::size_t lane, std::uint64_t tag, int status)>;
    RequestLanes(EventLoop& loop, Target target, std::vector<std::string> sources, std::size_t lanes,
                 OnAnswer on_answer);
    ~RequestLanes();
    RequestLanes(const RequestLanes&) = delete;
    RequestLanes& operator=(const RequestLanes&) = delete;

    std::size_t size() const noexcept;
    std::size_t idle() const noexcept { return idle_.size(); }
    // In a lane that is idle (there is one). `request` outlives the answer.
    void send(std::string_view request, std::uint64_t tag);

private:
    struct Lane;
    EventLoop& loop_;
    Target target_;
    std::vector<std::string> sources_;
    OnAnswer on_answer_;
    std::deque<Lane> lanes_;  // never moves: the event loop points to them
    std::vector<std::size_t> idle_{};
};

// Of the beginning of `octets`: a whole answer's length and status. length 0: more is needed; status 0 with a
// length: no answer that can be read.
struct QuickAnswer {
    std::size_t length = 0;
    int status = 0;
    bool keep_alive = true;
};
QuickAnswer quick_answer(std::string_view octets);

}  // namespace qrgate::bench
