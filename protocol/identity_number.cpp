#include "protocol/identity_number.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

constexpr std::array<int, 17> weights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
constexpr std::string_view check_characters = "10X98765432";

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

int number(std::string_view digits) noexcept {
    int value = 0;
    for (const char c : digits)
        value = value * 10 + (c - '0');
    return value;
}

bool is_birth_date(std::string_view digits) noexcept {
    const int year = number(digits.substr(0, 4));
    const std::chrono::year_month_day date{
        std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(number(digits.substr(4, 2)))},
        std::chrono::day{static_cast<unsigned>(number(digits.substr(6, 2)))}};
    return year >= 1900 && date.ok();
}

}  // namespace

bool is_citizen_number(std::string_view number) noexcept {
    if (number.size() != 18 || !std::ranges::all_of(number.substr(0, 17), is_digit)) return false;
    int sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
        sum += weights[i] * (number[i] - '0');
    return number[17] == check_characters[static_cast<std::size_t>(sum % 11)] &&
           is_birth_date(number.substr(6, 8));
}

std::string normal_identity_number(std::string_view typed) {
    std::string normal;
    for (const char c : half_width(typed)) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        normal += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return normal;
}

}  // namespace qrgate
