#include "server/audit_commands.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "server/audit_check.hpp"
#include "server/audit_export.hpp"
#include "server/secret_file.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int faults_found = 1;
constexpr int usage_error = 2;
constexpr int could_not = 3;

struct Span {
    std::optional<WallTime> from = {};
    std::optional<WallTime> to = {};
};

int fail(Errc errc) {
    fmt::print(stderr, "qrgate: {}: {}\n", info(errc).code, info(errc).en);
    return could_not;
}

int misused(std::string_view what) {
    fmt::print(stderr, "qrgate: {}\n", what);
    return usage_error;
}

// A day alone means its first moment.
std::optional<WallTime> time_of(const std::string& text) {
    constexpr std::size_t day = 10;
    return parse_time(text.size() == day ? text + "T00:00:00Z" : text);
}

std::optional<Span> span_of(const AuditCommand& command) {
    Span span;
    if (!command.from.empty()) span.from = time_of(command.from);
    if (!command.to.empty()) span.to = time_of(command.to);
    const bool understood = (command.from.empty() || span.from) && (command.to.empty() || span.to);
    return understood ? std::optional(span) : std::nullopt;
}

// The one that is there: a new one would call every seal foreign.
std::optional<Digest> key_of(const std::filesystem::path& data_folder) {
    auto octets = read_secret_file(data_folder / "keys" / "audit");
    if (!octets || octets->size() != std::tuple_size_v<Digest>) return std::nullopt;
    Digest key{};
    std::ranges::copy(*octets, key.begin());
    wipe(*octets);
    return key;
}

std::string range_of(const AuditVerdict& verdict) {
    if (!verdict.first) return "no seals";
    return fmt::format("seals {} to {}, {} to {}", verdict.first->seal, verdict.last->seal,
                       format_time(verdict.first->sealed_at), format_time(verdict.last->sealed_at));
}

Task<int> verify(AuditLedger& ledger, AuditCommand command, Span span) {
    auto key = key_of(command.data_folder);
    if (!key) {
        fmt::print(stderr, "qrgate: there is no key file `audit` in {}\n",
                   (command.data_folder / "keys").string());
        co_return could_not;
    }
    AuditCheck check{.key = *key,
                     .anchor = read_audit_anchor(audit_anchor_file(command.data_folder)),
                     .from = span.from,
                     .to = span.to,
                     .now = command.now};
    const bool anchored = check.anchor.has_value();
    auto verdict = co_await check_audit(ledger, check);
    wipe(*key);
    wipe(check.key);
    if (!verdict) co_return fail(verdict.error());
    for (const std::string& fault : verdict->faults)
        fmt::print("FAULT      {}\n", fault);
    if (verdict->last) fmt::print("newest     {} {}\n", verdict->last->seal, hex(verdict->last->digest));
    if (!anchored) fmt::print("note       there is no audit.anchor here: a cut-off end is not seen\n");
    if (verdict->right()) {
        fmt::print("audit: fine: {} rows in {} seals ({}), {} rows not sealed yet\n", verdict->rows,
                   verdict->seals, range_of(*verdict), verdict->unsealed);
        co_return 0;
    }
    fmt::print("audit: BROKEN: {} faults in {} rows and {} seals ({}), {} rows not sealed yet\n",
               verdict->fault_count, verdict->rows, verdict->seals, range_of(*verdict), verdict->unsealed);
    co_return faults_found;
}

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

// Addresses and who did what are in it: for the one who asked alone.
std::unique_ptr<std::FILE, Close> open_output(const std::string& file) {
    const int descriptor = file.empty()
                               ? ::dup(STDOUT_FILENO)
                               : ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return std::unique_ptr<std::FILE, Close>(descriptor < 0 ? nullptr : ::fdopen(descriptor, "w"));
}

Task<int> write_export(AuditLedger& ledger, AuditCommand command, Span span) {
    auto out = open_output(command.output);
    if (!out) {
        fmt::print(stderr, "qrgate: {} cannot be written\n", command.output);
        co_return could_not;
    }
    const auto format = command.format == "csv" ? AuditFormat::csv : AuditFormat::jsonl;
    auto rows =
        co_await export_audit(ledger, {.format = format, .from = span.from, .to = span.to, .out = out.get()});
    const bool written = std::fclose(out.release()) == 0;
    if (!rows) co_return fail(rows.error());
    if (!written) co_return fail(Errc::internal_error);
    if (!command.output.empty()) fmt::print("{} rows are in {}\n", *rows, command.output);
    co_return 0;
}

}  // namespace

bool is_audit_command(const std::vector<std::string>& words) {
    return words.size() == 2 && words[0] == "audit" && (words[1] == "verify" || words[1] == "export");
}

Task<int> run_audit_command(AuditLedger& ledger, AuditCommand command) {
    const auto span = span_of(command);
    if (!span) co_return misused("--from and --to are days or times: 2026-11-22, 2026-11-22T08:00:00Z (UTC)");
    if (command.words[1] == "verify") co_return co_await verify(ledger, std::move(command), *span);
    if (!command.format.empty() && command.format != "jsonl" && command.format != "csv")
        co_return misused("--format is jsonl or csv");
    co_return co_await write_export(ledger, std::move(command), *span);
}

std::string audit_commands_help() {
    return "  qrgate audit verify [--from TIME] [--to TIME]\n"
           "  qrgate audit export [--from TIME] [--to TIME] [--format jsonl|csv] [--output FILE]\n";
}

}  // namespace qrgate
