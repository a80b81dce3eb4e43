#include "server/audit_throttle.hpp"

namespace qrgate {

AuditThrottle::Seen AuditThrottle::look(std::string_view kind, std::string_view whom, WallTime now) {
    auto known = kinds_.find(kind);
    if (known == kinds_.end()) known = kinds_.emplace(std::string(kind), Kind{}).first;
    Kind& it = known->second;
    // A clock that was put back keeps nothing longer than its life.
    const auto is_over = [now](WallTime noted) { return now >= noted + life || now < noted; };
    while (!it.order.empty() && is_over(it.noted.at(it.order.front()).at)) {
        it.noted.erase(it.order.front());
        it.order.pop_front();
    }
    std::string key(whom);
    if (it.noted.contains(key)) return Seen::again;
    if (it.noted.size() >= limit_) return Seen::full;
    const auto place = it.order.insert(it.order.end(), key);
    it.noted.emplace(std::move(key), Kind::Noted{now, place});
    return Seen::first;
}

void AuditThrottle::take_back(std::string_view kind, std::string_view whom) {
    const auto known = kinds_.find(kind);
    if (known == kinds_.end()) return;
    Kind& it = known->second;
    const auto noted = it.noted.find(std::string(whom));
    if (noted == it.noted.end()) return;
    it.order.erase(noted->second.place);
    it.noted.erase(noted);
}

}  // namespace qrgate
