#include "protocol/levels.hpp"

namespace qrgate {
namespace {

struct MethodRow {
    int level;
    int assurance;
};

constexpr MethodRow row(LoginMethod method) noexcept {
    switch (method) {
        case LoginMethod::password:
            return {.level = 1, .assurance = 1};
        case LoginMethod::sms:
            return {.level = 3, .assurance = 1};
        case LoginMethod::qr:
            return {.level = 3, .assurance = 2};
    }
    return {.level = highest_level, .assurance = 1};
}

}  // namespace

int needed_level(LoginMethod method) noexcept {
    return row(method).level;
}
int assurance(LoginMethod method) noexcept {
    return row(method).assurance;
}

}  // namespace qrgate
