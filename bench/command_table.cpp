#include "bench/sub_commands.hpp"

namespace qrgate::bench {

// One row a sub-command, made by the file that runs it.
const std::vector<SubCommand>& sub_commands() {
    static const std::vector<SubCommand> rows{};
    return rows;
}

}  // namespace qrgate::bench
