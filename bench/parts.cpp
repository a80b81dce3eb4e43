// What a confirm and a password login consist of, each alone with the product's own classes: at a rate, or
// flat out. The fourth part, a bare push, needs a server: that is `qrgate-bench push`.
#include <fmt/format.h>
#include <sodium.h>

#include <boost/asio/this_coro.hpp>
#include <cmath>
#include <thread>

#include "bench/bench_database.hpp"
#include "bench/lanes.hpp"
#include "bench/open_loop.hpp"
#include "bench/people.hpp"
#include "bench/sm2_key.hpp"
#include "bench/storage_load.hpp"
#include "bench/sub_commands.hpp"
#include "protocol/signed_text.hpp"
#include "server/config.hpp"
#include "server/password_hasher.hpp"
#include "server/signature_checker.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct PartLoad {
    explicit PartLoad(const Options& given)
        : options(given), progress(given.progress_wanted(), "parts " + given.word()) {
        result.name = "parts " + given.word();
        result.url = "in this process";
        result.settings = given.settings();
        result.seconds = given.real("seconds");
    }

    const Options& options;
    Progress progress;
    Result result{};

    bool at_rate() const { return options.given("rate"); }
    LoopPlan plan() const {
        LoopPlan plan;
        plan.pace.rate = at_rate() ? options.real("rate") : 1;
        plan.pace.warmup = options.seconds("warmup");
        plan.pace.measured = options.seconds("seconds");
        return plan;
    }
    Task<Tally> run(std::size_t lanes, AskFunction ask) {
        if (at_rate()) co_return co_await open_loop(plan(), std::move(ask), progress);
        co_return co_await flat_out(plan(), lanes, std::move(ask), progress);
    }
    void add(const Tally& tally, const std::string& name) {
        result.counts["asked"] = tally.asked;
        result.counts["answered"] = tally.answered;
        result.counts["failed"] = tally.failed;
        result.counts["late"] = tally.late;
        result.latencies[name] = tally.latency;
        result.figures[name + "_per_s"] = static_cast<double>(tally.answered) / result.seconds;
    }
};

// --- one SM2 check through its thread

struct Signed {
    Bytes point{};
    std::string text{};
    Bytes signature{};
};

// As many people as one might meet in a minute: a cache of parsed keys must not look better than it is.
std::vector<Signed> signed_texts() {
    std::vector<Signed> all;
    for (int i = 0; i < 256; ++i) {
        const Sm2Key key = Sm2Key::make();
        SignedLogin login{.origin = "http://localhost:8080",
                          .ticket = fmt::format("a{:031}", i),
                          .nonce = std::string(43, 'n'),
                          .person = std::string(22, 'p'),
                          .certificate = fmt::format("{:032x}", i),
                          .family = "Firefox",
                          .os = "Linux",
                          .address = "127.0.0.1"};
        std::string text = signed_text(login);
        all.push_back({key.point(), text, key.sign(text)});
    }
    return all;
}

Task<bool> check_one(SignatureChecker& checker, const Signed& one) {
    auto right = co_await checker.check(KeyAlgorithm::sm2, one.point, one.text, one.signature);
    co_return right && *right;
}

Task<Tally> measure_signature(PartLoad& load) {
    const std::vector<Signed> all = signed_texts();
    const Config config;
    Workers thread(co_await asio::this_coro::executor, 1, config.signature_queue);
    SignatureChecker checker(thread);
    co_return co_await load.run(2, [&](Ask ask) { return check_one(checker, all[ask.number % all.size()]); });
}

// --- one confirm statement through group commit

Task<bool> confirm_one(Storage& storage, std::uint64_t ticket) {
    const auto at = std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
    auto confirmed = co_await storage.confirm_ticket(confirmation_of(ticket, at),
                                                     Trace{.address = "127.0.0.1", .request_id = "bench"});
    co_return confirmed.has_value();
}

Task<Tally> measure_confirm(PartLoad& load) {
    BenchDatabase database(co_await asio::this_coro::executor, load.options.list("database-setting"));
    co_await database.prepare();
    const double time = load.options.real("warmup") + load.options.real("seconds");
    const double most = load.at_rate() ? load.options.real("rate") * 1.1 : 40'000;
    if (most * time > 1e6)
        throw CannotMeasure("more than a million tickets: give a smaller --rate or --seconds");
    co_await database.fill(static_cast<std::uint64_t>(most * time) + 1000);
    Tally tally =
        co_await load.run(64, [&](Ask ask) { return confirm_one(database.storage(), ask.number + 1); });
    co_await database.close();
    co_return tally;
}

// --- password hashes: ours on its threads, and the library alone on as many

Task<bool> hash_one(PasswordHasher& hasher, const std::string& stored) {
    auto right = co_await hasher.check(stored, std::string(people_password));
    co_return right && *right;
}

// How often a second: crypto_pwhash_str_verify on so many threads, nothing else.
double raw_hashes(unsigned threads, const std::string& stored, Duration time) {
    std::atomic<std::uint64_t> done = 0;
    const auto begun = Clock::now();
    std::vector<std::jthread> all;
    for (unsigned i = 0; i < threads; ++i) {
        all.emplace_back([&] {
            while (Clock::now() - begun < time) {
                if (crypto_pwhash_str_verify(stored.c_str(), people_password.data(),
                                             people_password.size()) == 0)
                    ++done;
            }
        });
    }
    all.clear();
    return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - begun).count();
}

Task<Tally> measure_hash(PartLoad& load) {
    const auto threads = static_cast<unsigned>(load.options.whole("threads"));
    const Config config;
    Workers workers(co_await asio::this_coro::executor, threads, config.hash_queue);
    PasswordHasher hasher(workers);
    const std::string stored = hash_password(std::string(people_password));
    if (load.at_rate()) co_return co_await load.run(0, [&](Ask) { return hash_one(hasher, stored); });

    // In turn, because both move with the machine.
    constexpr int pairs = 3;
    Tally all;
    double raw = 0;
    for (int pair = 0; pair < pairs; ++pair) {
        LoopPlan plan = load.plan();
        plan.pace.warmup /= pairs;
        plan.pace.measured /= pairs;
        const Duration time = plan.pace.measured;
        all.merge(co_await flat_out(
            std::move(plan), 2UL * threads, [&](Ask) { return hash_one(hasher, stored); }, load.progress));
        raw += raw_hashes(threads, stored, time) / pairs;
    }
    load.result.figures["raw_per_s"] = raw;
    load.result.figures["hash_ratio"] = static_cast<double>(all.answered) / load.result.seconds / raw;
    co_return all;
}

int run_parts(const Options& options) {
    if (options.word() == "push") {
        throw WrongOptions(
            "a bare push needs a server: qrgate-bench push --url … --rate … measures it, for "
            "the same sum");
    }
    if (options.given("rate") && !(options.real("rate") > 0))
        throw WrongOptions("--rate wants more than zero");
    if (!(options.real("seconds") > 0)) throw WrongOptions("--seconds wants more than zero");
    if (options.whole("threads") == 0 || options.whole("threads") > 256)
        throw WrongOptions("--threads wants 1 to 256");
    PartLoad load(options);
    const Tally tally = run_here([&load]() {
        if (load.options.word() == "signature") return measure_signature(load);
        if (load.options.word() == "confirm") return measure_confirm(load);
        return measure_hash(load);
    });
    load.add(tally, options.word());
    report(options, load.result);
    return 0;
}

}  // namespace

SubCommand parts_command() {
    using enum OptionKind;
    return {.name = "parts",
            .line = "what a login consists of, each part alone: at a --rate, or flat out",
            .words = "signature|hash|confirm|push",
            .own = {{"threads", whole, "1", "hash: how many hash"},
                    {"database-setting", list, "",
                     "confirm: name=value for PostgreSQL; again for each further one"}},
            .example = "confirm --rate 200 --seconds 10",
            .run = run_parts};
}

}  // namespace qrgate::bench
