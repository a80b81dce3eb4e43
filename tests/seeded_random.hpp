// Chance that repeats: the same seed gives the same octets. Tests only.
#pragma once

#include <cstdint>
#include <random>

#include "protocol/random.hpp"

namespace qrgate::test {

class SeededRandom : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out)
            octet = static_cast<std::uint8_t>(engine_() >> 56U);
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace qrgate::test
