#include "bench/mixed_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "bench/lanes.hpp"
#include "bench/phones.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;

Shares shares_of(const Options& options) {
    const Shares shares{.sms = options.real("sms-share"),
                        .qr = options.real("qr-share"),
                        .wrong_password = options.real("wrong-share"),
                        .qr_denied = options.real("denied-share"),
                        .qr_leaves = options.real("leaves-share"),
                        .qr_never = options.real("never-share")};
    if (!are_shares(shares))
        throw WrongOptions("the shares are parts of a whole: 0 to 1, together at most 1");
    return shares;
}

// What a background task came to is looked at when the day is over.
struct Background {
    bool ended = false;
    std::exception_ptr thrown{};
};

Task<Tally> live(MixedLoad& load, Progress& progress) {
    const PutAway<MixedLoad> at_the_end(load);
    auto executor = co_await asio::this_coro::executor;
    const auto phones = std::min<std::size_t>(load.people.size(), load.options.whole("phone-count"));
    PhonePlan plan{.target = load.target,
                   .sources = load.options.sources(),
                   .people = {load.people.end() - static_cast<std::ptrdiff_t>(phones), load.people.end()},
                   .file = load.options.text("phones")};
    co_await prepare_phones(std::move(plan), load.phones, progress);
    co_await seat_crowd(load, load.options.whole("waiting"), progress);

    LoopPlan loop = load.plan(true);
    loop.pace.arrivals = Arrivals::poisson;
    loop.pace.seed = load.options.whole("seed");
    loop.patience = std::chrono::seconds(60);
    const Time middle = Clock::now() + loop.pace.warmup + loop.pace.measured / 2;
    auto restart = std::make_shared<Background>();
    asio::co_spawn(executor, restart_server(load, load.options.text("restart-command"), middle),
                   [restart](std::exception_ptr thrown) {
                       restart->ended = true;
                       restart->thrown = thrown;
                   });
    Tally tally =
        co_await open_loop(std::move(loop), [&load](Ask ask) { return visit(load, ask); }, progress);
    const Time until = Clock::now() + std::chrono::seconds(60);
    while ((!restart->ended || load.seated < load.crowd.size()) && Clock::now() < until)
        co_await rest(std::chrono::milliseconds(50));
    if (restart->thrown) std::rethrow_exception(restart->thrown);
    load.over = true;
    load.result.counts["waiting_at_the_end"] = load.seated;
    co_return tally;
}

int run_mixed(const Options& options) {
    if (!(options.real("rate") > 0) || !(options.real("seconds") > 0))
        throw WrongOptions("--rate and --seconds want more than zero");
    MixedLoad load(options);
    load.read_people(options.given("first") ? options.whole("first") : 100'000);
    Progress progress(options.progress_wanted(), "mixed");
    const Tally tally = run_here([&] { return live(load, progress); });

    Result& result = load.result;
    result.counts["asked"] = tally.asked;
    result.counts["answered"] = tally.answered;
    result.counts["failed"] = tally.failed;
    result.counts["late"] = tally.late;
    result.counts["waiting"] = options.whole("waiting");
    result.counts.try_emplace("lost_confirmed", 0);
    if (load.restarted) {
        result.counts.try_emplace("seats_lost", 0);
        result.counts.try_emplace("seats_not_regained", 0);
        if (load.seated_again)
            result.figures["all_seated_again_s"] =
                std::chrono::duration<double>(*load.seated_again - *load.restarted).count();
    }
    report(options, result);
    return 0;
}

}  // namespace

MixedLoad::MixedLoad(const Options& given)
    : LoginLoad(given, "mixed"),
      shares(shares_of(given)),
      day(shares, given.whole("seed")),
      chance(given.whole("seed") + 1),
      pause(given.seconds("pause")),
      within(given.seconds("reconnect-within")) {}

std::string MixedLoad::source() {
    const auto sources = options.sources();
    return sources[next_source++ % sources.size()];
}

void MixedLoad::time(std::string_view what, Ask ask, Duration took) {
    if (!ask.warmup) result.latencies[std::string(what)].add(took);
}

void MixedLoad::put_away() {
    over = true;
    for (auto& browser : crowd)
        browser->leave();
    crowd.clear();
    phones.clear();
    connections.clear();
}

SubCommand mixed_command() {
    using enum OptionKind;
    return {
        .name = "mixed",
        .line = "a realistic day, compressed; with a restart of the server in the middle",
        .words = "",
        .own = {{"rate", real, "20", "arrivals a second, by Poisson"},
                {"first", whole, "", "of the people, only so many"},
                {"phones", text, "", "file of enrolled phones; made where it is not there"},
                {"phone-count", whole, "32", "phones; of the last people of the file"},
                {"waiting", whole, "0", "so many more browsers wait all day"},
                {"pause", real, "0.3", "seconds a person takes for a step, about"},
                {"sms-share", real, "0.15", "of all who come; those without share use a password"},
                {"qr-share", real, "0.25", "of all who come"},
                {"wrong-share", real, "0.1", "of passwords: mistyped first"},
                {"denied-share", real, "0.03", "of QR logins: refused first"},
                {"leaves-share", real, "0.1", "of QR logins: the browser leaves and comes back"},
                {"never-share", real, "0.2", "of QR codes: nobody scans them"},
                {"restart-command", text, "", "run by /bin/sh in the middle; ends when the server is back"},
                {"reconnect-within", real, "5", "seconds over which those who wait come back"},
                {"seed", whole, "1", "the same seed, the same day"}},
        .example = "--url http://localhost:8080 --people people.csv --rate 20 --seconds 60 --waiting 2000",
        .run = run_mixed};
}

}  // namespace qrgate::bench
