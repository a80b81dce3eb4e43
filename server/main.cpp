// qrgate: the command line's sub-commands. Nothing is decided here; each hands over to its own file.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "server/app.hpp"
#include "server/audit_commands.hpp"
#include "server/clock.hpp"
#include "server/command_line.hpp"
#include "server/database.hpp"
#include "server/desk_commands.hpp"
#include "server/end_signal.hpp"
#include "server/operator_commands.hpp"
#include "server/place.hpp"
#include "server/random.hpp"
#include "server/receipt.hpp"
#include "server/refusals.hpp"
#include "server/tls_context.hpp"
#include "server/version.hpp"

namespace {

using namespace qrgate;

constexpr int usage_error = 2;

std::vector<std::string> environment_of_process() {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable; ++variable)
        variables.emplace_back(*variable);
    return variables;
}

int refuse(const std::vector<ConfigProblem>& problems) {
    for (const ConfigProblem& problem : problems)
        fmt::print(stderr, "qrgate: {}: {}\n", problem.setting, problem.text);
    return usage_error;
}

int usage() {
    fmt::print(stderr, "{}", command_line_help());
    return usage_error;
}

std::string content_of(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error(file + " cannot be read");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// What a start would read besides the settings themselves.
int check_files(const Config& config) {
    if (!config.tls_certificate.empty()) TlsContext(config.tls_certificate, config.tls_key);
    if (!config.place_table.empty()) PlaceLookup::from_file(config.place_table);
    fmt::print("the settings are fine\n");
    return 0;
}

int verify(const CommandLine& line) {
    Bytes ca;
    if (!line.ca.empty()) {
        ca = certificate_from_pem(content_of(line.ca));
        if (ca.empty()) throw std::runtime_error(line.ca + " holds no PEM certificate");
    }
    // One receipt a line, as `receipt export` writes them.
    std::istringstream receipts(content_of(line.words.at(2)));
    bool all_right = true;
    for (std::string receipt; std::getline(receipts, receipt);) {
        ReceiptVerdict verdict = verify_receipt(receipt, ca);
        fmt::print("{}", verdict.text);
        for (const ReceiptCheck& check : verdict.checks) {
            fmt::print("{}  {}\n", check.right ? "yes" : "NO ", check.what);
        }
        all_right = all_right && verdict.right();
    }
    return all_right ? 0 : 1;
}

AuditCommand audit_command(const CommandLine& line, const Config& config) {
    return {.words = line.words,
            .from = line.from,
            .to = line.to,
            .format = line.format,
            .output = line.output,
            .data_folder = config.data_folder,
            .now = SystemClock().now()};
}

DeskCommand desk_command(const CommandLine& line, std::chrono::seconds level_life) {
    return {.words = line.words,
            .level = line.level,
            .evidence = line.evidence,
            .by = line.by,
            .level_life = level_life,
            .now = SystemClock().now()};
}

asio::awaitable<int> with_storage(Database& database, Random& random, CommandLine line,
                                  const Config& config) {
    auto migrated = co_await database.migrate();
    int code = 1;
    if (!migrated) {
        fmt::print(stderr, "qrgate: {}\n", migrated.error());
    } else if (line.words.front() == "migrate") {
        fmt::print("{}\n", *migrated);
        code = 0;
    } else if (line.words.front() == "desk") {
        code = co_await run_desk_command(database.storage(), random, desk_command(line, config.level_life));
    } else if (is_audit_command(line.words)) {
        code = co_await run_audit_command(database.audit(), audit_command(line, config));
    } else {
        code = co_await run_operator_command(database.storage(), {.words = line.words,
                                                                  .output = line.output,
                                                                  .format = line.format,
                                                                  .dry_run = line.dry_run,
                                                                  .strict = line.strict,
                                                                  .now = SystemClock().now()});
    }
    co_await database.close();
    co_return code;
}

int run_with_storage(const CommandLine& line, const Config& config) {
    asio::io_context io{1};
    SystemRandom random;
    Database database(io.get_executor(), config, random, [](std::string_view) {});
    int code = 1;
    std::exception_ptr failure;
    asio::co_spawn(io, with_storage(database, random, line, config),
                   [&](std::exception_ptr thrown, int result) {
                       failure = thrown;
                       code = result;
                       // The database was not closed then, and its connections would go on for ever.
                       if (thrown) io.stop();
                   });
    io.run();
    // Also after a failure: part of it may have been committed.
    EndSignal::found_in(config.data_folder).raise();
    if (failure) std::rethrow_exception(failure);
    return code;
}

int run(const CommandLine& line) {
    if (line.help || line.version || line.words.empty()) {
        if (line.version) fmt::print("qrgate {}\n", build_version);
        if (line.help) fmt::print("{}", command_line_help());
        return line.help || line.version ? 0 : usage();
    }
    const std::string& area = line.words.front();
    bool two = line.words.size() == 2;
    if (area == "config" && two && line.words[1] == "page") {
        fmt::print("{}", configuration_page());
        return 0;
    }
    if (area == "refusals" && two && line.words[1] == "page") {
        fmt::print("{}", refusals_page());
        return 0;
    }
    if (area == "receipt" && line.words.size() == 3 && line.words[1] == "verify") return verify(line);

    LoadedConfig loaded = config_of(line, environment_of_process());
    if (!loaded.problems.empty()) return refuse(loaded.problems);
    if (area == "config" && two && line.words[1] == "check") {
        return check_files(loaded.config);
    }
    if (area == "serve" && line.words.size() == 1) return App(loaded.config).run();
    bool migrating = area == "migrate" && line.words.size() == 1;
    if (!migrating && !is_operator_command(line.words) && !is_desk_command(line.words) &&
        !is_audit_command(line.words))
        return usage();
    // A command in the wrong folder must not make a new, empty installation there.
    if (!migrating && !std::filesystem::exists(loaded.config.data_folder / "keys" / "index.key")) {
        throw std::runtime_error(fmt::format("there is no installation in {}: give --config or --data",
                                             loaded.config.data_folder.string()));
    }
    return run_with_storage(line, loaded.config);
}

}  // namespace

int main(int count, char** values) {
    try {
        return run(parse_command_line(count, values));
    } catch (const std::exception& error) {
        fmt::print(stderr, "qrgate: {}\n", error.what());
        return 1;
    }
}
