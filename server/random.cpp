#include "server/random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace qrgate {

void SystemRandom::fill(std::span<std::uint8_t> out) {
    constexpr std::size_t most = 1 << 20;  // RAND_bytes counts in int
    while (!out.empty()) {
        const std::span<std::uint8_t> part = out.first(std::min(out.size(), most));
        if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1)
            throw std::runtime_error("the random generator of OpenSSL failed");
        out = out.subspan(part.size());
    }
}

}  // namespace qrgate
