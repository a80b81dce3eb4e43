// qrgate-bench: its sub-commands are in command_table.cpp.
#include <csignal>

#include "bench/sub_commands.hpp"

int main(int count, char** arguments) {
    std::signal(SIGPIPE, SIG_IGN);  // a server that went away is an answer like others
    return qrgate::bench::run_program({arguments + 1, arguments + count});
}
