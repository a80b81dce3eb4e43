// Which settings the chosen SMS provider needs. Part of check_config. Pure.
#pragma once

#include <vector>

#include "server/config.hpp"

namespace qrgate {

void check_sms(const Config& config, std::vector<ConfigProblem>& problems);

}  // namespace qrgate
