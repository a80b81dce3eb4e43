// Chance that repeats: every fill differs from all before, and each run gets the same.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"

namespace qrgate {

class CountingRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out) {
            if (at_ == block_.size()) {
                block_ = sha256(as_bytes("random " + std::to_string(++count_)));
                at_ = 0;
            }
            octet = block_[at_++];
        }
    }

private:
    std::uint64_t count_ = 0;
    Digest block_{};
    std::size_t at_ = block_.size();
};

}  // namespace qrgate
