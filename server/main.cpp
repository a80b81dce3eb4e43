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
#include "server/config_value.hpp"
#include "server/database.hpp"
#include "server/desk_commands.hpp"
#include "server/end_signal.hpp"
#include "server/key_commands.hpp"
#include "server/operator_commands.hpp"
#include "server/place.hpp"
#include "server/process.hpp"
#include "server/random.hpp"
#include "server/receipt.hpp"
#include "server/refusals.hpp"
#include "server/secret_checks.hpp"
#include "server/tls_context.hpp"
#include "server/version.hpp"
#include "server/wiping_memory.hpp"
#include "storage/task.hpp"

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

// A secret that others can reach protects nothing: nothing starts with it.
bool refuse_secrets(const CommandLine& line, const Config& config) {
    const auto faults = secret_faults(config, line.config_file);
    for (const std::string& fault : faults)
        fmt::print(stderr, "qrgate: {}\n", fault);
    return !faults.empty();
}

// What a start would read besides the settings themselves.
int check_files(const CommandLine& line, const Config& config) {
    if (refuse_secrets(line, config)) return usage_error;
    if (!config.tls_certificate.empty()) TlsContext(config.tls_certificate, config.tls_key);
    if (!config.place_table.empty()) PlaceLookup::from_file(config.place_table);
    fmt::print("the settings are fine\n");
    return 0;
}

// All certificates of a PEM file, as /ca.pem gives those of all generations of the CA.
std::vector<Bytes> trusted_in(const std::string& file) {
    constexpr std::string_view end_mark = "-----END CERTIFICATE-----";
    const std::string pem = content_of(file);
    std::vector<Bytes> trusted;
    std::string_view rest = pem;
    for (std::size_t end = rest.find(end_mark); end != std::string_view::npos; end = rest.find(end_mark)) {
        Bytes der = certificate_from_pem(rest.substr(0, end + end_mark.size()));
        if (!der.empty()) trusted.push_back(std::move(der));
        rest.remove_prefix(end + end_mark.size());
    }
    if (trusted.empty()) throw std::runtime_error(file + " holds no PEM certificate");
    return trusted;
}

// By the first of them that stands above the receipt's certificate.
ReceiptVerdict verified(const std::string& receipt, const std::vector<Bytes>& trusted) {
    ReceiptVerdict verdict = verify_receipt(receipt, trusted.empty() ? Bytes{} : trusted.front());
    for (std::size_t i = 1; i < trusted.size() && !verdict.right(); ++i) {
        ReceiptVerdict other = verify_receipt(receipt, trusted[i]);
        if (other.right()) verdict = std::move(other);
    }
    return verdict;
}

int verify(const CommandLine& line) {
    const std::vector<Bytes> trusted = line.ca.empty() ? std::vector<Bytes>{} : trusted_in(line.ca);
    // One receipt a line, as `receipt export` writes them.
    std::istringstream receipts(content_of(line.words.at(2)));
    bool all_right = true;
    for (std::string receipt; std::getline(receipts, receipt);) {
        const ReceiptVerdict verdict = verified(receipt, trusted);
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

Task<int> with_storage(Database& database, Random& random, CommandLine line, const Config& config) {
    auto migrated = co_await database.migrate(line.grant_to);
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
        code =
            co_await run_operator_command(database.storage(), {.words = line.words,
                                                               .output = line.output,
                                                               .format = line.format,
                                                               .dry_run = line.dry_run,
                                                               .strict = line.strict,
                                                               .now = SystemClock().now(),
                                                               .password_max_age = password_max_age(config)});
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

int run_keys(const CommandLine& line, const Config& config) {
    KeyCommand command{.words = line.words, .now = SystemClock().now()};
    if (!line.after.empty()) {
        const auto after = parse_duration(line.after);
        if (!after)
            throw std::runtime_error(fmt::format("--after {}: write it as 90s, 10m or 2h", line.after));
        command.after = std::chrono::ceil<std::chrono::seconds>(*after);
    }
    SystemRandom random;
    return run_key_command(config, random, std::move(command));
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
        return check_files(line, loaded.config);
    }
    forbid_core_dumps(loaded.config);
    if (refuse_secrets(line, loaded.config)) return usage_error;
    if (area == "serve" && line.words.size() == 1) return App(loaded.config).run();
    bool migrating = area == "migrate" && line.words.size() == 1;
    if (!migrating && !is_operator_command(line.words) && !is_desk_command(line.words) &&
        !is_audit_command(line.words) && !is_key_command(line.words))
        return usage();
    // A command in the wrong folder must not make a new, empty installation there.
    if (!migrating && !std::filesystem::exists(loaded.config.data_folder / "keys" / "index.key")) {
        throw std::runtime_error(fmt::format("there is no installation in {}: give --config or --data",
                                             loaded.config.data_folder.string()));
    }
    if (is_key_command(line.words)) return run_keys(line, loaded.config);
    return run_with_storage(line, loaded.config);
}

}  // namespace

int main(int count, char** values) {
    try {
        if (!wipe_memory_of_openssl()) throw std::runtime_error("OpenSSL was in use before main");
        return run(parse_command_line(count, values));
    } catch (const std::exception& error) {
        fmt::print(stderr, "qrgate: {}\n", error.what());
        return 1;
    }
}
