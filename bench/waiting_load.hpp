// `waiting`: what browsers cost that wait: memory against their number after every seat has rotated twice and
// half were replaced, processor time while nothing happens.
#pragma once

#include "bench/options.hpp"

namespace qrgate::bench {

SubCommand waiting_command();

}  // namespace qrgate::bench
