#include "server/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace qrgate {
namespace {

TEST(SystemRandom, FillsEveryOctet) {
    SystemRandom random;
    std::vector<std::uint8_t> all(3 << 20);  // more than one call of OpenSSL
    random.fill(all);

    // 3 MiB without some value, or with a long run of zeros, do not happen by chance.
    std::array<std::size_t, 256> counts{};
    for (const auto octet : all)
        ++counts[octet];
    EXPECT_GT(*std::min_element(counts.begin(), counts.end()), 10'000U);
    EXPECT_EQ(std::search_n(all.begin(), all.end(), 12, std::uint8_t{0}), all.end());
}

TEST(SystemRandom, DoesNotRepeatItself) {
    SystemRandom random;
    std::set<std::array<std::uint8_t, 16>> seen;
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(seen.insert(random.bytes<16>()).second);
}

TEST(SystemRandom, TakesNothingForNothing) {
    SystemRandom random;
    random.fill({});
}

}  // namespace
}  // namespace qrgate
