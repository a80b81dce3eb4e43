#include "bench/sub_commands.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstdio>

namespace qrgate::bench {
namespace {

std::string all_help() {
    std::string text =
        "qrgate-bench: load for qrgate and its peers, and what came of it (docs/performance.md)\n\n"
        "qrgate-bench SUB --url http://127.0.0.1:PORT [options]; qrgate-bench SUB --help says which\n\n";
    for (const SubCommand& command : sub_commands()) {
        if (command.line.empty()) continue;  // started by the program itself
        std::string name = fmt::format("{} {}", command.name, command.words);
        text += fmt::format("  {:<28} {}\n", name, command.line);
    }
    return text + "\nEnds with 0 when it measured, 1 when it could not, 2 when the command line is wrong.\n";
}

bool wants_help(const std::string& argument) {
    return argument == "--help" || argument == "-h";
}

}  // namespace

void report(const Options& options, const Result& result) {
    if (options.given("json")) write_result(result, options.text("json"));
    if (!options.on("quiet")) fmt::print("{}", result.text());
}

int run_program(const std::vector<std::string>& arguments) {
    if (arguments.empty() || wants_help(arguments.front())) {
        fmt::print("{}", all_help());
        return arguments.empty() ? 2 : 0;
    }
    const auto& commands = sub_commands();
    auto command = std::ranges::find(commands, arguments.front(), &SubCommand::name);
    if (command == commands.end()) {
        fmt::print(stderr, "qrgate-bench: there is no \"{}\"; qrgate-bench --help lists what there is\n",
                   arguments.front());
        return 2;
    }
    std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    if (std::ranges::any_of(rest, wants_help)) {
        fmt::print("{}", help_text(*command));
        return 0;
    }
    try {
        return command->run(Options(*command, rest));
    } catch (const WrongOptions& wrong) {
        fmt::print(stderr, "qrgate-bench {}: {}\n", command->name, wrong.what());
        return 2;
    } catch (const std::exception& why) {
        fmt::print(stderr, "qrgate-bench {}: {}\n", command->name, why.what());
        return 1;
    }
}

}  // namespace qrgate::bench
