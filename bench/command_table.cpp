#include "bench/login_load.hpp"
#include "bench/mixed_load.hpp"
#include "bench/push_load.hpp"
#include "bench/sessions_file.hpp"
#include "bench/slices.hpp"
#include "bench/storage_load.hpp"
#include "bench/sub_commands.hpp"
#include "bench/verify_load.hpp"
#include "bench/waiting_crowd.hpp"
#include "bench/waiting_load.hpp"

namespace qrgate::bench {

// One row a sub-command, made by the file that runs it.
const std::vector<SubCommand>& sub_commands() {
    static const std::vector<SubCommand> rows{
        waiting_command(), push_command(),  verify_command(), login_command(), storage_command(),
        parts_command(),   mixed_command(), slice_command(),  hold_command(),  sessions_command(),
    };
    return rows;
}

}  // namespace qrgate::bench
