// Browsers that wait, spread over processes of this program, because a process may hold 20 000 descriptors:
// the parent tells each what to do and adds up what they say. Each is `qrgate-bench slice`: JSON lines on its
// standard input and output; it ends when its input does, so none outlives the parent. Owned by one
// sub-command; one thread. Throws CannotMeasure when a slice is lost.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/options.hpp"
#include "bench/pacer.hpp"
#include "bench/waiting_browsers.hpp"

namespace qrgate::bench {

// What all slices together say, a few times a second.
struct SlicesState {
    std::size_t waiting = 0;
    bool settled = false;  // nothing is being opened
    std::uint64_t opened = 0;
    std::uint64_t failed = 0;
    std::map<int, std::uint64_t> closed_by_server = {};
    std::uint64_t reopened = 0;  // their wait was over
    std::uint64_t messages = 0;
    std::size_t with_first_code = 0;  // of those that wait: a code was seen,
    std::size_t with_two_more = 0;    // and two more: rotated twice
    bool pushed = true;               // no push run goes on
    Tally push = {};                  // of the newest run
    std::uint64_t frame_octets = 0;   // of the newest frame pushed
};

struct SlicesPlan {
    std::vector<std::string> urls = {};
    std::vector<std::string> sources = {};
    std::string subscribe = {};  // a peer's ws://host:port/…{id}; empty: qrgate
    std::string publish = {};    // a peer's http://host:port/…{id}
    double open_rate = 2000;     // all together
    std::size_t half_open = 200;
    std::size_t processes = 1;
};

struct PushPlan {
    Pace pace = {};               // all together
    std::size_t connections = 8;  // in each slice, to each server
};

class Slices {
public:
    explicit Slices(SlicesPlan plan);
    ~Slices();  // ends them
    Slices(const Slices&) = delete;
    Slices& operator=(const Slices&) = delete;

    void open(std::size_t more);
    // So many close; new ones take their places at fill_places().
    void leave(std::size_t count);
    void fill_places();
    void push(const PushPlan& plan);
    // Looks until `enough` says so or the time is over; `look` is called after each look. → whether it was
    // enough.
    bool wait(Duration at_most, const std::function<bool(const SlicesState&)>& enough,
              const std::function<void(const SlicesState&)>& look = {});
    const SlicesState& state() const noexcept;

private:
    struct Child;
    void tell(const std::function<std::string(std::size_t, std::size_t)>& line);
    void add_up();

    SlicesPlan plan_;
    std::vector<std::unique_ptr<Child>> children_;
    std::size_t asked_ = 0;
    SlicesState state_{};
};

// How many processes for so many seats, when --processes was not given.
std::size_t processes_for(std::size_t seats);

// The n-th of `parts` shares of `whole`: together they are the whole.
std::size_t share_of(std::size_t whole, std::size_t parts, std::size_t n);

SubCommand slice_command();  // hidden: not in the help

}  // namespace qrgate::bench
