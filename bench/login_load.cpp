#include "bench/login_load.hpp"

#include <fmt/format.h>

#include "storage/task.hpp"

namespace qrgate::bench {

std::chrono::microseconds ServerCost::now() const {
    std::chrono::microseconds sum{};
    for (pid_t pid : pids_) {
        auto use = use_of(pid);
        if (!use) throw CannotMeasure(fmt::format("process {} is not there, or not ours to look at", pid));
        sum += use->cpu;
    }
    return sum;
}

LoginLoad::LoginLoad(const Options& given, std::string name)
    : options(given), target(given.targets().front()), cost(given.server_pids()) {
    result.name = std::move(name);
    result.url = target.origin();
    result.seconds = options.real("seconds");
    result.settings = options.settings();
}

void LoginLoad::read_people(std::size_t limit) {
    if (!options.given("people"))
        throw WrongOptions(
            "--people is needed: `node bench/people.mjs NUMBER > people.csv`, imported with "
            "`qrgate people import people.csv`");
    people = qrgate::bench::read_people(options.text("people"), limit);
}

void LoginLoad::connect(const Executor& executor, std::size_t how_many) {
    const auto sources = options.sources();
    for (std::size_t i = 0; i < how_many; ++i)
        connections.add(std::make_unique<HttpClient>(executor, target, sources[i % sources.size()],
                                                     std::chrono::seconds(30)));
}

LoopPlan LoginLoad::plan(bool measured_by_job) {
    LoopPlan plan;
    plan.pace.rate = options.given("rate") ? options.real("rate") : 1;
    plan.pace.warmup = options.seconds("warmup");
    plan.pace.measured = options.seconds("seconds");
    plan.patience = std::chrono::seconds(30);
    if (!measured_by_job) {
        plan.on_measured_from = [this] { cost.begin(); };
        plan.on_end = [this] { cost.end(); };
    }
    return plan;
}

Task<Tally> LoginLoad::run(AskFunction ask, Progress& progress) {
    if (options.given("rate")) {
        if (!(options.real("rate") > 0)) throw WrongOptions("--rate wants a number above zero");
        co_return co_await open_loop(plan(), std::move(ask), progress);
    }
    co_return co_await flat_out(plan(), options.whole("connections"), std::move(ask), progress);
}

Call post_json(const Target& target, std::string path, std::string body) {
    Call call;
    call.method = "POST";
    call.path = std::move(path);
    call.body = std::move(body);
    call.headers.emplace_back("Origin", target.origin());
    return call;
}

namespace {

int run_login(const Options& options) {
    if (options.on("prepared") && options.word() != "qr")
        throw WrongOptions("--prepared is for qr: nothing else is signed");
    if (options.word() == "password") measure_password_logins(options);
    if (options.word() == "sms") measure_sms_logins(options);
    if (options.word() == "qr")
        options.on("prepared") ? measure_prepared_logins(options) : measure_qr_logins(options);
    return 0;
}

}  // namespace

SubCommand login_command() {
    using enum OptionKind;
    return {.name = "login",
            .line = "whole logins, as browsers and phones do them",
            .words = "password|sms|qr",
            .own = {{"first", whole, "", "of the people, only so many; password: 48, qr: as the rate needs"},
                    {"flood", on, "", "password: wrong ones for numbers that nobody has, flat out (P7)"},
                    {"phones", text, "", "qr: file of enrolled phones; made where it is not there"},
                    {"waiting", whole, "0", "qr: so many more browsers wait meanwhile"},
                    {"lead", real, "0.5", "qr: seconds between a scan and its confirm"},
                    {"prepared", on, "",
                     "qr: scans and signatures before the clock begins; confirms at the rate (P2)"},
                    {"round", real, "10", "qr --prepared: measured seconds that are prepared at once"},
                    {"hold", real, "1", "qr --prepared: seconds of quiet before a round's first confirm"}},
            .example =
                "qr --url http://localhost:8080 --people people.csv --rate 200 --waiting 10000 "
                "--sources 50",
            .run = run_login};
}

}  // namespace qrgate::bench
