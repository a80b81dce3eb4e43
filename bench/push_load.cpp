#include "bench/push_load.hpp"

#include <fmt/format.h>

#include "bench/progress.hpp"
#include "bench/servers_watched.hpp"
#include "bench/slices.hpp"
#include "bench/sub_commands.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// The door answers for a code that nobody has: by that it is told from a server without the door.
void expect_push_door(const Target& target) {
    Reply reply = send_once(target, {.method = "POST",
                                     .path = "/bench/push",
                                     .body = R"({"token":"2222-2222"})",
                                     .headers = {{"Origin", target.origin()}}});
    if (reply.status != 404 || reply.body.find("ticket_unknown") == std::string::npos)
        throw CannotMeasure(
            fmt::format("{} has no door /bench/push (it answers {}): start it by serve --bench",
                        target.origin(), reply.status));
}

class PushLoad {
public:
    explicit PushLoad(const Options& options);
    Result run();

private:
    SlicesPlan plan() const;
    void open();
    void pass(Duration time);
    void note_idle();
    Tally round(const Pace& pace);
    void note_cpu(const Pace& pace, const Tally& tally);
    double cpu() const { return std::chrono::duration<double>(servers_.use().cpu).count(); }

    const Options& options_;
    bool peer_;
    ServersWatched servers_;
    Slices slices_;
    Progress progress_;
    Time begun_{};
    std::chrono::duration<double> planned_{1};
    double idle_share_ = 0;  // of a processor
    double cpu_ = 0;         // seconds, while pushes were measured
    double seconds_ = 0;
    Result result_{};
};

PushLoad::PushLoad(const Options& options)
    : options_(options),
      peer_(options.given("peer")),
      servers_(options),
      slices_(plan()),
      progress_(options.progress_wanted(), "push") {
    result_.name = peer_ ? "push " + options.text("peer") : "push";
}

SlicesPlan PushLoad::plan() const {
    if (!peer_) {
        expect_qrgate(options_.targets());
        for (const Target& target : options_.targets())
            expect_push_door(target);
    }
    return {.urls = options_.list("url"),
            .sources = options_.sources(),
            .subscribe = options_.text("subscribe"),
            .publish = options_.text("publish"),
            .open_rate = options_.real("open-rate"),
            .half_open = options_.whole("half-open"),
            .processes = options_.given("processes") ? options_.whole("processes")
                                                     : processes_for(options_.whole("seats"))};
}

void PushLoad::open() {
    const std::size_t seats = options_.whole("seats");
    slices_.open(seats);
    bool opened = slices_.wait(
        300s,
        [this](const SlicesState& state) {
            return state.settled && (peer_ || state.with_first_code >= state.waiting);
        },
        [this, seats](const SlicesState& state) {
            progress_.show(Clock::now(), static_cast<double>(state.waiting) / static_cast<double>(seats),
                           fmt::format("{} waiting, {} failed", state.waiting, state.failed));
        });
    if (slices_.state().waiting == 0)
        throw CannotMeasure("no browser could wait: the server refuses them or is not there");
    if (!opened) throw CannotMeasure("the browsers were not all open within five minutes");
}

// Lets `seconds` pass, with what is known of the pushes shown.
void PushLoad::pass(Duration time) {
    const Time until = Clock::now() + time;
    while (Clock::now() < until)
        slices_.wait(
            until - Clock::now(), [](const SlicesState&) { return false; },
            [this](const SlicesState& state) {
                progress_.show(Clock::now(), std::min(1.0, (Clock::now() - begun_) / planned_), state.push);
            });
}

// What waiting alone costs, so that it can be told from the pushes.
void PushLoad::note_idle() {
    if (!servers_.any()) return;
    const Time begin = Clock::now();
    const double before = cpu();
    pass(2s);
    idle_share_ = (cpu() - before) / std::chrono::duration<double>(Clock::now() - begin).count();
}

Tally PushLoad::round(const Pace& pace) {
    slices_.push({.pace = pace, .connections = options_.whole("connections")});
    pass(pace.warmup);
    const Time from = Clock::now();
    const double before = cpu();
    pass(pace.measured);
    cpu_ += cpu() - before;
    seconds_ += std::chrono::duration<double>(Clock::now() - from).count();
    if (!slices_.wait(15s, [](const SlicesState& state) { return state.pushed; }))
        throw CannotMeasure("the client processes did not end their pushes in time");
    return slices_.state().push;
}

void PushLoad::note_cpu(const Pace& pace, const Tally& tally) {
    if (!servers_.any()) return;
    const double pushes = pace.rate * seconds_ * static_cast<double>(tally.answered) /
                          static_cast<double>(std::max<std::uint64_t>(tally.asked, 1));
    result_.figures["cpu_us_per_push"] = cpu_ * 1e6 / pushes;
    result_.figures["cpu_us_per_push_net"] = (cpu_ - idle_share_ * seconds_) * 1e6 / pushes;
    result_.figures["idle_cpu_share"] = idle_share_;
    result_.figures["server_busy"] = cpu_ / seconds_;
}

Result PushLoad::run() {
    open();
    const std::size_t rounds = options_.whole("rounds");
    Pace pace{.rate = options_.real("rate"),
              .arrivals = options_.on("poisson") ? Arrivals::poisson : Arrivals::fixed,
              .warmup = options_.seconds("warmup"),
              .measured = options_.seconds("seconds")};
    begun_ = Clock::now();
    planned_ = options_.seconds("settle") + rounds * (pace.warmup + pace.measured);
    pass(options_.seconds("settle"));
    note_idle();
    Tally tally;
    for (std::size_t n = 1; n <= rounds; ++n) {
        const Tally part = round(pace);
        if (rounds > 1) result_.latencies[fmt::format("push_{}", n)] = part.latency;
        tally.merge(part);
        pace.seed += 1000;  // others than in the round before
    }

    const SlicesState& state = slices_.state();
    result_.seconds = static_cast<double>(rounds) * std::chrono::duration<double>(pace.measured).count();
    result_.counts = {
        {"seats", state.waiting},           {"asked", tally.asked}, {"answered", tally.answered},
        {"failed", tally.failed},           {"late", tally.late},   {"seats_failed", state.failed},
        {"frame_bytes", state.frame_octets}};
    for (const auto& [code, count] : state.closed_by_server)
        result_.counts[fmt::format("closed_{}", code)] = count;
    result_.latencies["push"] = tally.latency;
    result_.figures["pushes_per_second"] = static_cast<double>(tally.answered) / result_.seconds;
    note_cpu(pace, tally);
    return result_;
}

int run(const Options& options) {
    if (options.given("peer")) {
        const std::string peer = options.text("peer");
        if (peer != "nchan" && peer != "ws") throw WrongOptions("--peer is nchan or ws");
        for (const char* name : {"subscribe", "publish"})
            if (options.text(name).find("{id}") == std::string::npos)
                throw WrongOptions(fmt::format("--peer needs --{} with a URL that has {{id}} in it", name));
    } else {
        options.targets();
        if (options.given("subscribe") || options.given("publish"))
            throw WrongOptions("--subscribe and --publish are for --peer");
    }
    if (options.whole("seats") == 0 || options.whole("connections") == 0 || options.real("rate") <= 0 ||
        options.whole("rounds") == 0)
        throw WrongOptions("--seats, --connections, --rate and --rounds are above zero");
    PushLoad load(options);
    Result result = load.run();
    result.url = options.given("peer") ? options.text("publish")
                                       : fmt::format("{}", fmt::join(options.list("url"), " "));
    result.settings = options.settings();
    report(options, result);
    return 0;
}

}  // namespace

SubCommand push_command() {
    using enum OptionKind;
    return {
        .name = "push",
        .line = "messages to browsers that wait: how long they take, what they cost",
        .words = "",
        .own = {{"seats", whole, "10000", "browsers that wait"},
                {"rate", real, "1000", "pushes a second, open loop"},
                {"rounds", whole, "1", "measured so often over the same waiting browsers: push_1, push_2 …"},
                {"settle", real, "0",
                 "seconds to wait once all wait: after 60 codes turn as they do all the time"},
                {"poisson", on, "", "at moments by chance instead of evenly"},
                {"connections", whole, "16", "publish connections of each client process to each server"},
                {"open-rate", real, "2000", "new browsers a second"},
                {"half-open", whole, "200", "opened at the same time, at most"},
                {"sources", whole, "8", "local addresses 127.0.0.1 to 127.0.0.N"},
                {"peer", text, "", "nchan or ws: another server, without --url"},
                {"subscribe", text, "", "with --peer: ws://host:port/…{id}"},
                {"publish", text, "", "with --peer: http://host:port/…{id}"}},
        .example = "--url http://127.0.0.1:8080 --server-pid 4711 --seats 10000 --rate 2000 --seconds 20",
        .run = run};
}

}  // namespace qrgate::bench
