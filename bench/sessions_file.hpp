// `sessions`: writes live sessions into the server's database and their cookies into a file, for `verify`. By
// the same Storage verb that a login ends with, but without its password: ten thousand hashes take minutes.
// Each was used once, evenly over the last minute, as sessions are that somebody uses all the time.
#pragma once

#include "bench/options.hpp"

namespace qrgate::bench {

SubCommand sessions_command();

}  // namespace qrgate::bench
