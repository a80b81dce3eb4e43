#include "storage/pool_plan.hpp"

#include <algorithm>

namespace qrgate {

std::size_t connections_to_open(const PoolView& pool) {
    const std::size_t taken = pool.open + pool.connecting;
    if (taken >= pool.limit) return 0;
    const std::size_t room = pool.limit - taken;
    if (pool.failing) return pool.may_retry && pool.connecting == 0 ? 1 : 0;
    // One is kept ready, so that the first lease after a pause does not pay for the connection.
    const std::size_t needed = std::max<std::size_t>(pool.waiting, pool.open == 0 ? 1 : 0);
    return needed <= pool.connecting ? 0 : std::min(needed - pool.connecting, room);
}

std::chrono::milliseconds next_back_off(std::chrono::milliseconds last, std::chrono::milliseconds first,
                                        std::chrono::milliseconds most) {
    return last.count() == 0 ? std::min(first, most) : std::min(last * 2, most);
}

}  // namespace qrgate
