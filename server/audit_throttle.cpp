#include "server/audit_throttle.hpp"

namespace qrgate {

bool AuditThrottle::is_first(std::string_view kind, std::string_view whom, WallTime now) {
    auto known = kinds_.find(kind);
    if (known == kinds_.end()) known = kinds_.emplace(std::string(kind), Kind{}).first;
    Kind& it = known->second;
    // A clock that was put back keeps nothing longer than its life.
    const auto is_over = [now](WallTime noted) { return now >= noted + life || now < noted; };
    while (!it.order.empty() && is_over(it.noted.at(it.order.front()))) {
        it.noted.erase(it.order.front());
        it.order.pop_front();
    }
    std::string key(whom);
    if (it.noted.contains(key) || it.noted.size() >= limit_) return false;
    it.noted.emplace(key, now);
    it.order.push_back(std::move(key));
    return true;
}

}  // namespace qrgate
