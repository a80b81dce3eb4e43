// Who somebody is: numbers and names, each judged a second time by another formulation of the rule (GB 11643
// with ISO 7064 MOD 11-2 as a Horner scheme, GB 32100 with powers of 3, a calendar by hand), and what is
// masked stays masked.
#include <string>

#include "protocol/credit_code.hpp"
#include "protocol/identity_number.hpp"
#include "protocol/person.hpp"
#include "protocol/person_name.hpp"
#include "protocol/phone_number.hpp"
#include "protocol/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

bool is_date(int year, int month, int day) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1900 || month < 1 || month > 12) return false;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool citizen_again(const std::string& text) {
    if (text.size() != 18) return false;
    int remainder = 0;  // of the number read from the left, doubled each time, modulo 11
    for (std::size_t i = 0; i < 18; ++i) {
        const char c = text[i];
        const bool is_x = i == 17 && c == 'X';
        if (!is_x && (c < '0' || c > '9')) return false;
        remainder = (remainder * 2 + (is_x ? 10 : c - '0')) % 11;
    }
    const auto part = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
    return remainder == 1 && is_date(part(6, 4), part(10, 2), part(12, 2));
}

int credit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c < 'A' || c > 'Z' || c == 'I' || c == 'O' || c == 'S' || c == 'V' || c == 'Z') return -1;
    int value = 10 + (c - 'A');
    for (const char left_out : {'I', 'O', 'S', 'V'})
        if (c > left_out) --value;
    return value;
}

bool credit_again(const std::string& text) {
    if (text.size() != 18) return false;
    int sum = 0;
    int weight = 1;
    for (std::size_t i = 0; i < 18; ++i) {
        const int value = credit_value(text[i]);
        if (value < 0 || (i >= 2 && i < 8 && value > 9)) return false;
        sum += value * (i == 17 ? 1 : weight);
        weight = weight * 3 % 31;
    }
    return sum % 31 == 0;
}

bool phone_again(const std::string& text) {
    if (text.size() != 11) return false;
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    const long long number = std::stoll(text);
    return number >= 13'000'000'000 && number <= 19'999'999'999;
}

// Makes what is nearly a number a right one, so that right ones are met often.
std::string with_its_check(std::string text) {
    for (const char c : std::string_view("0123456789XABCDEFGHJKLMNPQRTUWY")) {
        text.back() = c;
        if (citizen_again(text) || credit_again(text)) break;
    }
    return text;
}

// The middle may be the same digits as the end: what is shown is compared by place.
std::string shown_ends(const std::string& text) {
    return text.substr(0, 3) + std::string(text.size() - 7, '*') + text.substr(text.size() - 4);
}

void judge(const std::string& text) {
    must(is_citizen_number(text) == citizen_again(text), "two readings of GB 11643 agree");
    must(is_credit_code(text) == credit_again(text), "two readings of GB 32100 agree");
    must(is_phone_number(text) == phone_again(text), "two readings of a phone number agree");
    must(!is_citizen_number(text) || is_identity_number(PersonKind::personal, text), "picked by kind");
    must(!is_credit_code(text) || is_identity_number(PersonKind::corporate, text), "picked by kind");
    if (is_citizen_number(text) || is_credit_code(text)) {
        must(normal_identity_number(text) == text, "a right number is normal");
        must(masked_number(text) == shown_ends(text), "the middle is masked");
    }
    if (is_phone_number(text)) {
        must(normal_phone_number("+86 " + text) == text, "the country's prefix is dropped");
        must(masked_phone(text) == shown_ends(text), "the middle is masked");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(text_of(data, size));
    judge(input);
    judge(normal_identity_number(input));
    judge(normal_phone_number(input));
    if (input.size() == 18) judge(with_its_check(input));
    for (const PersonKind kind : {PersonKind::personal, PersonKind::corporate}) {
        const std::string shown = masked_name(kind, input);
        const std::size_t letters = characters(input).size();
        must(letters < 2 || input.find('*') != std::string::npos || shown != input,
             "a name is not shown whole");
    }
    return 0;
}
