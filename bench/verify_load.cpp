#include "bench/verify_load.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <optional>
#include <random>

#include "bench/progress.hpp"
#include "bench/request_lanes.hpp"
#include "bench/server_process.hpp"
#include "bench/sub_commands.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string host_of(const Target& target) {
    std::string origin = target.origin();
    return origin.substr(origin.find("//") + 2);
}

std::vector<std::string> lines_of(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) lines.push_back(line);
    if (lines.empty()) throw CannotMeasure("no session in " + file);
    return lines;
}

// The requests, made once: one for each session, or one for all.
std::vector<std::string> requests_of(const Options& options, const Target& target) {
    auto get = [&target](const std::string& path, const std::string& cookie) {
        return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", path, host_of(target),
                           cookie.empty() ? "" : fmt::format("Cookie: {}\r\n", cookie));
    };
    if (options.given("plain-get")) return {get(options.text("plain-get"), options.text("cookie"))};
    if (!options.given("sessions"))
        throw WrongOptions(
            "--sessions FILE is needed (qrgate-bench sessions writes one), or --plain-get PATH");
    std::vector<std::string> requests;
    const std::string path =
        options.given("level") ? "/api/v1/verify?level=" + options.text("level") : "/api/v1/verify";
    for (const std::string& cookie : lines_of(options.text("sessions")))
        requests.push_back(get(path, cookie));
    return requests;
}

// One answer before the load, so that a missing door or an unknown session is said instead of measured.
void check_door(const Target& target, const std::string& request, int wanted) {
    EventLoop loop;
    int status = -1;
    RequestLanes lane(loop, target, {""}, 1,
                      [&status](std::size_t, std::uint64_t, int got) { status = got; });
    lane.send(request, 0);
    for (Time end = Clock::now() + std::chrono::seconds{5}; status < 0 && Clock::now() < end;)
        loop.turn(end);
    if (status <= 0) throw CannotMeasure("no answer from " + target.origin());
    if (status == 404) throw CannotMeasure(target.origin() + " answers 404: it does not have this door");
    if (status == 401)
        throw CannotMeasure(target.origin() + " answers 401: the session is not known there, or over");
    if (status != wanted)
        throw CannotMeasure(fmt::format("{} answers {} instead of {}", target.origin(), status, wanted));
}

class VerifyLoad {
public:
    VerifyLoad(const Options& options, Target target, std::vector<std::string> requests, int wanted)
        : options_(options),
          requests_(std::move(requests)),
          wanted_(wanted),
          lanes_(loop_, std::move(target), options.sources(),
                 std::max<std::size_t>(options.whole("connections"), 1),
                 [this](std::size_t, std::uint64_t tag, int status) { answered(tag, status); }),
          asks_(lanes_.size()) {
        for (std::size_t slot = lanes_.size(); slot > 0; --slot)
            free_.push_back(slot - 1);
    }

    Result run();

private:
    void send(Ask ask) {
        std::size_t slot = free_.back();
        free_.pop_back();
        asks_[slot] = ask;
        lanes_.send(requests_[chance_() % requests_.size()], slot);
    }
    void answered(std::uint64_t slot, int status);
    void send_what_is_due(Time now);
    void fill(Time now);
    std::optional<ProcessUse> use() const {
        auto pids = options_.server_pids();
        return pids.empty() ? std::nullopt : use_of(pids.front());
    }

    const Options& options_;
    std::vector<std::string> requests_;
    int wanted_;
    EventLoop loop_{};
    RequestLanes lanes_;
    std::vector<Ask> asks_;  // by slot: what is in the air
    std::vector<std::size_t> free_{};
    std::deque<Ask> queue_{};  // at a rate: due, and no lane was idle
    std::mt19937_64 chance_{7};
    std::optional<Pacer> pacer_{};  // at a rate
    Tally tally_{};                 // flat out
    std::map<int, std::uint64_t> statuses_{};
    Time from_{};
    Time end_{};
};

void VerifyLoad::answered(std::uint64_t slot, int status) {
    const Ask ask = asks_[slot];
    free_.push_back(slot);
    const Time now = Clock::now();
    if (!ask.warmup && now <= end_) statuses_[status] += 1;
    if (pacer_) return pacer_->done(ask, now, status == wanted_);
    if (ask.warmup || now > end_) return;
    tally_.asked += 1;
    (status == wanted_ ? tally_.answered : tally_.failed) += 1;
    tally_.latency.add(now - ask.intended);
}

void VerifyLoad::send_what_is_due(Time now) {
    while (auto ask = pacer_->next(now))
        queue_.push_back(*ask);
    while (!queue_.empty() && lanes_.idle() > 0 && !free_.empty()) {
        Ask ask = queue_.front();
        queue_.pop_front();
        send(ask);
    }
}

// Flat out: every lane has a request in the air.
void VerifyLoad::fill(Time now) {
    for (std::size_t lanes = lanes_.idle(); lanes > 0 && !free_.empty(); --lanes)
        send({.intended = now, .warmup = now < from_});
}

Result VerifyLoad::run() {
    const Time begin = Clock::now();
    from_ = begin + options_.seconds("warmup");
    end_ = from_ + options_.seconds("seconds");
    if (options_.given("rate"))
        pacer_.emplace(Pace{.rate = options_.real("rate"),
                            .warmup = options_.seconds("warmup"),
                            .measured = options_.seconds("seconds")},
                       begin);
    Progress progress(options_.progress_wanted(), "verify");
    std::optional<ProcessUse> before;
    bool measuring = false;
    for (Time now = begin; now < end_; now = Clock::now()) {
        if (!measuring && now >= from_) {
            measuring = true;
            before = use();
        }
        pacer_ ? send_what_is_due(now) : fill(now);
        Time mark = measuring ? end_ : from_;
        Time due = pacer_ ? std::min(mark, pacer_->due()) : mark;
        loop_.turn(std::min(due, now + std::chrono::milliseconds{200}));
        progress.show(
            now, std::chrono::duration<double>(now - begin) / std::chrono::duration<double>(end_ - begin),
            pacer_ ? pacer_->tally() : tally_);
    }
    auto after = use();
    if (pacer_) {
        // The last answers, for a moment.
        for (Time stop = end_ + std::chrono::seconds{2}; pacer_->in_the_air() > 0 && Clock::now() < stop;) {
            send_what_is_due(Clock::now());
            loop_.turn(Clock::now() + std::chrono::milliseconds{10});
        }
        pacer_->give_up(Clock::now());
    }
    const Tally& tally = pacer_ ? pacer_->tally() : tally_;
    Result result{.name = "verify", .seconds = std::chrono::duration<double>(end_ - from_).count()};
    result.counts = {
        {"asked", tally.asked}, {"answered", tally.answered}, {"failed", tally.failed}, {"late", tally.late}};
    for (const auto& [status, count] : statuses_)
        result.counts[fmt::format("status_{}", status)] = count;
    result.counts["sessions"] = requests_.size();
    result.latencies["verify"] = tally.latency;
    const auto answers = static_cast<double>(tally.answered);
    result.figures["requests_per_second"] = answers / result.seconds;
    if (before && after) {
        double cpu = std::chrono::duration<double>(after->cpu - before->cpu).count();
        result.figures["server_cpu_seconds"] = cpu;
        result.figures["requests_per_cpu_second"] = answers / cpu;
        result.figures["cpu_us_per_request"] = cpu * 1e6 / answers;
        result.figures["server_busy"] = cpu / result.seconds;
    }
    return result;
}

int run(const Options& options) {
    const std::vector<Target> targets = options.targets();
    if (targets.size() > 1) throw WrongOptions("verify measures one server at a time");
    const Target& target = targets.front();
    for (pid_t pid : options.server_pids())
        if (!use_of(pid)) throw CannotMeasure(fmt::format("there is no process {} to look at", pid));
    const std::string wanted = options.text("status");
    const int status = !wanted.empty() ? static_cast<int>(options.whole("status"))
                                       : (options.given("plain-get") ? 200 : 204);
    auto requests = requests_of(options, target);
    check_door(target, requests.front(), status);
    Result result = VerifyLoad(options, target, std::move(requests), status).run();
    result.url = target.origin();
    result.settings = options.settings();
    report(options, result);
    return 0;
}

}  // namespace

SubCommand verify_command() {
    return {.name = "verify",
            .line = "session checks (GET /api/v1/verify), or one path of a peer",
            .words = "",
            .own = {{"sessions", OptionKind::text, "",
                     "file with a session cookie (name=value) a line: see sessions"},
                    {"level", OptionKind::whole, "", "asks with ?level=N"},
                    {"plain-get", OptionKind::text, "", "this path instead, of any server (200 is right)"},
                    {"cookie", OptionKind::text, "", "with --plain-get: name=value"},
                    {"status", OptionKind::whole, "", "the right status, where it is not 204 (200)"}},
            .example = "--url http://127.0.0.1:8080 --sessions sessions.txt --server-pid 4711 --seconds 20",
            .run = run};
}

}  // namespace qrgate::bench
