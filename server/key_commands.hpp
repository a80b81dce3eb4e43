// `qrgate keys list` and `qrgate keys rotate token|sealing|ca`: files only; running servers take new keys
// over by themselves (server/key_watch). Prints no key. Throws std::runtime_error with one plain line.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "protocol/time.hpp"

namespace qrgate {

struct Config;
class Random;

bool is_key_command(const std::vector<std::string>& words);
struct KeyCommand {
    std::vector<std::string> words = {};  // {"keys", "rotate", "token"}
    std::chrono::seconds after{60};       // --after: from the command to the new key's first use
    WallTime now{};
};
int run_key_command(const Config& config, Random& random, KeyCommand command);
std::string key_commands_help();

}  // namespace qrgate
