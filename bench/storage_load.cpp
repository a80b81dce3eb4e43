#include "bench/storage_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cmath>

#include "bench/bench_database.hpp"
#include "bench/fsync_time.hpp"
#include "bench/lanes.hpp"
#include "bench/pgbench.hpp"
#include "bench/progress.hpp"
#include "bench/result.hpp"
#include "bench/sub_commands.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t most_tickets = 240'000;

struct StorageLoad {
    explicit StorageLoad(const Options& given)
        : options(given), progress(given.progress_wanted(), "storage") {
        result.name = "storage";
        result.url = "a PostgreSQL of its own";
        result.settings = given.settings();
        result.seconds = given.real("seconds");
    }

    const Options& options;
    Progress progress;
    Result result{};
    std::unique_ptr<BenchDatabase> database{};
    int steps = 0;
    int step = 0;

    void tell(const std::string& what) {
        progress.show(Clock::now(), static_cast<double>(step++) / std::max(steps, 1), what);
    }
};

// Before its executor does, also when a measurement ends by an exception.
class DatabaseEnds {
public:
    explicit DatabaseEnds(StorageLoad& load) : load_(load) {}
    ~DatabaseEnds() { load_.database.reset(); }
    DatabaseEnds(const DatabaseEnds&) = delete;
    DatabaseEnds& operator=(const DatabaseEnds&) = delete;

private:
    StorageLoad& load_;
};

// One run of the product: how many in a second, each asked again as soon as it was answered.
struct Run {
    Time end{};
    Time last{};
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    Histogram times{};

    double per_second(Time begun) const {
        return static_cast<double>(done) / std::chrono::duration<double>(last - begun).count();
    }
    void add(Time begun, bool good) {
        last = Clock::now();
        times.add(last - begun);
        ++(good ? done : failed);
    }
};

WallTime wall_now() {
    return std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
}

Task<void> confirm_one(Storage& storage, Run& run, std::size_t which) {
    const Time begun = Clock::now();
    auto confirmed = co_await storage.confirm_ticket(confirmation_of(which + 1, wall_now()),
                                                     Trace{.address = "127.0.0.1", .request_id = "bench"});
    run.add(begun, confirmed.has_value());
}

Task<void> select_one(Storage& storage, Run& run, std::size_t which) {
    const Time begun = Clock::now();
    // Any order will do: everything is in memory on both sides.
    auto found = co_await storage.find_certificate(certificate_serial(which * 7919));
    run.add(begun, found.has_value() && found->has_value());
}

Task<double> confirm_product(StorageLoad& load, std::size_t in_flight, double seconds,
                             Histogram* times = nullptr) {
    load.tell(fmt::format("confirm, {} in flight", in_flight));
    const auto tickets = std::min(most_tickets, static_cast<std::uint64_t>(40'000 * seconds) + 1000);
    co_await load.database->fill(tickets);
    Run run;
    const Time begun = Clock::now();
    run.end = begun + Duration{std::llround(seconds * 1e9)};
    Storage& storage = load.database->storage();
    co_await in_lanes_until(in_flight, tickets, run.end,
                            [&](std::size_t which) { return confirm_one(storage, run, which); });
    const auto kept = co_await load.database->confirmed();
    if (run.failed > 0 || kept != static_cast<std::int64_t>(run.done)) {
        throw CannotMeasure(
            fmt::format("{} confirmations were acknowledged, {} failed, {} are in the database", run.done,
                        run.failed, kept));
    }
    load.result.counts["confirmed"] += run.done;
    if (times != nullptr) times->merge(run.times);
    co_return run.per_second(begun);
}

Task<double> select_product(StorageLoad& load, std::size_t in_flight, double seconds,
                            Histogram* times = nullptr) {
    load.tell(fmt::format("select, {} in flight", in_flight));
    Run run;
    const Time begun = Clock::now();
    run.end = begun + Duration{std::llround(seconds * 1e9)};
    Storage& storage = load.database->storage();
    constexpr std::size_t without_end = std::size_t{1} << 31;
    co_await in_lanes_until(in_flight, without_end, run.end,
                            [&](std::size_t which) { return select_one(storage, run, which); });
    if (run.failed > 0) throw CannotMeasure(fmt::format("{} selects failed", run.failed));
    load.result.counts["selected"] += run.done;
    if (times != nullptr) times->merge(run.times);
    co_return run.per_second(begun);
}

Task<double> confirm_peer(StorageLoad& load, const std::filesystem::path& program, int seconds) {
    load.tell("confirm, pgbench");
    co_await load.database->fill(
        std::min<std::uint64_t>(most_tickets, 40'000ULL * static_cast<unsigned>(seconds)));
    const PgbenchResult peer =
        run_pgbench(program, load.database->connection_string(), confirm_script(pgbench_clients), seconds);
    const auto kept = co_await load.database->confirmed();
    if (kept != peer.processed) {
        throw CannotMeasure(
            fmt::format("pgbench ran {} confirmations, {} are in the database", peer.processed, kept));
    }
    co_return peer.per_second;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Product and peer in turn; the pairs' ratios, because both move with the machine.
struct Pairs {
    std::vector<double> product{};
    std::vector<double> peer{};
    std::vector<double> ratio{};

    void add(double ours, double theirs) {
        product.push_back(ours);
        peer.push_back(theirs);
        ratio.push_back(ours / theirs);
    }
    void into(Result& result, const std::string& name) const {
        result.figures[name + "_per_s"] = median(product);
        result.figures["pgbench_" + name + "_per_s"] = median(peer);
        result.figures[name + "_ratio"] = median(ratio);
        result.figures[name + "_ratio_lowest"] = *std::ranges::min_element(ratio);
        result.figures[name + "_ratio_highest"] = *std::ranges::max_element(ratio);
    }
};

Task<void> compare(StorageLoad& load, const std::filesystem::path& program) {
    const std::size_t in_flight = load.options.whole("in-flight");
    const auto pairs = load.options.whole("pairs");
    const double seconds = load.options.real("seconds");
    const int whole = std::max(1, static_cast<int>(std::ceil(seconds)));
    Pairs selects;
    Pairs confirms;
    for (std::uint64_t pair = 0; pair < pairs; ++pair) {
        // Who goes first alternates, so that neither has the warmer machine.
        const bool product_first = pair % 2 == 0;
        double select = 0;
        double confirm = 0;
        if (product_first) {
            select = co_await select_product(load, in_flight, seconds, &load.result.latencies["select"]);
            confirm = co_await confirm_product(load, in_flight, seconds, &load.result.latencies["confirm"]);
        }
        load.tell("select, pgbench");
        const double peer_select =
            run_pgbench(program, load.database->connection_string(), select_script(), whole).per_second;
        const double peer_confirm = co_await confirm_peer(load, program, whole);
        if (!product_first) {
            select = co_await select_product(load, in_flight, seconds, &load.result.latencies["select"]);
            confirm = co_await confirm_product(load, in_flight, seconds, &load.result.latencies["confirm"]);
        }
        selects.add(select, peer_select);
        confirms.add(confirm, peer_confirm);
    }
    selects.into(load.result, "select");
    confirms.into(load.result, "confirm");
}

Task<void> measure(StorageLoad& load) {
    const DatabaseEnds at_the_end(load);
    load.database = std::make_unique<BenchDatabase>(co_await asio::this_coro::executor,
                                                    load.options.list("database-setting"));
    co_await load.database->prepare();
    const std::filesystem::path program = std::filesystem::path(load.options.text("programs")) / "pgbench";
    if (!std::filesystem::exists(program))
        throw CannotMeasure(
            fmt::format("there is no {}: --programs says where PostgreSQL's are", program.string()));
    load.result.latencies["fsync"] = fsync_times(load.database->folder(), std::chrono::milliseconds(1000));
    load.result.figures["fsync_us"] =
        std::chrono::duration<double, std::micro>(load.result.latencies["fsync"].percentile(50)).count();

    constexpr std::array<std::size_t, 5> curve{1, 8, 32, 64, 128};
    load.steps = static_cast<int>(2 * curve.size() + 4 * load.options.whole("pairs") + 2);
    // Once to warm up: statements are prepared, pages are read.
    co_await confirm_product(load, 64, 0.3);
    co_await select_product(load, 64, 0.3);
    const double seconds = load.options.real("seconds");
    for (std::size_t in_flight : curve) {
        load.result.figures[fmt::format("confirm_per_s_{}", in_flight)] =
            co_await confirm_product(load, in_flight, seconds);
        load.result.figures[fmt::format("select_per_s_{}", in_flight)] =
            co_await select_product(load, in_flight, seconds);
    }
    co_await compare(load, program);
    co_await load.database->close();
}

int run_storage(const Options& options) {
    if (options.given("sql-dir")) write_scripts(options.text("sql-dir"));
    if (!(options.real("seconds") > 0) || options.whole("pairs") == 0 || options.whole("in-flight") == 0)
        throw WrongOptions("--seconds, --pairs and --in-flight want more than zero");
    StorageLoad load(options);
    run_to_end([&load] { return measure(load); });
    report(options, load.result);
    return 0;
}

}  // namespace

SubCommand storage_command() {
    using enum OptionKind;
    return {.name = "storage",
            .line = "the product's statements through Storage, against pgbench (P4)",
            .words = "",
            .own = {{"seconds", real, "2", "how long each of its runs is"},
                    {"pairs", whole, "3", "product and pgbench in turn, so often"},
                    {"in-flight", whole, "64", "statements of the product under way, in the comparison"},
                    {"programs", text, "/usr/lib/postgresql/15/bin", "where pgbench is"},
                    {"sql-dir", text, "", "write pgbench's scripts into this folder too"},
                    {"database-setting", list, "", "name=value for PostgreSQL; again for each further one"}},
            .example = "--seconds 2 --pairs 3 --json storage.json",
            .run = run_storage};
}

}  // namespace qrgate::bench
