// The name somebody registers with: a person's as on the identity card, a company's as on its licence. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/person.hpp"

namespace qrgate {

// Blanks around it go, full-width ones too.
std::string normal_person_name(std::string_view typed);
// 2 to 30 characters (companies: 100), at least one that is no blank or digit, none that cannot be seen
// (controls, zero-width and direction marks). In normal form.
bool is_person_name(PersonKind kind, std::string_view name) noexcept;

}  // namespace qrgate
