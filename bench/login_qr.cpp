// Whole QR logins (P2, P8). Every browser waits before the clock begins, as people do. The n-th confirm has
// its planned moment; its scan comes `lead` earlier, so that passphrase and signature are done when it is
// sent, and the time to `confirmed` counts from the planned moment.
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
constexpr std::size_t most_browsers = 15'000;  // of this process, beside its phones
constexpr std::chrono::seconds patience{10};

struct QrLoad : LoginLoad {
    explicit QrLoad(const Options& given)
        : LoginLoad(given, "login qr"), lead(given.seconds("lead")), crowd(given), rate(given.real("rate")) {}

    Duration lead;
    WaitingCrowd crowd;
    double rate;
    Pool<Phone> phones = {};
    std::vector<std::shared_ptr<QrBrowser>> browsers = {};
    std::size_t next_browser = 0;
    std::size_t opened = 0;
    std::uint64_t logins = 0;  // between the two looks at the server
    bool measuring = false;

    // A browser's reader ends with its socket.
    void put_away() {
        for (auto& browser : browsers)
            browser->leave();
        browsers.clear();
        phones.clear();
        connections.clear();
    }
    void add(const char* what, Ask ask, Duration took) {
        if (!ask.warmup) result.latencies[what].add(took);
    }
};

Task<void> open_browser(QrLoad& load, std::size_t which, Progress& progress) {
    const std::string fault = co_await load.browsers[which]->open();
    if (!fault.empty())
        throw CannotMeasure(
            fmt::format("browser {} of {} cannot wait ({}): raise room.seats_per_address and "
                        "http.connections, or give --sources",
                        which + 1, load.browsers.size(), fault));
    ++load.opened;
    progress.show(Clock::now(), static_cast<double>(load.opened) / static_cast<double>(load.browsers.size()),
                  fmt::format("{} browsers wait", load.opened));
}

Task<void> open_browsers(QrLoad& load, Progress& progress) {
    auto executor = co_await asio::this_coro::executor;
    const double time = load.options.real("warmup") + load.options.real("seconds");
    const auto needed = static_cast<std::size_t>(std::ceil(load.rate * time)) + 1;
    if (needed > most_browsers)
        throw CannotMeasure(
            fmt::format("{} browsers are too many for one run: at most {}", needed, most_browsers));
    const auto sources = load.options.sources();
    for (std::size_t i = 0; i < needed; ++i)
        load.browsers.push_back(
            std::make_shared<QrBrowser>(executor, load.target, sources[i % sources.size()]));
    co_await in_lanes(64, needed, [&](std::size_t which) { return open_browser(load, which, progress); });
}

// From the phone's scan to the signature. Empty: `signature` may be sent.
Task<std::string> prepare(QrLoad& load, Phone& phone, std::string token, Ask ask, std::string& signature) {
    const auto begun = Clock::now();
    std::string text;
    std::string fault = co_await phone.scan(token, text);
    load.add("scan", ask, Clock::now() - begun);
    if (!fault.empty()) co_return fault;
    const auto scanned = Clock::now();
    fault = co_await phone.unlock();
    load.add("unlock", ask, Clock::now() - scanned);
    if (!fault.empty()) co_return fault;
    std::string why;
    signature = phone.sign(token, text, why);
    co_return why.empty() ? std::string() : "text_refused_" + why;
}

Task<std::string> confirm_and_redeem(QrLoad& load, Phone& phone, QrBrowser& browser, std::string token,
                                     std::string signature, Ask ask) {
    const Time planned = ask.intended + load.lead;
    if (Clock::now() > planned) {
        if (!ask.warmup) load.count("prepared_late");
    } else {
        Timer until(co_await asio::this_coro::executor, planned);
        co_await until.async_wait(use_task);
    }
    const std::string fault = co_await phone.confirm(std::move(token), std::move(signature));
    load.add("confirm", ask, Clock::now() - planned);
    if (!fault.empty()) co_return fault;
    if (!co_await browser.told("confirmed", Clock::now() + patience))
        co_return std::string("confirmed_not_told");
    load.add("confirm_to_confirmed", ask, browser.told_at() - planned);

    auto connection = co_await load.connections.take();
    const auto told = Clock::now();
    const Reply reply = co_await browser.redeem_by(*connection);
    load.add("redeem", ask, Clock::now() - told);
    co_return reply.status == 200 ? std::string() : named("redeem", reply);
}

Task<bool> log_in(QrLoad& load, Ask ask) {
    std::shared_ptr<QrBrowser> browser = load.browsers[load.next_browser++ % load.browsers.size()];
    auto phone = co_await load.phones.take();
    const std::string token = browser->token();
    std::string signature;
    std::string fault = co_await prepare(load, *phone, token, ask, signature);
    if (fault.empty())
        fault = co_await confirm_and_redeem(load, *phone, *browser, token, std::move(signature), ask);
    browser->forget();
    if (!ask.warmup) load.count(fault.empty() ? "qr_200" : fault);
    if (fault.empty() && load.measuring) ++load.logins;
    co_return fault.empty();
}

// What the waiting alone costs the server: codes are renewed, pings are sent.
Task<void> look_at_waiting(QrLoad& load) {
    if (!load.cost.known()) co_return;
    constexpr std::chrono::seconds time{2};
    load.cost.begin();
    Timer until(co_await asio::this_coro::executor, time);
    co_await until.async_wait(use_task);
    load.cost.end();
    load.result.figures["waiting_cpu_us_per_s"] =
        static_cast<double>(load.cost.spent().count()) / static_cast<double>(time.count());
}

Task<Tally> measure(QrLoad& load, Progress& progress) {
    const PutAway<QrLoad> at_the_end(load);
    auto executor = co_await asio::this_coro::executor;
    PhonePlan plan{.target = load.target,
                   .sources = load.options.sources(),
                   .people = load.people,
                   .file = load.options.text("phones")};
    co_await prepare_phones(std::move(plan), load.phones, progress);
    load.connect(executor, std::min<std::size_t>(load.options.whole("connections"), 256));
    load.crowd.begin(load.options.whole("waiting"));
    co_await open_browsers(load, progress);
    co_await look_at_waiting(load);

    LoopPlan loop = load.plan(true);
    loop.on_measured_from = [&load] {
        load.cost.begin();
        load.measuring = true;
    };
    // As many are between scan and redeem now as were then: what each side lacks, the other has.
    loop.on_end = [&load] {
        load.cost.end();
        load.measuring = false;
    };
    Tally tally =
        co_await open_loop(std::move(loop), [&load](Ask ask) { return log_in(load, ask); }, progress);
    load.result.counts["phones"] = load.phones.size();
    co_return tally;
}

void add_cost(QrLoad& load, double seconds) {
    if (!load.cost.known() || load.logins == 0) return;
    auto& figures = load.result.figures;
    const double spent = static_cast<double>(load.cost.spent().count());
    const double logins = static_cast<double>(load.logins);
    figures["cpu_us_per_login"] = spent / logins;
    figures["cpu_us_per_login_without_waiting"] =
        (spent - figures["waiting_cpu_us_per_s"] * seconds) / logins;
}

}  // namespace

void measure_qr_logins(const Options& options) {
    if (!(options.real("rate") > 0)) throw WrongOptions("qr wants a --rate above zero, such as 200");
    QrLoad load(options);
    // One login at a time each: enough for those that are between scan and redeem, and as many again.
    const auto usual = static_cast<std::size_t>(std::ceil(load.rate * (options.real("lead") + 0.1) * 2)) + 4;
    load.read_people(options.given("first") ? options.whole("first") : usual);
    Progress progress(options.progress_wanted(), load.result.name);
    const Tally tally = run_here([&] { return measure(load, progress); });

    Result& result = load.result;
    result.counts["asked"] = tally.asked;
    result.counts["answered"] = tally.answered;
    result.counts["failed"] = tally.failed;
    result.counts["late"] = tally.late;
    result.counts["waiting"] = options.whole("waiting");
    result.latencies["login"] = tally.latency;
    add_cost(load, result.seconds);
    report(options, result);
}

}  // namespace qrgate::bench
