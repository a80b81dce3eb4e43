// `qrgate audit verify` and `qrgate audit export`. Each prints one plain result line; verify before it one
// for each fault. Exit codes: 0 done and fine, 1 verify found faults, 2 usage, 3 the database, the key or the
// file did not allow it. I/O thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class AuditLedger;

struct AuditCommand {
    std::vector<std::string> words = {};
    std::string from = {};  // 2026-11-22 or 2026-11-22T08:00:00Z; empty: from the beginning
    std::string to = {};
    std::string format = {};  // export: jsonl, csv
    std::string output = {};  // export: a file; empty: standard output
    std::filesystem::path data_folder = {};
    WallTime now{};
};

bool is_audit_command(const std::vector<std::string>& words);
Task<int> run_audit_command(AuditLedger& ledger, AuditCommand command);
std::string audit_commands_help();

}  // namespace qrgate
