// Every public code once more, for whoever answers the telephone: what the person was told
// (protocol/error.hpp), what they do next, and where the operator looks. One table; docs/refusals.md is
// printed from it, and `qrgate why` reads it. Constant; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/error.hpp"

namespace qrgate {

struct RefusalAdvice {
    Errc errc;
    std::string_view next_zh;
    std::string_view next_en;
    std::string_view operator_looks;
};
std::span<const RefusalAdvice> all_refusals() noexcept;
// By public code; none for what is no refusal ("ok", the reason of a session's end).
const RefusalAdvice* refusal_advice(std::string_view code) noexcept;

std::string refusals_page();  // docs/refusals.md

}  // namespace qrgate
