// The command line: sub-commands and their options (Boost.Program_options), joined with file and environment
// to one Config. Pure but for reading the files it is told to read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/config.hpp"

namespace qrgate {

struct CommandLine {
    std::vector<std::string> words = {};  // serve; person lock X; …
    bool help = false;
    bool version = false;
    bool demo = false;
    bool bench = false;
    std::string config_file = {};
    std::string output = {};    // receipt export, audit export
    std::string level = {};     // desk: --level,
    std::string evidence = {};  // --evidence
    std::string by = {};        // and --operator
    std::string ca = {};        // receipt verify
    std::string format = {};    // people import, audit export
    std::string from = {};      // audit
    std::string to = {};
    std::string after = {};     // keys rotate
    std::string grant_to = {};  // migrate
    bool dry_run = false;
    bool strict = false;
    std::map<std::string, std::string> overrides = {};  // setting → value, from --set, --port, --data
};

// Throws std::runtime_error with one plain line.
CommandLine parse_command_line(int count, const char* const* values);
std::string command_line_help();

// Config of this command line; `environment` is the process's whole environment (name=value).
LoadedConfig config_of(const CommandLine& line, const std::vector<std::string>& environment);

}  // namespace qrgate
