// The one table of settings: name → type → default → meaning. Private to config.cpp and configuration_page.
// Constant; any thread. Reading a value never throws: false says that it is not allowed.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "server/config.hpp"

namespace qrgate {

struct Setting {
    std::string_view name;  // dotted, lower case
    std::string allowed;    // for people: "off, risk or always"
    std::string_view meaning;
    bool secret = false;  // its value is not repeated in problems
    std::function<bool(Config&, std::string_view)> read = {};
    std::function<std::string(const Config&)> write = {};  // as it would be given; empty when empty
};

std::span<const Setting> all_settings();
const Setting* find_setting(std::string_view name) noexcept;
// server.public_origin → QRGATE_SERVER_PUBLIC_ORIGIN
std::string environment_name(std::string_view setting);

}  // namespace qrgate
