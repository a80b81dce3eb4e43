// Pushes to browsers that wait in this process: an open loop of publish requests to seats chosen by chance,
// each measured from its planned moment to the frame's arrival at that browser, on one clock. At most one
// push is in the air for a browser, so that frame and push belong together without a mark in the frame. Owned
// by its slice; `loop` and `browsers` outlive it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/pacer.hpp"
#include "bench/request_lanes.hpp"
#include "bench/waiting_browsers.hpp"

namespace qrgate::bench {

class Pusher {
public:
    // `publish`: a peer's http://host:port/…{id}, with {id} as in the browsers' subscribe_path; empty:
    // qrgate's POST /bench/push, to the server of each browser.
    Pusher(EventLoop& loop, WaitingBrowsers& browsers, Pace pace, const std::string& publish,
           const std::vector<std::string>& sources, std::size_t connections);
    ~Pusher();

    void advance(Time now);
    Time due() const noexcept;
    void hear(const BrowserEvent& event);
    bool over() const noexcept;
    const Tally& tally() const noexcept { return pacer_.tally(); }
    std::uint64_t frame_octets() const noexcept { return frame_octets_; }

private:
    // Lives until its frame has come or is given up, and the publish request has its answer.
    struct Push {
        Ask ask{};
        std::string request{};
        bool in_lane = false;
        bool counted = false;
    };
    struct Door;  // one server's publish connections and what waits for them
    std::optional<std::size_t> choose();
    std::string request_for(std::size_t browser) const;
    void answered(std::uint64_t browser, int status);
    void end(std::size_t browser, bool good);

    WaitingBrowsers& browsers_;
    bool peer_;
    std::string publish_path_{};
    Target publish_target_{};
    std::vector<std::unique_ptr<Door>> doors_{};
    std::vector<std::optional<Push>> in_the_air_{};  // by browser
    Pacer pacer_;
    std::mt19937_64 chance_;
    std::uint64_t frame_octets_ = 0;
    bool given_up_ = false;
};

// "scheme://host:port" and the path with all that follows.
std::pair<std::string, std::string> split_url(const std::string& url);

}  // namespace qrgate::bench
