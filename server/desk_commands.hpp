// The desk, from the shell: one operator writes down what somebody who came asks for and what was seen, a
// second one approves or refuses. The way to level 3 without a face, to a new phone number, to a certificate
// on a new phone. Who operators are is taken on their word and the shell's; the user id of the process is
// recorded too. Never prints identity numbers, names or phones in clear.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Random;
class Storage;

struct DeskCommand {
    std::vector<std::string> words = {};  // {"desk", "raise", PERSON}
    std::string level = {};               // --level
    std::string evidence = {};            // --evidence
    std::string by = {};                  // --operator
    std::chrono::seconds level_life{0};   // setting level.life; 0: for good
    WallTime now{};
};

// Whether these words are one: asked before a database is opened for them.
bool is_desk_command(const std::vector<std::string>& words);
// 0 done, 1 refused or not found, 2 something is missing (said in one line).
Task<int> run_desk_command(Storage& storage, Random& random, DeskCommand command);
std::string desk_commands_help();

}  // namespace qrgate
