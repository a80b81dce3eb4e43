// QR logins whose phones scanned, unlocked and signed before the clock begins (P2: "signature made before").
// What is asked at the rate is the confirm alone; what is measured is confirm sent → `confirmed` at its
// browser, and confirm answered, both from the planned moment. Redeems come after, unmeasured. A ticket lives
// 300 s from its scan (docs/protocol.md section 2): who cannot prepare everything within that does it in
// several rounds.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cmath>

#include "bench/answers.hpp"
#include "bench/lanes.hpp"
#include "bench/login_load.hpp"
#include "bench/phones.hpp"
#include "bench/qr_browser.hpp"
#include "bench/waiting_crowd.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t most_logins = 14'000;  // of a round: descriptors of this process, beside its phones
constexpr std::size_t lanes = 16;            // of what is not measured: more would only wait in the server
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::seconds ticket_life{300};
constexpr std::chrono::seconds margin{20};  // left of a ticket's life when the last confirm is sent

// One request at a time each; leased for the time of one.
struct PhoneTurn {
    Phone* phone;
};

struct PreparedLogin {
    std::shared_ptr<QrBrowser> browser = {};
    std::size_t phone = 0;
    std::string token = {};
    std::string signature = {};  // empty: not prepared
    bool is_confirmed = false;   // and its browser was told
};

struct PreparedLoad : LoginLoad {
    explicit PreparedLoad(const Options& given)
        : LoginLoad(given, "login qr --prepared"), crowd(given), rate(given.real("rate")) {}

    WaitingCrowd crowd;
    double rate;
    Pool<Phone> phones = {};
    std::deque<Pool<PhoneTurn>> turns = {};
    std::vector<PreparedLogin> logins = {};  // of this round
    Tally tally = {};
    std::size_t done = 0;  // of this step of this round
    std::chrono::microseconds spent{};

    void put_away() {
        forget_logins();
        turns.clear();
        phones.clear();
        connections.clear();
    }
    // A browser's reader ends with its socket.
    void forget_logins() {
        for (auto& login : logins)
            login.browser->forget();
        logins.clear();
    }
    std::size_t needed(Duration measured) const {
        const double time = std::chrono::duration<double>(options.seconds("warmup")).count() +
                            std::chrono::duration<double>(measured).count();
        return static_cast<std::size_t>(std::ceil(rate * time)) + 1;
    }
    void step(Progress& progress, const char* what) {
        ++done;
        progress.show(Clock::now(), static_cast<double>(done) / static_cast<double>(logins.size()),
                      fmt::format("{} of {} {}", done, logins.size(), what));
    }
};

Task<void> open_browser(PreparedLoad& load, std::size_t which, Progress& progress) {
    const std::string fault = co_await load.logins[which].browser->open();
    if (!fault.empty())
        throw CannotMeasure(
            fmt::format("browser {} of {} cannot wait ({}): raise room.seats_per_address and "
                        "http.connections, or give --sources",
                        which + 1, load.logins.size(), fault));
    load.step(progress, "browsers wait");
}

Task<void> open_browsers(PreparedLoad& load, std::size_t how_many, Progress& progress) {
    auto executor = co_await asio::this_coro::executor;
    const auto sources = load.options.sources();
    for (std::size_t i = 0; i < how_many; ++i) {
        auto browser = std::make_shared<QrBrowser>(executor, load.target, sources[i % sources.size()]);
        load.logins.push_back({.browser = std::move(browser), .phone = i % load.turns.size()});
    }
    load.done = 0;
    co_await in_lanes(64, how_many, [&](std::size_t which) { return open_browser(load, which, progress); });
}

// Scan, passphrase, signature. What does not succeed is counted and not used.
Task<void> prepare(PreparedLoad& load, std::size_t which, Progress& progress) {
    PreparedLogin& login = load.logins[which];
    auto turn = co_await load.turns[login.phone].take();
    Phone& phone = *turn->phone;
    login.token = login.browser->token();
    std::string text;
    std::string fault = co_await phone.scan(login.token, text);
    if (fault.empty()) fault = co_await phone.unlock();
    if (fault.empty()) {
        std::string why;
        login.signature = phone.sign(login.token, text, why);
        if (!why.empty()) fault = "text_refused_" + why;
    }
    if (!fault.empty()) load.count("prepare_" + fault);
    load.step(progress, "scanned and signed");
}

Task<void> sleep_for(Duration time) {
    Timer until(co_await asio::this_coro::executor, time);
    co_await until.async_wait(use_task);
}

// Before the clock begins: the phone's connection is open (the server closes idle ones), and its first ticket
// is what it should be.
Task<void> look_again(PreparedLoad& load, std::size_t which) {
    PreparedLogin& login = load.logins[which];
    auto turn = co_await load.turns[login.phone].take();
    const std::string state = co_await turn->phone->state(login.token);
    if (state != "scanned") load.count("before_" + (state.empty() ? std::string("no_answer") : state));
}

// Everything of a round that is not measured first. How long it may confirm.
Task<Duration> prepare_round(PreparedLoad& load, Duration wanted, Progress& progress) {
    const std::size_t needed = load.needed(wanted);
    if (needed > most_logins)
        throw CannotMeasure(fmt::format(
            "{} logins are too many for one round: at most {}; give a shorter --round", needed, most_logins));
    co_await open_browsers(load, needed, progress);
    const Duration confirming = load.options.seconds("warmup") + wanted + load.options.seconds("hold");
    const Duration time = ticket_life - margin - confirming;
    if (time <= Duration::zero())
        throw CannotMeasure("a ticket does not live long enough for this --round; give a shorter one");
    load.done = 0;
    co_await in_lanes_until(lanes, needed, Clock::now() + time,
                            [&](std::size_t which) { return prepare(load, which, progress); });
    std::vector<PreparedLogin> ready;
    for (auto& login : load.logins) {
        if (!login.signature.empty()) {
            ready.push_back(std::move(login));
        } else {
            login.browser->forget();
            load.count("not_prepared");
        }
    }
    load.logins = std::move(ready);
    const Duration possible =
        std::chrono::nanoseconds(std::llround(1e9 * static_cast<double>(load.logins.size()) / load.rate)) -
        load.options.seconds("warmup");
    if (possible <= Duration::zero())
        throw CannotMeasure(fmt::format("only {} of {} logins could be prepared before their tickets end",
                                        load.logins.size(), needed));
    co_await sleep_for(load.options.seconds("hold"));
    co_await in_lanes(lanes, std::min(load.turns.size(), load.logins.size()),
                      [&load](std::size_t which) { return look_again(load, which); });
    co_return std::min(wanted, possible);
}

Task<bool> confirm_one(PreparedLoad& load, Ask ask) {
    if (ask.number >= load.logins.size()) {
        load.count("nothing_prepared");
        co_return false;
    }
    PreparedLogin& login = load.logins[ask.number];
    std::string fault;
    {
        auto turn = co_await load.turns[login.phone].take();
        fault = co_await turn->phone->confirm(login.token, login.signature);
    }
    const Duration answered = Clock::now() - ask.intended;
    if (fault.empty() && !co_await login.browser->told("confirmed", Clock::now() + patience))
        fault = "confirmed_not_told";
    if (fault.find("ticket_expired") != std::string::npos) load.count("expired");
    login.is_confirmed = fault.empty();
    if (!ask.warmup) {
        load.result.latencies["confirm"].add(answered);
        if (fault.empty())
            load.result.latencies["confirm_to_confirmed"].add(login.browser->told_at() - ask.intended);
        load.count(fault.empty() ? "confirmed" : fault);
    }
    co_return fault.empty();
}

Task<void> redeem_one(PreparedLoad& load, std::size_t which) {
    PreparedLogin& login = load.logins[which];
    if (!login.is_confirmed) co_return;
    auto connection = co_await load.connections.take();
    const Reply reply = co_await login.browser->redeem_by(*connection);
    load.count(reply.status == 200 ? "redeemed" : named("redeem", reply));
    login.browser->forget();
}

Task<void> one_round(PreparedLoad& load, Duration measured, Progress& progress) {
    LoopPlan loop = load.plan(true);
    loop.pace.measured = measured;
    if (load.cost.known()) {
        loop.on_measured_from = [&load] { load.cost.begin(); };
        loop.on_end = [&load] {
            load.cost.end();
            load.spent += load.cost.spent();
        };
    }
    load.tally.merge(
        co_await open_loop(std::move(loop), [&load](Ask ask) { return confirm_one(load, ask); }, progress));
    // In the order of their confirms: a confirmed ticket waits 60 s for its redeem.
    co_await in_lanes(lanes, load.logins.size(),
                      [&load](std::size_t which) { return redeem_one(load, which); });
    load.forget_logins();
}

Task<Tally> measure(PreparedLoad& load, Progress& progress) {
    const PutAway<PreparedLoad> at_the_end(load);
    auto executor = co_await asio::this_coro::executor;
    PhonePlan plan{.target = load.target,
                   .sources = load.options.sources(),
                   .people = load.people,
                   .file = load.options.text("phones")};
    co_await prepare_phones(std::move(plan), load.phones, progress);
    for (const auto& phone : load.phones.all())
        load.turns.emplace_back().add(std::make_unique<PhoneTurn>(phone.get()));
    load.connect(executor, lanes);
    load.crowd.begin(load.options.whole("waiting"));

    const Duration all = load.options.seconds("seconds");
    Duration measured{};
    // A round that could prepare little measures little; it is repeated, but not for ever.
    for (int round = 0; measured < all && round < 20; ++round) {
        const Duration now =
            co_await prepare_round(load, std::min(load.options.seconds("round"), all - measured), progress);
        co_await one_round(load, now, progress);
        measured += now;
        load.count("rounds");
    }
    load.result.seconds = std::chrono::duration<double>(measured).count();
    load.result.counts["phones"] = load.phones.size();
    load.result.counts["still_waiting"] = load.crowd.still_waiting();
    co_return load.tally;
}

// Figures of confirms for tickets that had ended are figures of refusals.
void refuse_expired(const Result& result) {
    const auto expired = result.counts.find("expired");
    if (expired == result.counts.end()) return;
    throw CannotMeasure(
        fmt::format("{} prepared tickets had expired when their confirm was sent: the time from scan to "
                    "confirm (qr.confirm_time) is shorter than preparing takes; give a shorter --round",
                    expired->second));
}

}  // namespace

void measure_prepared_logins(const Options& options) {
    if (!(options.real("rate") > 0)) throw WrongOptions("qr wants a --rate above zero, such as 200");
    if (!(options.real("round") > 0)) throw WrongOptions("--round wants seconds above zero");
    PreparedLoad load(options);
    // Enough that a phone's confirm is answered before its next one is due, also by a slow server.
    const auto usual = static_cast<std::size_t>(std::ceil(load.rate * 2)) + 4;
    load.read_people(options.given("first") ? options.whole("first") : usual);
    Progress progress(options.progress_wanted(), load.result.name);
    const Tally tally = run_here([&] { return measure(load, progress); });

    Result& result = load.result;
    refuse_expired(result);
    result.counts["asked"] = tally.asked;
    result.counts["answered"] = tally.answered;
    result.counts["failed"] = tally.failed;
    result.counts["late"] = tally.late;
    result.counts["waiting"] = options.whole("waiting");
    result.latencies["login"] = tally.latency;  // answered and told, with those that failed or were late
    if (load.cost.known() && tally.asked > 0)
        result.figures["cpu_us_per_confirm"] =
            static_cast<double>(load.spent.count()) / static_cast<double>(tally.asked);
    report(options, result);
}

}  // namespace qrgate::bench
