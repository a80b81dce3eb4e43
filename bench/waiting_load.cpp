#include "bench/waiting_load.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "bench/progress.hpp"
#include "bench/servers_watched.hpp"
#include "bench/slices.hpp"
#include "bench/sub_commands.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

class WaitingLoad {
public:
    explicit WaitingLoad(const Options& options);
    Result run();

private:
    SlicesPlan plan() const;
    void go_to(std::size_t seats);
    // Until everybody waits and has a code. A busy machine opens slower than it was asked to.
    bool all_open(std::size_t how_many, const std::string& what);
    void rotate_twice();
    void replace();
    void advance_clock(int seconds) const;
    void settle();
    // Memory now, as a figure, and how many wait.
    void note_memory();
    void note_bytes();
    void note_idle();
    void show(const SlicesState& state, const std::string& what);

    const Options& options_;
    std::vector<Target> targets_;
    ServersWatched servers_;
    std::size_t low_;
    std::size_t high_;
    Slices slices_;
    Progress progress_;
    std::size_t asked_ = 0;
    double opening_seconds_ = 0;
    std::uint64_t replaced_ = 0;
    struct Look {
        std::size_t waiting;
        ProcessUse use;
    };
    std::vector<Look> curve_{};
    Result result_{.name = "waiting"};
};

WaitingLoad::WaitingLoad(const Options& options)
    : options_(options),
      targets_(options.targets()),
      servers_(options),
      low_(options.whole("from")),
      high_(options.whole("seats")),
      slices_((expect_qrgate(targets_), plan())),
      progress_(options.progress_wanted(), "waiting") {}

SlicesPlan WaitingLoad::plan() const {
    return {.urls = options_.list("url"),
            .sources = options_.sources(),
            .open_rate = options_.given("rate") ? options_.real("rate") : 2000,
            .half_open = options_.whole("half-open"),
            .processes = options_.given("processes") ? options_.whole("processes") : processes_for(high_)};
}

void WaitingLoad::show(const SlicesState& state, const std::string& what) {
    progress_.show(Clock::now(), static_cast<double>(state.waiting) / static_cast<double>(high_),
                   fmt::format("{} waiting, {} failed, {}", state.waiting, state.failed, what));
}

bool WaitingLoad::all_open(std::size_t how_many, const std::string& what) {
    const std::chrono::duration<double> asked(static_cast<double>(how_many) / plan().open_rate);
    return slices_.wait(
        60s + std::chrono::duration_cast<Duration>(5 * asked),
        [](const SlicesState& state) { return state.settled && state.with_first_code >= state.waiting; },
        [&](const SlicesState& state) { show(state, what); });
}

void WaitingLoad::go_to(std::size_t seats) {
    const Time begin = Clock::now();
    const std::size_t more = seats - asked_;
    slices_.open(more);
    asked_ = seats;
    bool opened = slices_.wait(
        300s,
        [](const SlicesState& state) { return state.settled && state.with_first_code >= state.waiting; },
        [this](const SlicesState& state) { show(state, "opening"); });
    opening_seconds_ += std::chrono::duration<double>(Clock::now() - begin).count();
    if (slices_.state().waiting == 0)
        throw CannotMeasure("no browser could wait: " + targets_.front().origin() + " refuses /ws/qr");
    if (!opened)
        throw CannotMeasure("the browsers were not all open, each with its code, in five times their time");
}

void WaitingLoad::advance_clock(int seconds) const {
    for (const Target& target : targets_) {
        Reply reply = send_once(target, {.method = "POST",
                                         .path = "/demo/clock",
                                         .body = fmt::format(R"({{"advance_s":{}}})", seconds),
                                         .headers = {{"Origin", target.origin()}}});
        if (reply.status != 200)
            throw CannotMeasure(target.origin() +
                                " has no door /demo/clock (serve --demo); leave --clock out and wait");
    }
}

// A first code lives 60 s, the next ones 30 s.
void WaitingLoad::rotate_twice() {
    if (options_.on("keep")) return;
    auto rotated = [this](Duration at_most, auto enough) {
        return slices_.wait(at_most, enough,
                            [this](const SlicesState& state) { show(state, "until each rotated twice"); });
    };
    // Whose wait ends meanwhile is replaced, and has not rotated yet.
    const std::uint64_t reopened = slices_.state().reopened;
    auto both = [reopened](const SlicesState& state) {
        return state.with_two_more + (state.reopened - reopened) >= state.waiting;
    };
    if (options_.on("clock")) {
        advance_clock(60);
        // The second is armed when the first has happened.
        const std::uint64_t before = slices_.state().messages;
        rotated(10s, [before](const SlicesState& state) { return state.messages >= before + state.waiting; });
        advance_clock(30);
    }
    if (!rotated(options_.on("clock") ? Duration(40s) : Duration(120s), both))
        throw CannotMeasure(fmt::format("only {} of {} browsers had their code changed twice in time",
                                        slices_.state().with_two_more, slices_.state().waiting));
}

void WaitingLoad::replace() {
    if (options_.on("keep")) return;
    std::size_t half = slices_.state().waiting / 2;
    slices_.leave(half);
    replaced_ += half;
    // A seat outlives its browser by 30 s. Nobody comes before the seats of those who left are gone: else the
    // table would grow to hold both, half as many again, and the figure would be of more seats than wait.
    // The clock moves when the server has noticed all who left: whom it notices later stays for half a minute
    // more.
    settle();
    if (options_.on("clock")) {
        advance_clock(31);
    } else {
        slices_.wait(
            31s, [](const SlicesState&) { return false; },
            [this](const SlicesState& state) { show(state, "half of them have left"); });
    }
    settle();
    slices_.fill_places();
    if (!all_open(half, "replacing half"))
        throw CannotMeasure("the replaced browsers were not all open again in five times their time");
}

void WaitingLoad::settle() {
    slices_.wait(
        options_.seconds("settle"), [](const SlicesState&) { return false; },
        [this](const SlicesState& state) { show(state, "settling"); });
}

void WaitingLoad::note_memory() {
    settle();
    if (!servers_.any()) return;
    curve_.push_back({slices_.state().waiting, servers_.use()});
}

// What the server does while nobody does anything: rotations and pings.
void WaitingLoad::note_idle() {
    if (!servers_.any() || options_.real("seconds") <= 0) return;
    const Time begin = Clock::now();
    const auto before = servers_.use().cpu;
    slices_.wait(
        options_.seconds("seconds"), [](const SlicesState&) { return false; },
        [this](const SlicesState& state) { show(state, "measuring"); });
    const double cpu = std::chrono::duration<double>(servers_.use().cpu - before).count();
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    result_.figures["idle_cpu_share"] = cpu / result_.seconds;
    result_.figures["idle_cpu_us_per_second_per_1000_seats"] =
        cpu * 1e6 / result_.seconds / (static_cast<double>(slices_.state().waiting) / 1000);
}

// What a seat takes of the server's own memory, and of file pages that were its alone just then
// (server_process.hpp).
void WaitingLoad::note_bytes() {
    for (const auto& [waiting, use] : curve_)
        result_.figures[fmt::format("memory_at_{}", waiting)] = static_cast<double>(use.private_bytes);
    if (curve_.size() < 2 || curve_.back().waiting <= curve_.front().waiting) return;
    const Look& low = curve_.front();
    const Look& high = curve_.back();
    const double seats = static_cast<double>(high.waiting - low.waiting);
    auto more = [seats](std::uint64_t now, std::uint64_t before) {
        return (static_cast<double>(now) - static_cast<double>(before)) / seats;
    };
    result_.figures["bytes_per_seat"] = more(high.use.private_bytes, low.use.private_bytes);
    result_.figures["clean_file_bytes_per_seat"] = more(high.use.file_bytes, low.use.file_bytes);
}

Result WaitingLoad::run() {
    const std::size_t steps = std::max<std::size_t>(options_.whole("steps"), 1);
    go_to(low_);
    rotate_twice();
    replace();
    note_memory();
    for (std::size_t step = 1; step <= steps; ++step) {
        go_to(low_ + (high_ - low_) * step / steps);
        if (step < steps) note_memory();
    }
    rotate_twice();
    replace();
    note_memory();
    note_idle();

    const SlicesState& state = slices_.state();
    result_.counts = {{"seats", state.waiting},
                      {"opened", state.opened},
                      {"failed", state.failed},
                      {"replaced", replaced_},
                      {"reopened", state.reopened},
                      {"messages", state.messages},
                      {"rotated_twice", state.with_two_more},
                      {"asked", high_ + replaced_}};
    for (const auto& [code, count] : state.closed_by_server)
        result_.counts[fmt::format("closed_{}", code)] = count;
    result_.figures["opened_per_second"] = static_cast<double>(high_) / opening_seconds_;
    note_bytes();
    return result_;
}

int run(const Options& options) {
    options.targets();
    if (options.whole("from") == 0 || options.whole("seats") <= options.whole("from"))
        throw WrongOptions("--from is at least 1, and --seats more than that");
    WaitingLoad load(options);
    Result result = load.run();
    result.url = fmt::format("{}", fmt::join(options.list("url"), " "));
    result.settings = options.settings();
    report(options, result);
    return 0;
}

}  // namespace

SubCommand waiting_command() {
    using enum OptionKind;
    return {
        .name = "waiting",
        .line = "browsers that wait: memory for each, processor time while nothing happens",
        .words = "",
        .own = {{"seats", whole, "18000", "the high number"},
                {"from", whole, "2000", "the low number"},
                {"steps", whole, "4", "measured steps from the one to the other"},
                {"rate", real, "2000", "new browsers a second"},
                {"half-open", whole, "200", "opened at the same time, at most"},
                {"settle", real, "3", "seconds of quiet before memory is looked at"},
                {"seconds", real, "10", "how long the waiting itself is measured; 0: not"},
                {"sources", whole, "8", "local addresses 127.0.0.1 to 127.0.0.N"},
                {"clock", on, "", "move the server's clock (serve --demo) instead of waiting for rotations"},
                {"keep", on, "", "no rotations, no replacing: the seats as they were opened"}},
        .example = "--url http://127.0.0.1:8080 --server-pid 4711 --seats 18000 --clock",
        .run = run};
}

}  // namespace qrgate::bench
