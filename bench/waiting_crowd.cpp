#include "bench/waiting_crowd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "bench/event_loop.hpp"
#include "bench/waiting_browsers.hpp"

extern char** environ;

namespace qrgate::bench {

namespace {

constexpr std::size_t seats_of_a_process = 5000;
constexpr std::chrono::seconds patience{120};

void need(bool fine, const char* what) {
    if (!fine) throw CannotMeasure(fmt::format("processes that wait: {}", what));
}

// One line of a descriptor, as a number; nullopt: none came in time.
std::optional<std::size_t> read_number(int descriptor) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::string line;
    while (line.empty() || line.back() != '\n') {
        pollfd look{.fd = descriptor, .events = POLLIN, .revents = 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0 || ::poll(&look, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
        char octet = 0;
        if (::read(descriptor, &octet, 1) != 1) return std::nullopt;
        line += octet;
    }
    std::size_t number = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), number).ec != std::errc{})
        return std::nullopt;
    return number;
}

}  // namespace

WaitingCrowd::~WaitingCrowd() {
    end();
}

void WaitingCrowd::start(std::size_t seats, std::size_t first_source) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    need(::pipe2(to.data(), O_CLOEXEC) == 0 && ::pipe2(from.data(), O_CLOEXEC) == 0, "no pipes");
    std::vector<std::string> words{"qrgate-bench",   "hold",
                                   "--url",          options_.text("url"),
                                   "--seats",        std::to_string(seats),
                                   "--sources",      options_.text("sources"),
                                   "--first-source", std::to_string(first_source)};
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, to[0], 0);
    posix_spawn_file_actions_adddup2(&files, from[1], 1);
    pid_t process = -1;
    const int failed = ::posix_spawn(&process, "/proc/self/exe", &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    ::close(to[0]);
    ::close(from[1]);
    processes_.push_back({.id = process, .to = to[1], .from = from[0]});
    need(failed == 0, "cannot be started");
}

void WaitingCrowd::begin(std::size_t how_many) {
    for (std::size_t begun = 0; begun < how_many; begun += seats_of_a_process)
        start(std::min(seats_of_a_process, how_many - begun), begun);
    std::size_t seated = 0;
    for (const Process& process : processes_)
        seated += read_number(process.from).value_or(0);
    if (seated < how_many) {
        throw CannotMeasure(
            fmt::format("only {} of {} browsers wait: raise room.seats_per_address and "
                        "http.connections, or give --sources",
                        seated, how_many));
    }
}

std::size_t WaitingCrowd::still_waiting() {
    std::size_t sum = 0;
    for (const Process& process : processes_) {
        if (::write(process.to, "?", 1) == 1) sum += read_number(process.from).value_or(0);
    }
    return sum;
}

void WaitingCrowd::end() {
    for (const Process& process : processes_)
        ::close(process.to);
    for (const Process& process : processes_) {
        int status = 0;
        // It ends when its input does; one that hangs is ended.
        for (int tries = 0; process.id > 0 && ::waitpid(process.id, &status, WNOHANG) == 0; ++tries) {
            if (tries == 500) ::kill(process.id, SIGKILL);
            ::usleep(10'000);
        }
        ::close(process.from);
    }
    processes_.clear();
}

namespace {

void say(std::size_t number) {
    const std::string line = fmt::format("{}\n", number);
    need(::write(1, line.data(), line.size()) == static_cast<ssize_t>(line.size()), "nobody listens");
}

// What standard input asks for: a number for each octet, the end by its end.
enum class Asked : std::uint8_t { nothing, number, end };
Asked asked() {
    pollfd look{.fd = 0, .events = POLLIN, .revents = 0};
    if (::poll(&look, 1, 0) <= 0) return Asked::nothing;
    char octet = 0;
    return ::read(0, &octet, 1) == 1 ? Asked::number : Asked::end;
}

int run_hold(const Options& options) {
    EventLoop loop;
    WaitingPlan plan{.targets = options.targets(), .sources = options.sources()};
    std::ranges::rotate(plan.sources,
                        plan.sources.begin() +
                            static_cast<std::ptrdiff_t>(options.whole("first-source") % plan.sources.size()));
    WaitingBrowsers browsers(loop, std::move(plan));
    browsers.open(options.whole("seats"));
    bool said = false;
    for (Asked what = Asked::nothing; what != Asked::end; what = asked()) {
        if (what == Asked::number) say(browsers.waiting());
        loop.turn(std::min(browsers.due(), std::chrono::steady_clock::now() + std::chrono::milliseconds(20)));
        browsers.advance(std::chrono::steady_clock::now());
        if (!said && browsers.settled()) {
            said = true;
            say(browsers.waiting());
        }
    }
    return 0;
}

}  // namespace

SubCommand hold_command() {
    return {.name = "hold",
            .line = "browsers that only wait, until standard input ends",
            .words = "",
            .own = {{"first-source", OptionKind::whole, "0", "the first browser's, of --sources"}},
            .example = "--url http://localhost:8080 --seats 1000",
            .run = run_hold};
}

}  // namespace qrgate::bench
