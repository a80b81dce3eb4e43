// Password logins (P6), and the flood of wrong ones (P7).
#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>

#include "bench/answers.hpp"
#include "bench/login_load.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

constexpr std::size_t usual_people = 48;
// A person may guess ten times before waiting; the flood stays below, so that it is answered by the hashes'
// queue and not by that budget.
constexpr std::uint64_t tries_of_a_number = 4;

Call login_call(const Target& target, const std::string& kind, const std::string& number,
                const std::string& password) {
    boost::json::object body;
    body["kind"] = kind;
    body["identity_number"] = number;
    body["password"] = password;
    body["captcha_id"] = "";
    body["captcha"] = "";
    return post_json(target, "/api/v1/login/password", boost::json::serialize(body));
}

// Counts and times by status: what a 503 costs its sender is another question than what a login does.
Task<bool> ask_once(LoginLoad& load, Call call, Ask ask, int good) {
    auto connection = co_await load.connections.take();
    connection->forget_cookies();
    Reply reply = co_await connection->browse(std::move(call));
    if (!ask.warmup) {
        load.count(reply.status == 200 ? "password_200" : named("password", reply));
        load.result.latencies[fmt::format("status_{}", reply.status)].add(std::chrono::steady_clock::now() -
                                                                          ask.intended);
    }
    co_return reply.status == good;
}

Task<bool> log_in(LoginLoad& load, Ask ask) {
    const BenchPerson& person = load.somebody();
    co_return co_await ask_once(load, login_call(load.target, person.kind, person.number, person.password),
                                ask, 200);
}

Task<bool> guess(LoginLoad& load, std::uint64_t begin, Ask ask) {
    const std::string number = number_of_nobody(begin + ask.number / tries_of_a_number);
    co_return co_await ask_once(load, login_call(load.target, "personal", number, "Wrong#2026load"), ask,
                                401);
}

// Everybody once: the first login replaces the imported hash, which costs two more.
Task<void> let_everybody_in(LoginLoad& load, Progress& progress) {
    auto connection = co_await load.connections.take();
    for (std::size_t i = 0; i < load.people.size(); ++i) {
        const BenchPerson& person = load.people[i];
        connection->forget_cookies();
        Reply reply =
            co_await connection->browse(login_call(load.target, person.kind, person.number, person.password));
        if (reply.status != 200) {
            throw CannotMeasure(
                fmt::format("the first login of {} is answered {}: were the people imported, "
                            "and was the server started with --bench --set "
                            "login.captcha=off?",
                            person.number, named("password", reply)));
        }
        progress.show(std::chrono::steady_clock::now(),
                      static_cast<double>(i + 1) / static_cast<double>(load.people.size()),
                      "everybody logs in once");
    }
}

Task<Tally> measure(LoginLoad& load, Progress& progress) {
    const PutAway<LoginLoad> at_the_end(load);
    auto executor = co_await asio::this_coro::executor;
    const bool flood = load.options.on("flood");
    load.connect(executor, load.options.whole("connections"));
    AskFunction ask = [&load](Ask which) { return log_in(load, which); };
    if (flood) {
        // Another run on the same server guesses other numbers.
        const auto begin = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                                      std::chrono::milliseconds(1) % 20'000'000);
        ask = [&load, begin](Ask which) { return guess(load, begin, which); };
    } else {
        co_await let_everybody_in(load, progress);
    }
    co_return co_await load.run(std::move(ask), progress);
}

}  // namespace

void measure_password_logins(const Options& options) {
    LoginLoad load(options, options.on("flood") ? "login password flood" : "login password");
    if (!options.on("flood"))
        load.read_people(options.given("first") ? options.whole("first") : usual_people);
    Progress progress(options.progress_wanted(), load.result.name);
    const Tally tally = run_here([&] { return measure(load, progress); });

    Result& result = load.result;
    result.counts["asked"] = tally.asked;
    result.counts["answered"] = tally.answered;
    result.counts["failed"] = tally.failed;
    result.counts["late"] = tally.late;
    result.latencies["login"] = tally.latency;
    const double answered = static_cast<double>(tally.answered);
    result.figures["answered_per_s"] = answered / result.seconds;
    if (load.cost.known() && answered > 0)
        result.figures["cpu_us_per_login"] = static_cast<double>(load.cost.spent().count()) / answered;
    report(options, result);
}

}  // namespace qrgate::bench
