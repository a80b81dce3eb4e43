// Sub-commands that need no server: `storage` (P4: the product's statements through Storage against pgbench,
// on one PostgreSQL in one run) and `parts` (what a confirm and a login consist of, each alone, for P2, P6,
// P8).
#pragma once

#include "bench/options.hpp"

namespace qrgate::bench {

SubCommand storage_command();
SubCommand parts_command();

}  // namespace qrgate::bench
