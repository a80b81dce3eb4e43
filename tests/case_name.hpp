// Names for the cases of a value-parameterised test that are the same in every run and can be read: gtest's
// own are numbers, and what CMake makes of values without a printer are addresses.
#pragma once

#include <string>
#include <string_view>

namespace qrgate::test {

// "3_server_port_80x": the number keeps apart what looks the same without its signs.
inline std::string case_name(std::size_t index, std::string_view text) {
    constexpr std::size_t longest = 48;
    std::string name = std::to_string(index);
    bool word = false;
    for (const char c : text) {
        const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (kept && !word) name += '_';
        if (kept) name += c;
        word = kept;
        if (name.size() >= longest) break;
    }
    return name;
}

}  // namespace qrgate::test
