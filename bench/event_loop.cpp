#include "bench/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "bench/options.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

epoll_event event_for(Watched& watched, bool also_write) {
    epoll_event event{};
    event.events = EPOLLIN | (also_write ? EPOLLOUT : 0U);
    event.data.ptr = &watched;
    return event;
}

}  // namespace

EventLoop::EventLoop() : set_(epoll_create1(EPOLL_CLOEXEC)) {
    if (set_ < 0) throw CannotMeasure("no epoll set: no descriptor is left");
    // The kernel may wake us 50 µs late by default, which would count as the server's time.
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}

EventLoop::~EventLoop() {
    close(set_);
}

void EventLoop::watch(int descriptor, Watched& watched, bool also_write) {
    epoll_event event = event_for(watched, also_write);
    if (epoll_ctl(set_, EPOLL_CTL_ADD, descriptor, &event) != 0)
        throw CannotMeasure("epoll takes no more sockets (fs.epoll.max_user_watches?)");
}

void EventLoop::change(int descriptor, Watched& watched, bool also_write) {
    epoll_event event = event_for(watched, also_write);
    epoll_ctl(set_, EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::turn(Time until) {
    std::array<epoll_event, 256> events;
    Duration wait = std::clamp<Duration>(until - Clock::now(), Duration::zero(), std::chrono::seconds{1});
    timespec limit{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
    int count = epoll_pwait2(set_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
    // Kernels before 5.11 have whole milliseconds only; rounded down, so that nothing is sent late.
    if (count < 0 && errno == ENOSYS)
        count = epoll_wait(set_, events.data(), static_cast<int>(events.size()),
                           static_cast<int>(wait / std::chrono::milliseconds{1}));
    for (int at = 0; at < count; ++at)
        static_cast<Watched*>(events[static_cast<std::size_t>(at)].data.ptr)->ready();
}

std::size_t descriptors_to_use() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    std::size_t all = std::min<std::size_t>(limit.rlim_cur, 20'000);
    return all - all / 10;
}

}  // namespace qrgate::bench
