// JSON as the API takes it: one object, UTF-8, each key once, not deep, nothing behind it.
// Boost.JSON's own parser silently keeps the last of two equal keys; this one refuses them. Pure; does not
// throw.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

namespace qrgate {

inline constexpr std::size_t deepest_json = 8;  // objects and arrays inside each other, the outermost counted

// nullopt for: broken UTF-8, NUL (also escaped), lone surrogates, equal keys in one object, too deep, numbers
// that are not finite, anything but an object, trailing text.
std::optional<boost::json::object> parse_strict_object(std::string_view text);

}  // namespace qrgate
