// A day of people, compressed: who comes when, how they log in, and what they do wrong. Pure and repeatable:
// the same seed gives the same day. Values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string_view>

#include "bench/histogram.hpp"

namespace qrgate::bench {

enum class Visit : std::uint8_t {
    password,
    wrong_password,  // first wrong, then right
    sms,
    qr,
    qr_denied,  // scanned and refused on the phone, then scanned again and confirmed
    qr_leaves,  // goes away and comes back to the same wait, then logs in
    qr_never,   // shows a code that nobody scans, and leaves
};
inline constexpr std::size_t visits = 7;
std::string_view name_of(Visit visit) noexcept;

// Parts of a whole; of each way in, the parts of those who do not go straight through.
struct Shares {
    double sms = 0.15;
    double qr = 0.25;  // the others come by password
    double wrong_password = 0.1;
    double qr_denied = 0.03;
    double qr_leaves = 0.1;
    double qr_never = 0.2;
};
// Whether they are parts of a whole.
bool are_shares(const Shares& shares) noexcept;

class Day {
public:
    Day(Shares shares, std::uint64_t seed) : shares_(shares), chance_(seed) {}
    Visit next();
    // How long a person takes for one step, around `usual`: most are near it, some take much longer.
    Duration pause(Duration usual);

private:
    bool happens(double share);

    Shares shares_;
    std::mt19937_64 chance_;
};

// The n-th of `many` browsers that lost their server at the same moment comes back after this
// (docs/protocol.md section 4: jittered), evenly over `within`.
Duration reconnect_after(std::mt19937_64& chance, Duration within);

}  // namespace qrgate::bench
