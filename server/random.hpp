// Chance for the running server: OpenSSL's generator (RAND_bytes), seeded by the kernel and reseeded after
// fork. Any thread: the generator is per thread and there is no state here. Owned by App. Throws
// std::runtime_error when the generator fails: such a machine must not serve.
#pragma once

#include "protocol/random.hpp"

namespace qrgate {

class SystemRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace qrgate
