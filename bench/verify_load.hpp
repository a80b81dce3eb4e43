// `verify`: session checks, flat out or at a rate, by many keep-alive connections; and the same load on a
// peer
// (`--plain-get PATH`), so that the two can be compared.
#pragma once

#include "bench/options.hpp"

namespace qrgate::bench {

SubCommand verify_command();

}  // namespace qrgate::bench
