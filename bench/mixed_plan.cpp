#include "bench/mixed_plan.hpp"

#include <algorithm>
#include <cmath>

namespace qrgate::bench {

std::string_view name_of(Visit visit) noexcept {
    switch (visit) {
        case Visit::password:
            return "password";
        case Visit::wrong_password:
            return "wrong_password";
        case Visit::sms:
            return "sms";
        case Visit::qr:
            return "qr";
        case Visit::qr_denied:
            return "qr_denied";
        case Visit::qr_leaves:
            return "qr_leaves";
        case Visit::qr_never:
            return "qr_never";
    }
    return "";
}

bool are_shares(const Shares& shares) noexcept {
    const std::array<double, 6> all{shares.sms,       shares.qr,        shares.wrong_password,
                                    shares.qr_denied, shares.qr_leaves, shares.qr_never};
    const bool each = std::ranges::all_of(all, [](double share) { return share >= 0 && share <= 1; });
    return each && shares.sms + shares.qr <= 1 && shares.qr_denied + shares.qr_leaves + shares.qr_never <= 1;
}

bool Day::happens(double share) {
    return std::uniform_real_distribution<double>(0, 1)(chance_) < share;
}

Visit Day::next() {
    const double way = std::uniform_real_distribution<double>(0, 1)(chance_);
    if (way < shares_.sms) return Visit::sms;
    if (way >= shares_.sms + shares_.qr)
        return happens(shares_.wrong_password) ? Visit::wrong_password : Visit::password;
    const double fate = std::uniform_real_distribution<double>(0, 1)(chance_);
    if (fate < shares_.qr_denied) return Visit::qr_denied;
    if (fate < shares_.qr_denied + shares_.qr_leaves) return Visit::qr_leaves;
    if (fate < shares_.qr_denied + shares_.qr_leaves + shares_.qr_never) return Visit::qr_never;
    return Visit::qr;
}

Duration Day::pause(Duration usual) {
    const double factor = std::lognormal_distribution<double>(0, 0.5)(chance_);
    return Duration{std::llround(static_cast<double>(usual.count()) * std::min(factor, 5.0))};
}

Duration reconnect_after(std::mt19937_64& chance, Duration within) {
    return Duration{std::uniform_int_distribution<Duration::rep>(0, within.count())(chance)};
}

}  // namespace qrgate::bench
