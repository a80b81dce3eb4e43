// The crowd that only waits in `mixed`, and the server that is started again under it.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <boost/asio/co_spawn.hpp>

#include "bench/lanes.hpp"
#include "bench/mixed_load.hpp"
#include "storage/task.hpp"

extern char** environ;

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{60};

Task<void> sit_down(MixedLoad& load, std::size_t which, Progress& progress) {
    const std::string fault = co_await load.crowd[which]->open();
    if (!fault.empty())
        throw CannotMeasure(
            fmt::format("browser {} of {} cannot wait ({}): raise room.seats_per_address and "
                        "http.connections, or give --sources",
                        which + 1, load.crowd.size(), fault));
    ++load.seated;
    progress.show(Clock::now(), static_cast<double>(load.seated) / static_cast<double>(load.crowd.size()),
                  fmt::format("{} browsers wait", load.seated));
}

// A seat for the whole day: who loses the connection comes back after a jitter, as the page does.
Task<void> keep_seat(MixedLoad& load, std::shared_ptr<QrBrowser> browser) {
    while (!load.over) {
        if (!co_await browser->ended(Clock::now() + std::chrono::milliseconds(500))) continue;
        if (load.over) co_return;
        const Time lost = Clock::now();
        --load.seated;
        // The wait of a browser is over after five minutes (4000); that is no loss.
        load.count(browser->close_code() == 4000 ? "waits_over" : "seats_lost");
        co_await rest(reconnect_after(load.chance, load.within));
        const std::string fault = co_await open_patiently(load, browser, Clock::now() + patience);
        if (!fault.empty()) {
            load.count("seats_not_regained");
            co_return;
        }
        load.result.latencies["seated_again"].add(Clock::now() - lost);
        if (++load.seated == load.crowd.size() && load.restarted) load.seated_again = Clock::now();
    }
}

}  // namespace

Task<void> seat_crowd(MixedLoad& load, std::size_t how_many, Progress& progress) {
    auto executor = co_await asio::this_coro::executor;
    for (std::size_t i = 0; i < how_many; ++i)
        load.crowd.push_back(std::make_shared<QrBrowser>(executor, load.target, load.source()));
    co_await in_lanes(64, how_many, [&](std::size_t which) { return sit_down(load, which, progress); });
    for (auto& browser : load.crowd)
        asio::co_spawn(executor, keep_seat(load, browser), [](std::exception_ptr) {});
}

Task<void> restart_server(MixedLoad& load, std::string command, Time when) {
    if (command.empty()) co_return;
    co_await rest(when - Clock::now());
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::array<char*, 4> arguments{shell.data(), option.data(), command.data(), nullptr};
    load.restarted = Clock::now();
    pid_t process = -1;
    if (::posix_spawn(&process, shell.c_str(), nullptr, nullptr, arguments.data(), environ) != 0)
        throw CannotMeasure("the --restart-command cannot be started");
    int status = 0;
    const Time until = Clock::now() + patience;
    while (::waitpid(process, &status, WNOHANG) == 0) {
        if (Clock::now() > until) throw CannotMeasure("the --restart-command does not end");
        co_await rest(std::chrono::milliseconds(20));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw CannotMeasure(fmt::format("the --restart-command ended with {}", WEXITSTATUS(status)));
    load.result.figures["restart_command_s"] =
        std::chrono::duration<double>(Clock::now() - *load.restarted).count();
}

}  // namespace qrgate::bench
