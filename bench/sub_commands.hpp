// The table of sub-commands, and what the parts of the program share with main. A row of the table is made by
// the file that runs it.
#pragma once

#include <vector>

#include "bench/options.hpp"
#include "bench/result.hpp"

namespace qrgate::bench {

// In the order of the help.
const std::vector<SubCommand>& sub_commands();

// What follows a measurement: --json into its file, and the text on standard output unless --quiet.
void report(const Options& options, const Result& result);

// `arguments` as main has them, without the program's name. → 0 measured, 1 could not, 2 wrong command line.
int run_program(const std::vector<std::string>& arguments);

}  // namespace qrgate::bench
