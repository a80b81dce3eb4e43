#include "bench/pgbench.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>

#include "bench/bench_database.hpp"
#include "bench/options.hpp"
#include "storage/pg_statements.hpp"

extern char** environ;

namespace qrgate::bench {

namespace {

// A ticket's hash as bench_database.hpp numbers them; pgbench knows no octets of its own.
constexpr const char* hash_of_n = "decode(lpad(to_hex(:n::bigint), 64, '0'), 'hex')";

std::string octets(const Bytes& bytes) {
    return "\\x" + hex(bytes);
}

double number_after(std::string_view output, std::string_view words) {
    const std::size_t at = output.find(words);
    if (at == std::string_view::npos) {
        const std::size_t line =
            output.find_last_of('\n', output.size() - std::min<std::size_t>(output.size(), 2));
        throw CannotMeasure(fmt::format("pgbench did not end well: {}",
                                        output.substr(line == std::string_view::npos ? 0 : line + 1)));
    }
    const std::string_view rest = output.substr(at + words.size());
    double value = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), value).ec != std::errc{})
        throw CannotMeasure("pgbench writes its result in another form than expected");
    return value;
}

// Runs it to its end; standard output and error into `output`.
int run_program(const std::vector<std::string>& words, const std::filesystem::path& output) {
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    pid_t process = -1;
    const int failed =
        posix_spawn(&process, words.front().c_str(), &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0) throw CannotMeasure(fmt::format("{} cannot be started", words.front()));
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

std::string pgbench_statement(const PgStatement& statement, const std::vector<std::string>& values) {
    std::string out;
    const std::string_view sql = statement.sql;
    for (std::size_t at = 0; at < sql.size();) {
        std::size_t number = 0;
        const auto* begin = sql.data() + at + 1;
        if (sql[at] == '$' && at + 1 < sql.size()) {
            const auto [end, failed] = std::from_chars(begin, sql.data() + sql.size(), number);
            if (failed == std::errc{} && number >= 1 && number <= values.size()) {
                out += values[number - 1];
                at = static_cast<std::size_t>(end - sql.data());
                continue;
            }
        }
        out += sql[at++];
    }
    return out + ";\n";
}

PgbenchScript select_script() {
    return {.name = "select.sql",
            .text = fmt::format("\\set n random(0, {})\n", BenchDatabase::people - 1) +
                    pgbench_statement(find_certificate_statement, {":n"})};
}

PgbenchScript confirm_script(int clients) {
    const WallTime at = std::chrono::time_point_cast<WallTime::duration>(std::chrono::system_clock::now());
    const Confirmation it = confirmation_of(1, at);
    std::string text = "\\set i :i + 1\n";
    text += fmt::format("\\set n (:i - 1) * {} + :client_id + 1\n", clients);
    text += fmt::format("\\set p :n % {}\n", BenchDatabase::people);
    text += pgbench_statement(confirm_ticket_statement,
                              {hash_of_n, ":p", ":session", ":p", ":nonce", ":text", ":signature", ":chain",
                               ":at", ":until", "NULL", ":address", ":request"});
    return {.name = "confirm.sql",
            .text = std::move(text),
            .variables = {{"i", "0"},
                          {"session", it.phone_session_id},
                          {"nonce", it.nonce},
                          {"text", it.text},
                          {"signature", octets(it.signature)},
                          {"chain", octets(it.chain)},
                          {"at", format_time(it.at)},
                          {"until", format_time(it.redeem_until)},
                          {"address", "127.0.0.1"},
                          {"request", "bench"}}};
}

void write_scripts(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    for (const PgbenchScript& script : {select_script(), confirm_script(pgbench_clients)}) {
        std::ofstream out(folder / script.name, std::ios::binary | std::ios::trunc);
        for (const auto& [name, value] : script.variables)
            out << "-- -D " << name << '=' << value << '\n';
        out << script.text;
        if (!out.flush()) throw CannotMeasure(fmt::format("{} cannot be written", folder.string()));
    }
}

PgbenchResult read_pgbench(std::string_view output) {
    PgbenchResult result;
    result.per_second = number_after(output, "\ntps = ");
    result.processed =
        static_cast<std::int64_t>(number_after(output, "number of transactions actually processed: "));
    return result;
}

PgbenchResult run_pgbench(const std::filesystem::path& program, const std::string& connection_string,
                          const PgbenchScript& script, int seconds) {
    std::string folder = (std::filesystem::temp_directory_path() / "qrgate-pgbench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw CannotMeasure("no temporary folder can be made");
    const std::filesystem::path path = folder;
    std::ofstream(path / script.name, std::ios::binary) << script.text;
    std::vector<std::string> words{program,    "-M",
                                   "prepared", fmt::format("-c{}", pgbench_clients),
                                   "-j2",      "-n",
                                   "-f",       path / script.name,
                                   "-T",       std::to_string(seconds)};
    for (const auto& [name, value] : script.variables) {
        words.emplace_back("-D");
        words.push_back(name + "=" + value);
    }
    words.push_back(connection_string);
    const int code = run_program(words, path / "output");
    const std::string output = "\n" + content_of(path / "output");
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
    const PgbenchResult result = read_pgbench(output);
    if (code != 0) throw CannotMeasure(fmt::format("pgbench ended with {}", code));
    return result;
}

}  // namespace qrgate::bench
