#include "protocol/person.hpp"

#include "protocol/credit_code.hpp"
#include "protocol/identity_number.hpp"
#include "protocol/utf8.hpp"

namespace qrgate {
namespace {

std::string stars(std::size_t count) {
    return std::string(count, '*');
}

// The first three and the last four octets stay; what is too short for that is hidden whole.
std::string masked_digits(std::string_view digits) {
    if (digits.size() <= 7) return stars(digits.size());
    return std::string(digits.substr(0, 3)) + stars(digits.size() - 7) +
           std::string(digits.substr(digits.size() - 4));
}

}  // namespace

std::string_view name_of(PersonKind kind) noexcept {
    switch (kind) {
        case PersonKind::personal:
            return "personal";
        case PersonKind::corporate:
            return "corporate";
    }
    return "";
}

std::optional<PersonKind> person_kind(std::string_view name) noexcept {
    for (const auto kind : {PersonKind::personal, PersonKind::corporate})
        if (name_of(kind) == name) return kind;
    return {};
}

std::string_view name_of(LoginMethod method) noexcept {
    switch (method) {
        case LoginMethod::password:
            return "password";
        case LoginMethod::sms:
            return "sms";
        case LoginMethod::qr:
            return "qr";
    }
    return "";
}

std::optional<LoginMethod> login_method(std::string_view name) noexcept {
    for (const auto method : {LoginMethod::password, LoginMethod::sms, LoginMethod::qr})
        if (name_of(method) == name) return method;
    return {};
}

bool is_identity_number(PersonKind kind, std::string_view number) noexcept {
    switch (kind) {
        case PersonKind::personal:
            return is_citizen_number(number);
        case PersonKind::corporate:
            return is_credit_code(number);
    }
    return false;
}

std::string masked_name(PersonKind kind, std::string_view name) {
    const auto letters = characters(name);
    const std::size_t count = letters.size();
    if (count == 0) return {};
    if (count == 1) return "*";
    const std::string first(letters[0]);
    const std::string last(letters[count - 1]);
    if (count == 2) return first + "*";
    if (kind == PersonKind::personal) return first + stars(count - 2) + last;
    if (count <= 4) return first + "**" + last;
    // A fixed number of stars: the length of a company's name would find it in the public register.
    return first + std::string(letters[1]) + "**" + std::string(letters[count - 2]) + last;
}

std::string masked_number(std::string_view identity_number) {
    return masked_digits(identity_number);
}

std::string masked_phone(std::string_view phone) {
    return masked_digits(phone);
}

}  // namespace qrgate
