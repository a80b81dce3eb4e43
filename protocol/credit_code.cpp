#include "protocol/credit_code.hpp"

#include <array>

namespace qrgate {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
constexpr std::array<int, 17> weights{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};

}  // namespace

bool is_credit_code(std::string_view code) noexcept {
    if (code.size() != 18) return false;
    int sum = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const auto value = alphabet.find(code[i]);
        if (value == std::string_view::npos) return false;
        // The third to the eighth character are the area code of the registering authority.
        if (i >= 2 && i < 8 && value > 9) return false;
        if (i < weights.size()) sum += weights[i] * static_cast<int>(value);
    }
    return code[17] == alphabet[static_cast<std::size_t>((31 - sum % 31) % 31)];
}

}  // namespace qrgate
