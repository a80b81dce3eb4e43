#include "bench/login_load.hpp"
#include "bench/mixed_load.hpp"
#include "bench/storage_load.hpp"
#include "bench/sub_commands.hpp"
#include "bench/waiting_crowd.hpp"

namespace qrgate::bench {

// One row a sub-command, made by the file that runs it.
const std::vector<SubCommand>& sub_commands() {
    static const std::vector<SubCommand> rows{
        login_command(), storage_command(), parts_command(), mixed_command(), hold_command(),
    };
    return rows;
}

}  // namespace qrgate::bench
