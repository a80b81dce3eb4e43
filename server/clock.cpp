#include "server/clock.hpp"

namespace qrgate {

WallTime SystemClock::now() const noexcept {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

WallTime MovableClock::now() const noexcept {
    return still_.value_or(SystemClock{}.now()) + ahead_;
}

void MovableClock::advance(std::chrono::seconds by) {
    ahead_ += by;
    if (look_again_) look_again_();
}

}  // namespace qrgate
