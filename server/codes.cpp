#include "server/codes.hpp"

#include <algorithm>

namespace qrgate {

std::string random_digits(Random& random, int count) {
    std::string digits;
    for (int i = 0; i < count; ++i)
        digits += static_cast<char>('0' + random.below(10));
    return digits;
}

Digest hash_code(const Digest& key, const Digest& holder, std::string_view code) {
    Bytes message(holder.begin(), holder.end());
    message.insert(message.end(), code.begin(), code.end());
    return hmac_sha256(key, message);
}

bool is_digits(std::string_view text, std::size_t count) noexcept {
    return text.size() == count && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace qrgate
