// The kinds of settings: how a value of each is read, checked and written back. What config_table.cpp's rows
// are made of; each takes the setting's name, its field in Config, its bounds and what it means. Pure; any
// thread.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <utility>

#include "server/config_table.hpp"
#include "server/config_value.hpp"

namespace qrgate::setting_kinds {

Setting text(std::string_view name, std::string Config::* field, std::string allowed,
             std::string_view meaning);

Setting address(std::string_view name, std::string Config::* field, std::string_view meaning);

Setting origin(std::string_view name, std::string Config::* field, std::string_view meaning);

Setting path(std::string_view name, std::filesystem::path Config::* field, std::string allowed,
             std::string_view meaning);

Setting word(std::string_view name, std::string Config::* field,
             std::initializer_list<std::string_view> words, std::string_view meaning);

Setting networks(std::string_view name, std::vector<std::string> Config::* field, std::string_view meaning);

Setting list(std::string_view name, std::vector<std::string> Config::* field, std::string allowed,
             std::string_view meaning);

Setting paths(std::string_view name, std::vector<std::string> Config::* field, std::string_view meaning);

Setting node(std::string_view name, char Config::* field, std::string_view meaning);

Setting secret(Setting setting);

template <class Number>
Setting number(std::string_view name, Number Config::* field, std::uint64_t low, std::uint64_t high,
               std::string_view meaning) {
    return {.name = name,
            .allowed = fmt::format("{} to {}", low, high),
            .meaning = meaning,
            .read =
                [field, low, high](Config& config, std::string_view value) {
                    const auto parsed = parse_number(value);
                    if (!parsed || *parsed < low || *parsed > high) return false;
                    config.*field = static_cast<Number>(*parsed);
                    return true;
                },
            .write = [field](const Config& config) { return fmt::format("{}", config.*field); }};
}

// Fields in seconds take no part of a second.
template <class Duration>
Setting duration(std::string_view name, Duration Config::* field, std::chrono::milliseconds low,
                 std::chrono::milliseconds high, std::string_view meaning) {
    return {.name = name,
            .allowed = fmt::format("{} to {}", format_duration(low), format_duration(high)),
            .meaning = meaning,
            .read =
                [field, low, high](Config& config, std::string_view value) {
                    const auto parsed = parse_duration(value);
                    if (!parsed || *parsed < low || *parsed > high) return false;
                    const auto whole = std::chrono::duration_cast<Duration>(*parsed);
                    if (whole != *parsed) return false;
                    config.*field = whole;
                    return true;
                },
            .write = [field](const Config& config) { return format_duration(config.*field); }};
}

// Seconds; 0s: never; the word `policy`: nothing is said here, so another setting decides.
Setting age(std::string_view name, std::optional<std::chrono::seconds> Config::* field,
            std::chrono::milliseconds low, std::chrono::milliseconds high, std::string_view meaning);

template <class Value>
using Choices = std::vector<std::pair<std::string_view, Value>>;

template <class Value>
Setting choice(std::string_view name, Value Config::* field, Choices<Value> choices,
               std::string_view meaning) {
    std::string allowed;
    for (std::size_t i = 0; i < choices.size(); ++i)
        allowed += fmt::format("{}{}",
                               i == 0                    ? ""
                               : i + 1 == choices.size() ? " or "
                                                         : ", ",
                               choices[i].first);
    return {.name = name,
            .allowed = std::move(allowed),
            .meaning = meaning,
            .read =
                [field, choices](Config& config, std::string_view value) {
                    for (const auto& [word, meant] : choices) {
                        if (word != value) continue;
                        config.*field = meant;
                        return true;
                    }
                    return false;
                },
            .write =
                [field, choices](const Config& config) {
                    for (const auto& [word, meant] : choices) {
                        if (meant == config.*field) return std::string(word);
                    }
                    return std::string{};
                }};
}

}  // namespace qrgate::setting_kinds
