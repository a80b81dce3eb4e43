// Where chance comes from: passed in, so that simulations and fixtures can repeat it.
// The server's is OpenSSL's generator (server/random.hpp). Single-threaded unless its owner says otherwise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace qrgate {

class Random {
public:
    virtual ~Random() = default;
    // Fills with unguessable octets; throws only when the system has none (a machine that must not serve).
    virtual void fill(std::span<std::uint8_t> out) = 0;

    template <std::size_t N>
    std::array<std::uint8_t, N> bytes() {
        std::array<std::uint8_t, N> out{};
        fill(out);
        return out;
    }
    // Uniform in [0, bound), without modulo bias. bound > 0.
    std::uint32_t below(std::uint32_t bound);
};

}  // namespace qrgate
