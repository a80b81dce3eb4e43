// `push`: how long a message takes to a browser that waits, and what it costs the server; ours by
// POST /bench/push, a peer's by its own publish door, with the same client and messages of the same length.
#pragma once

#include "bench/options.hpp"

namespace qrgate::bench {

SubCommand push_command();

}  // namespace qrgate::bench
