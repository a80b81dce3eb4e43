#include "protocol/own_data.hpp"

#include <algorithm>

#include "protocol/identity_number.hpp"

namespace qrgate {
namespace {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool holds(std::string_view password, std::string_view word) noexcept {
    if (word.empty()) return false;
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(password.begin(), password.end(), word.begin(), word.end(), same) != password.end();
}

}  // namespace

bool holds_own_data(std::string_view password, std::string_view identity_number,
                    std::string_view phone) noexcept {
    if (holds(password, identity_number) || holds(password, phone)) return true;
    return is_citizen_number(identity_number) && holds(password, identity_number.substr(6, 8));
}

std::string_view own_data_text(Language language) noexcept {
    return language == Language::zh
               ? "密码中不能有您的证件号码、出生日期或手机号，请换一个。"
               : "Your number, date of birth or phone must not be in your password. Please "
                 "choose another one.";
}

}  // namespace qrgate
