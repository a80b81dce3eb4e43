// What operators do from the shell: person, people, certificate, session, receipt, why. Each prints one plain
// result and returns the exit code (0 done, 1 refused or not found). Uses the same storage verbs as the
// server, so every act leaves an audit row. Never prints identity numbers, names or phones in clear.
#pragma once

#include <string>
#include <vector>

#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;

struct OperatorCommand {
    std::vector<std::string> words = {};  // {"person", "lock", "110…"}
    std::string output = {};              // receipt export: a file; empty: standard output
    std::string format = {};              // people import: how the file is written
    bool dry_run = false;
    bool strict = false;
    WallTime now{};
    std::chrono::seconds password_max_age{0};  // why: as in config.hpp
};

// `command.words` passed is_operator_command.
Task<int> run_operator_command(Storage& storage, OperatorCommand command);

// Whether these words are a command: asked before a database is opened for them.
bool is_operator_command(const std::vector<std::string>& words);

// "person show PERSON" and the like, one a line.
std::string operator_commands_help();

}  // namespace qrgate
