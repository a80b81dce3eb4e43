#include "protocol/password_policy.hpp"

#include "protocol/common_passwords.hpp"
#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

constexpr std::size_t most_code_points = 256;
constexpr std::size_t most_octets = 1024;
constexpr std::string_view manual_specials = "!@#$%^&*";

// What a password is made of.
struct Composition {
    std::size_t code_points = 0;
    bool upper = false;
    bool lower = false;
    bool digit = false;
    bool special = false;         // anything else, by the widest meaning
    bool manual_special = false;  // one of the manual's
    bool outside_manual = false;  // something the manual does not allow
    bool text = true;
};

Composition composition_of(std::string_view password) noexcept {
    Composition made;
    for (std::size_t at = 0; at < password.size(); ++made.code_points) {
        const auto point = code_point_at(password, at);
        if (!point || point->value < 0x20 || (point->value >= 0x7F && point->value <= 0x9F)) {
            made.text = false;
            return made;
        }
        const char32_t c = point->value;
        if (c >= 'A' && c <= 'Z')
            made.upper = true;
        else if (c >= 'a' && c <= 'z')
            made.lower = true;
        else if (c >= '0' && c <= '9')
            made.digit = true;
        else if (c < 0x80 && manual_specials.find(static_cast<char>(c)) != std::string_view::npos)
            made.special = made.manual_special = true;
        else
            made.special = made.outside_manual = true;
        at += point->size;
    }
    return made;
}

std::size_t shortest(PasswordPolicy policy) noexcept {
    return policy == PasswordPolicy::nist ? 15 : 8;
}

PasswordFault manual_fault(const Composition& made) noexcept {
    if (!made.upper && !made.lower) return PasswordFault::no_letter;
    if (!made.digit) return PasswordFault::no_digit;
    if (!made.manual_special) return PasswordFault::no_special;
    if (made.outside_manual) return PasswordFault::illegal_character;
    return PasswordFault::none;
}

PasswordFault djcp_fault(const Composition& made) noexcept {
    if (made.upper + made.lower + made.digit + made.special >= 3) return PasswordFault::none;
    if (!made.upper && !made.lower) return PasswordFault::no_letter;
    if (!made.digit) return PasswordFault::no_digit;
    return PasswordFault::no_special;
}

PasswordFault composition_fault(PasswordPolicy policy, const Composition& made) noexcept {
    switch (policy) {
        case PasswordPolicy::manual:
            return manual_fault(made);
        case PasswordPolicy::nist:
            return PasswordFault::none;
        case PasswordPolicy::djcp:
            return djcp_fault(made);
    }
    return PasswordFault::none;
}

struct Texts {
    std::string_view zh;
    std::string_view en;
};

Texts texts(PasswordFault fault) noexcept {
    switch (fault) {
        case PasswordFault::none:
            return {"", ""};
        case PasswordFault::too_short:
            return {"密码太短，请多用几个字符。", "This is too short. Please use more characters."};
        case PasswordFault::too_long:
            return {"密码太长，请不要超过256个字符。",
                    "This is too long. Please use at most 256 characters."};
        case PasswordFault::no_letter:
            return {"密码中没有字母，请加上字母。", "Please add a letter."};
        case PasswordFault::no_digit:
            return {"密码中没有数字，请加上数字。", "Please add a digit."};
        case PasswordFault::no_special:
            return {"密码中没有特殊字符，请按住 shift 键加上 !@#$%^&* 中的一个。",
                    "Please add a special character, one of !@#$%^&*."};
        case PasswordFault::illegal_character:
            return {"密码中有不能使用的字符。请在英文输入法下输入，特殊字符只能用 !@#$%^&*。",
                    "Some characters are not allowed here. Please use letters, digits and !@#$%^&* only."};
        case PasswordFault::common:
            return {"这个密码太常见，容易被猜到，请换一个。",
                    "Many people use this password. Please choose another one."};
        case PasswordFault::not_text:
            return {"密码中有无法识别的字符，请重新输入。",
                    "This holds characters that cannot be read. Please type it again."};
    }
    return {"", ""};
}

Texts texts(PasswordPolicy policy) noexcept {
    switch (policy) {
        case PasswordPolicy::manual:
            return {
                "密码必须在8位以上，且必须由字母、数字和特殊字符三种组成；特殊字符只能用 "
                "!@#$%^&*，不能是常见密码，也不能含有您的证件号码、出生日期或手机号。",
                "At least 8 characters, with letters, digits and special characters; special characters from "
                "!@#$%^&* only; not a common password, and without your number, date of birth or phone."};
        case PasswordPolicy::nist:
            return {
                "密码至少15个字符，可以使用任何文字和符号，不能是常见密码，也不能含有您的证件号码、出生日期或"
                "手机号。",
                "At least 15 characters of any kind; not a common password, and without your number, date of "
                "birth or phone."};
        case PasswordPolicy::djcp:
            return {
                "密码至少8位，且至少包含大写字母、小写字母、数字、特殊字符中的三种，不能是常见密码，也不能含"
                "有您的证件号码、出生日期或手机号。",
                "At least 8 characters, with three of: capitals, small letters, digits, special "
                "characters; not a "
                "common password."};
    }
    return {"", ""};
}

}  // namespace

std::string_view name_of(PasswordPolicy policy) noexcept {
    switch (policy) {
        case PasswordPolicy::manual:
            return "manual";
        case PasswordPolicy::nist:
            return "nist";
        case PasswordPolicy::djcp:
            return "djcp";
    }
    return "";
}

std::optional<PasswordPolicy> password_policy(std::string_view name) noexcept {
    for (const auto policy : {PasswordPolicy::manual, PasswordPolicy::nist, PasswordPolicy::djcp})
        if (name_of(policy) == name) return policy;
    return {};
}

PasswordFault check_password(PasswordPolicy policy, std::string_view password) noexcept {
    if (password.size() > most_octets) return PasswordFault::too_long;
    const Composition made = composition_of(password);
    if (!made.text) return PasswordFault::not_text;
    if (made.code_points < shortest(policy)) return PasswordFault::too_short;
    if (made.code_points > most_code_points) return PasswordFault::too_long;
    if (const auto fault = composition_fault(policy, made); fault != PasswordFault::none) return fault;
    return is_common_password(password) ? PasswordFault::common : PasswordFault::none;
}

std::string_view text(PasswordFault fault, Language language) noexcept {
    return language == Language::en ? texts(fault).en : texts(fault).zh;
}

std::string_view policy_text(PasswordPolicy policy, Language language) noexcept {
    return language == Language::en ? texts(policy).en : texts(policy).zh;
}

}  // namespace qrgate
