// Tens of thousands of browsers that wait for their QR login, in one thread: each has a pre-session and
// Origin of its own and one WebSocket (docs/protocol.md section 4), answers pings, and remembers its newest
// code. Also plain subscribers of a peer (`subscribe_path`). Opened at a bounded rate with few half open, so
// that the opening is no attack on what is measured. Owned by its sub-command; everything happens within the
// event loop's turns and advance(). A browser's number is its place, from 0; a replaced one keeps it.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/event_loop.hpp"
#include "bench/http_client.hpp"

namespace qrgate::bench {

enum class BrowserNews : std::uint8_t {
    waiting,
    code,
    scanned,
    confirmed,
    denied,
    expired,
    other,
    closed,
    failed
};

struct BrowserEvent {
    BrowserNews news = BrowserNews::other;
    std::size_t browser = 0;
    Time at{};
    bool same_code = false;  // of code: the token it had before, so a push and not a rotation
    std::size_t octets = 0;  // of the message
};

struct WaitingPlan {
    std::vector<Target> targets = {};  // browser n goes to the n-th, round and round
    std::vector<std::string> sources = {""};
    std::string subscribe_path = {};  // a peer's, with {id}; empty: qrgate's own protocol
    std::size_t first_id = 0;         // what {id} begins with
    double rate = 2000;               // new ones a second
    std::size_t half_open = 200;
    Duration patience = std::chrono::seconds{10};  // for one to be open
    bool reopen = true;  // one whose wait is over (close 4000) comes back as a new one
    std::function<void(const BrowserEvent&)> on_event = {};
};

struct WaitingCounts {
    std::uint64_t opened = 0;
    std::uint64_t failed = 0;                            // to open
    std::map<int, std::uint64_t> closed_by_server = {};  // by close code; 0: without one
    std::uint64_t reopened = 0;                          // after their wait was over
    std::uint64_t codes = 0;
    std::uint64_t messages = 0;  // codes and others
};

class WaitingBrowsers {
public:
    WaitingBrowsers(EventLoop& loop, WaitingPlan plan);
    ~WaitingBrowsers();
    WaitingBrowsers(const WaitingBrowsers&) = delete;
    WaitingBrowsers& operator=(const WaitingBrowsers&) = delete;

    void open(std::size_t more);
    // Closes the oldest that wait. As many new ones, with new pre-sessions, take their places at
    // fill_places().
    void leave(std::size_t count);
    void fill_places();
    void close_all();
    // Opens what is due; gives up what takes too long. To be called when due() has come, or more often.
    void advance(Time now);
    Time due() const noexcept;

    std::size_t size() const noexcept;  // all that were ever asked for
    std::size_t waiting() const noexcept { return waiting_; }
    // Nothing is to be opened any more: all wait, or failed.
    bool settled() const noexcept { return to_open_.empty() && half_open_ == 0; }
    const WaitingCounts& counts() const noexcept { return counts_; }
    // Of those that wait: how many had at least so many codes since they opened.
    std::size_t with_codes(std::size_t at_least) const;

    bool waits(std::size_t browser) const;
    // The newest ones; empty: none yet.
    const std::string& token(std::size_t browser) const;
    const std::string& short_code(std::size_t browser) const;
    // "name=value", as its requests send it.
    const std::string& cookie(std::size_t browser) const;
    const Target& target(std::size_t browser) const;
    std::size_t targets() const noexcept { return plan_.targets.size(); }
    // What stands for {id} in its subscribe_path.
    std::string id(std::size_t browser) const { return std::to_string(plan_.first_id + browser); }

private:
    struct Browser;
    void start(Browser& browser, Time now);
    void tell(Browser& browser, BrowserNews news, bool same_code = false, std::size_t octets = 0);
    void fail(Browser& browser);

    EventLoop& loop_;
    WaitingPlan plan_;
    std::deque<Browser> browsers_;  // never moves: the event loop points to them
    std::deque<std::size_t> to_open_{};
    std::deque<std::size_t> opening_{};  // in the order of their start
    std::vector<std::size_t> left_{};
    std::size_t half_open_ = 0;
    std::size_t waiting_ = 0;
    std::size_t next_to_replace_ = 0;
    Time next_start_{};
    WaitingCounts counts_{};
};

}  // namespace qrgate::bench
