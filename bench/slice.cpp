// One client process of bench/slices.hpp: its browsers, and the pushes to them.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>

#include "bench/pusher.hpp"
#include "bench/slices.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;
namespace json = boost::json;

template <class Number>
Number number(const json::object& line, const char* name) {
    return line.at(name).to_number<Number>();
}

class Slice final : Watched {
public:
    int run();

private:
    void ready() override;
    void hear(const json::object& line);
    void set_up(const json::object& line);
    void start_push(const json::object& line);
    std::string report();

    EventLoop loop_{};
    std::string heard_{};
    std::size_t heard_lines_ = 0;
    bool over_ = false;
    std::string publish_{};
    std::vector<std::string> sources_{};
    std::unique_ptr<WaitingBrowsers> browsers_{};
    std::unique_ptr<Pusher> pusher_{};
    std::size_t with_first_code_ = 0;
    std::size_t with_two_more_ = 0;
};

void Slice::ready() {
    std::array<char, 16384> octets;
    ssize_t got = read(STDIN_FILENO, octets.data(), octets.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        over_ = true;
        return;
    }
    heard_.append(octets.data(), static_cast<std::size_t>(got));
    for (std::size_t end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
        hear(json::parse(std::string_view(heard_).substr(0, end)).as_object());
        heard_.erase(0, end + 1);
    }
}

void Slice::hear(const json::object& line) {
    heard_lines_ += 1;
    const auto& what = line.at("do").as_string();
    if (what == "setup") return set_up(line);
    if (what == "open") return browsers_->open(number<std::size_t>(line, "count"));
    if (what == "leave") return browsers_->leave(number<std::size_t>(line, "count"));
    if (what == "fill") return browsers_->fill_places();
    if (what == "push") return start_push(line);
    throw CannotMeasure("a client process was told what it does not know");
}

void Slice::set_up(const json::object& line) {
    WaitingPlan plan{.first_id = number<std::size_t>(line, "first_id"),
                     .rate = number<double>(line, "rate"),
                     .half_open = number<std::size_t>(line, "half_open")};
    auto add_target = [&plan](std::string_view url) {
        auto target = parse_target(url);
        if (!target) throw CannotMeasure("no such URL: " + std::string(url));
        plan.targets.push_back(*target);
    };
    for (const auto& url : line.at("urls").as_array())
        add_target(url.as_string());
    const std::string subscribe(line.at("subscribe").as_string());
    if (!subscribe.empty()) {
        auto [origin, path] = split_url(subscribe);
        plan.targets.clear();
        add_target(origin);
        plan.subscribe_path = path;
    }
    publish_ = line.at("publish").as_string();
    plan.sources.clear();
    for (const auto& source : line.at("sources").as_array())
        plan.sources.emplace_back(source.as_string());
    sources_ = plan.sources;
    plan.on_event = [this](const BrowserEvent& event) {
        if (pusher_) pusher_->hear(event);
    };
    browsers_ = std::make_unique<WaitingBrowsers>(loop_, std::move(plan));
}

void Slice::start_push(const json::object& line) {
    Pace pace{.rate = number<double>(line, "rate"),
              .arrivals = line.at("poisson").as_bool() ? Arrivals::poisson : Arrivals::fixed,
              .warmup = Duration{number<std::int64_t>(line, "warmup_ns")},
              .measured = Duration{number<std::int64_t>(line, "measured_ns")},
              .seed = number<std::uint64_t>(line, "seed")};
    pusher_.reset();
    pusher_ = std::make_unique<Pusher>(loop_, *browsers_, pace, publish_, sources_,
                                       number<std::size_t>(line, "connections"));
}

std::string Slice::report() {
    const WaitingCounts& counts = browsers_->counts();
    json::object line;
    line["heard"] = heard_lines_;
    line["waiting"] = browsers_->waiting();
    line["settled"] = browsers_->settled();
    line["opened"] = counts.opened;
    line["failed"] = counts.failed;
    line["reopened"] = counts.reopened;
    line["messages"] = counts.messages;
    // Counting takes its time, which would be the pushes'.
    if (!pusher_ || pusher_->over()) {
        with_first_code_ = browsers_->with_codes(1);
        with_two_more_ = browsers_->with_codes(3);
    }
    line["with_first_code"] = with_first_code_;
    line["with_two_more"] = with_two_more_;
    json::object closed;
    for (const auto& [code, count] : counts.closed_by_server)
        closed[std::to_string(code)] = count;
    line["closed"] = std::move(closed);
    Tally none;
    const Tally& tally = pusher_ ? pusher_->tally() : none;
    line["pushed"] = !pusher_ || pusher_->over();
    line["frame_octets"] = pusher_ ? pusher_->frame_octets() : 0;
    line["asked"] = tally.asked;
    line["answered"] = tally.answered;
    line["push_failed"] = tally.failed;
    line["late"] = tally.late;
    std::string text = json::serialize(line);
    text.back() = ',';
    return text + "\"latency\":" + tally.latency.json() + "}\n";
}

int Slice::run() {
    descriptors_to_use();
    fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    loop_.watch(STDIN_FILENO, *this, false);
    Time next_report{};
    while (!over_) {
        Time now = Clock::now();
        Time due = now + std::chrono::milliseconds{250};
        if (browsers_) {
            browsers_->advance(now);
            due = std::min(due, browsers_->due());
        }
        if (pusher_) {
            pusher_->advance(now);
            due = std::min(due, pusher_->due());
        }
        if (browsers_ && now >= next_report) {
            next_report = now + (pusher_ && !pusher_->over() ? std::chrono::seconds{1}
                                                             : std::chrono::milliseconds{250});
            std::string line = report();
            for (std::size_t sent = 0; sent < line.size();) {
                ssize_t part = write(STDOUT_FILENO, line.data() + sent, line.size() - sent);
                if (part <= 0) return 1;  // nobody listens any more
                sent += static_cast<std::size_t>(part);
            }
        }
        loop_.turn(due);
    }
    pusher_.reset();
    if (browsers_) browsers_->close_all();
    return 0;
}

int run(const Options&) {
    return Slice().run();
}

}  // namespace

SubCommand slice_command() {
    return {.name = "slice", .line = "", .words = "", .own = {}, .example = "", .run = run};
}

}  // namespace qrgate::bench
