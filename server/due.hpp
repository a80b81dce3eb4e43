// When is what is done every so often due? Also when the next time lies further ahead than one interval: it
// was set by a clock that was ahead and has been put right since. Pure, any thread.
#pragma once

#include "protocol/time.hpp"

namespace qrgate {

inline bool is_due(WallTime now, WallTime next, WallTime::duration interval) {
    return now >= next || next - now > interval;
}

}  // namespace qrgate
