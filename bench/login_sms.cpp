// Logins by a code that comes by text, read from the demo's outbox.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "bench/answers.hpp"
#include "bench/login_load.hpp"
#include "bench/phone.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;
// The server sends one text to a phone in this time.
constexpr double between_texts = 60;

Task<std::string> ask_for_code(LoginLoad& load, HttpClient& browser, std::string phone) {
    Call context;
    context.path = "/api/v1/context";
    Reply opened = co_await browser.browse(std::move(context));
    if (opened.status != 200) co_return named("context", opened);
    const std::string body =
        boost::json::serialize(boost::json::object{{"phone", phone}, {"captcha_id", ""}, {"captcha", ""}});
    Reply sent = co_await browser.browse(post_json(load.target, "/api/v1/sms/login", body));
    co_return sent.status == 202 ? std::string() : named("sms_code", sent);
}

Task<std::string> type_code(LoginLoad& load, HttpClient& browser, std::string phone, std::string code) {
    const std::string body = boost::json::serialize(boost::json::object{{"phone", phone}, {"code", code}});
    Reply reply = co_await browser.browse(post_json(load.target, "/api/v1/login/sms", body));
    co_return reply.status == 200 ? std::string() : named("sms_login", reply);
}

Task<bool> log_in(LoginLoad& load, Ask ask) {
    const std::string phone = load.somebody().phone;
    auto browser = co_await load.connections.take();
    browser->forget_cookies();
    std::string fault = co_await ask_for_code(load, *browser, phone);
    const auto asked = Clock::now();
    if (fault.empty()) {
        const std::string code = co_await code_sent_to(*browser, phone);
        const auto read = Clock::now();
        fault = code.empty() ? "no_text" : co_await type_code(load, *browser, phone, code);
        if (!ask.warmup) load.result.latencies["type_code"].add(Clock::now() - read);
    }
    if (!ask.warmup) {
        load.result.latencies["ask_for_code"].add(asked - ask.intended);
        load.count(fault.empty() ? "sms_200" : fault);
    }
    co_return fault.empty();
}

Task<Tally> measure(LoginLoad& load, Progress& progress) {
    const PutAway<LoginLoad> at_the_end(load);
    load.connect(co_await asio::this_coro::executor, load.options.whole("connections"));
    // Says in one line when the door is not there, before anything is measured.
    auto connection = co_await load.connections.take();
    co_await code_sent_to(*connection, load.people.front().phone);
    {
        auto given_back = std::move(connection);
    }
    co_return co_await load.run([&load](Ask ask) { return log_in(load, ask); }, progress);
}

}  // namespace

void measure_sms_logins(const Options& options) {
    LoginLoad load(options, "login sms");
    if (!options.given("rate")) throw WrongOptions("sms wants a --rate: a phone gets one text a minute");
    load.read_people(options.given("first") ? options.whole("first") : 1'000'000);
    const double time = std::min(between_texts, options.real("warmup") + options.real("seconds"));
    const auto needed = static_cast<std::size_t>(std::ceil(options.real("rate") * time));
    if (load.people.size() < needed) {
        throw CannotMeasure(
            fmt::format("{} people are too few: a phone gets one text a minute, so {} are needed",
                        load.people.size(), needed));
    }
    // Another run within the minute begins with others.
    const auto minute = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1);
    load.next_person =
        static_cast<std::size_t>(static_cast<double>(minute) * options.real("rate")) % load.people.size();
    Progress progress(options.progress_wanted(), load.result.name);
    const Tally tally = run_here([&] { return measure(load, progress); });

    Result& result = load.result;
    result.counts["asked"] = tally.asked;
    result.counts["answered"] = tally.answered;
    result.counts["failed"] = tally.failed;
    result.counts["late"] = tally.late;
    result.latencies["login"] = tally.latency;
    if (load.cost.known() && tally.answered > 0)
        result.figures["cpu_us_per_login"] =
            static_cast<double>(load.cost.spent().count()) / static_cast<double>(tally.answered);
    report(options, result);
}

}  // namespace qrgate::bench
