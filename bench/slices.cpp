#include "bench/slices.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>

#include "bench/event_loop.hpp"

extern char** environ;

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;
namespace json = boost::json;

constexpr std::size_t seats_a_process = 18'000;

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& text : list)
        out.emplace_back(text);
    return out;
}

}  // namespace

std::size_t processes_for(std::size_t seats) {
    std::size_t each = std::min(descriptors_to_use(), seats_a_process);
    return std::max<std::size_t>(1, (seats + each - 1) / each);
}

std::size_t share_of(std::size_t whole, std::size_t parts, std::size_t n) {
    return whole * (n + 1) / parts - whole * n / parts;
}

struct Slices::Child {
    pid_t pid = -1;
    int to = -1;
    int from = -1;
    std::string waiting{};
    json::object said{};

    Child() = default;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (to >= 0) close(to);
        if (from >= 0) close(from);
        if (pid < 0) return;
        // It ends with its input; one that does not is helped.
        for (int tries = 0; tries < 200 && waitpid(pid, nullptr, WNOHANG) == 0; ++tries) {
            usleep(20'000);
            if (tries == 150) kill(pid, SIGKILL);
        }
    }
    void start();
    void send(const std::string& line) const;
    // What it said by now; the newest line counts.
    void read();
};

void Slices::Child::start() {
    std::array<int, 2> in{}, out{};
    if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
        throw CannotMeasure("no pipe to a client process");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::string program = "qrgate-bench", word = "slice";
    std::array<char*, 3> arguments{program.data(), word.data(), nullptr};
    int failed = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    to = in[1];
    from = out[0];
    if (failed != 0) pid = -1;
    if (failed != 0) throw CannotMeasure("a further client process could not be started");
    fcntl(from, F_SETFL, O_NONBLOCK);
}

void Slices::Child::send(const std::string& line) const {
    // Far shorter than a pipe holds.
    if (write(to, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        throw CannotMeasure("a client process ended before its time");
}

void Slices::Child::read() {
    std::array<char, 65536> octets;
    while (true) {
        ssize_t got = ::read(from, octets.data(), octets.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (got <= 0) throw CannotMeasure("a client process ended before its time");
        waiting.append(octets.data(), static_cast<std::size_t>(got));
    }
    std::size_t end = waiting.rfind('\n');
    if (end == std::string::npos) return;
    std::size_t begin = waiting.rfind('\n', end - 1);
    begin = begin == std::string::npos ? 0 : begin + 1;
    said = json::parse(std::string_view(waiting).substr(begin, end - begin)).as_object();
    waiting.erase(0, end + 1);
    if (const auto* fault = said.if_contains("fault")) throw CannotMeasure(std::string(fault->as_string()));
}

Slices::Slices(SlicesPlan plan) : plan_(std::move(plan)) {
    for (std::size_t n = 0; n < plan_.processes; ++n) {
        children_.push_back(std::make_unique<Child>());
        children_.back()->start();
    }
    tell([this](std::size_t parts, std::size_t n) {
        json::object line;
        line["do"] = "setup";
        line["urls"] = texts(plan_.urls);
        line["sources"] = texts(plan_.sources);
        line["subscribe"] = plan_.subscribe;
        line["publish"] = plan_.publish;
        line["first_id"] = n * 1'000'000;
        line["rate"] = plan_.open_rate / static_cast<double>(parts);
        line["half_open"] = std::max<std::size_t>(1, plan_.half_open / parts);
        return json::serialize(line);
    });
}

Slices::~Slices() {
    // All at once, so that they end side by side.
    for (auto& child : children_) {
        if (child->to >= 0) close(child->to);
        child->to = -1;
    }
}

void Slices::tell(const std::function<std::string(std::size_t, std::size_t)>& line) {
    asked_ += 1;
    for (std::size_t n = 0; n < children_.size(); ++n)
        children_[n]->send(line(children_.size(), n) + "\n");
}

void Slices::open(std::size_t more) {
    tell([more](std::size_t parts, std::size_t n) {
        return fmt::format(R"({{"do":"open","count":{}}})", share_of(more, parts, n));
    });
}

void Slices::leave(std::size_t count) {
    tell([count](std::size_t parts, std::size_t n) {
        return fmt::format(R"({{"do":"leave","count":{}}})", share_of(count, parts, n));
    });
}

void Slices::fill_places() {
    tell([](std::size_t, std::size_t) { return std::string(R"({"do":"fill"})"); });
}

void Slices::push(const PushPlan& plan) {
    tell([&plan](std::size_t parts, std::size_t n) {
        json::object line;
        line["do"] = "push";
        line["rate"] = plan.pace.rate / static_cast<double>(parts);
        line["poisson"] = plan.pace.arrivals == Arrivals::poisson;
        line["warmup_ns"] = plan.pace.warmup.count();
        line["measured_ns"] = plan.pace.measured.count();
        line["seed"] = plan.pace.seed + n;
        line["connections"] = plan.connections;
        return json::serialize(line);
    });
}

void Slices::add_up() {
    SlicesState all{.settled = true};
    for (auto& child : children_) {
        const json::object& said = child->said;
        // What it said before it heard the newest word does not count.
        auto heard = said.if_contains("heard");
        if (!heard || heard->to_number<std::size_t>() != asked_) {
            all.settled = all.pushed = false;
            if (!heard) continue;
        }
        auto number = [&said](const char* name) { return said.at(name).to_number<std::uint64_t>(); };
        all.waiting += number("waiting");
        all.settled = all.settled && said.at("settled").as_bool();
        all.opened += number("opened");
        all.failed += number("failed");
        all.reopened += number("reopened");
        all.messages += number("messages");
        all.with_first_code += number("with_first_code");
        all.with_two_more += number("with_two_more");
        all.frame_octets = std::max(all.frame_octets, number("frame_octets"));
        for (const auto& [code, count] : said.at("closed").as_object())
            all.closed_by_server[std::stoi(std::string(code))] += count.to_number<std::uint64_t>();
        all.pushed = all.pushed && said.at("pushed").as_bool();
        all.push.merge({.asked = number("asked"),
                        .answered = number("answered"),
                        .failed = number("push_failed"),
                        .late = number("late")});
        all.push.latency.merge_json(json::serialize(said.at("latency")));
    }
    state_ = std::move(all);
}

bool Slices::wait(Duration at_most, const std::function<bool(const SlicesState&)>& enough,
                  const std::function<void(const SlicesState&)>& look) {
    const Time end = Clock::now() + at_most;
    while (true) {
        std::vector<pollfd> polled;
        for (auto& child : children_)
            polled.push_back({.fd = child->from, .events = POLLIN, .revents = 0});
        poll(polled.data(), polled.size(), 250);
        for (auto& child : children_)
            child->read();
        add_up();
        if (look) look(state_);
        if (enough(state_)) return true;
        if (Clock::now() >= end) return false;
    }
}

const SlicesState& Slices::state() const noexcept {
    return state_;
}

}  // namespace qrgate::bench
