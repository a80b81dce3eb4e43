// Who can log in: a citizen (`personal`) or a company (`corporate`), one account each.
// Pure values. Numbers and names in here are clear text: never log them, mask them for answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qrgate {

enum class PersonKind : std::uint8_t { personal, corporate };
std::string_view name_of(PersonKind kind) noexcept;
std::optional<PersonKind> person_kind(std::string_view name) noexcept;

enum class LoginMethod : std::uint8_t { password, sms, qr };
std::string_view name_of(LoginMethod method) noexcept;
std::optional<LoginMethod> login_method(std::string_view name) noexcept;

// The identity number of a kind, normalised and checked: GB 11643 (personal), GB 32100 (corporate).
// Rules in identity_number.hpp and credit_code.hpp; this picks by kind.
bool is_identity_number(PersonKind kind, std::string_view number) noexcept;

// 张三丰 -> 张*丰, 李四 -> 李*, companies keep the first two and the last two characters. UTF-8 in and out.
std::string masked_name(PersonKind kind, std::string_view name);
std::string masked_number(std::string_view identity_number);  // 110***********0014
std::string masked_phone(std::string_view phone);             // 139****0001

}  // namespace qrgate
