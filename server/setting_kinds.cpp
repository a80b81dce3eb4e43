#include "server/setting_kinds.hpp"

#include "protocol/origin.hpp"

namespace qrgate::setting_kinds {

Setting text(std::string_view name, std::string Config::* field, std::string allowed,
             std::string_view meaning) {
    return {.name = name,
            .allowed = std::move(allowed),
            .meaning = meaning,
            .read =
                [field](Config& config, std::string_view value) {
                    config.*field = value;
                    return true;
                },
            .write = [field](const Config& config) { return config.*field; }};
}

Setting address(std::string_view name, std::string Config::* field, std::string_view meaning) {
    Setting setting = text(name, field, "an IP address, or localhost", meaning);
    setting.read = [field](Config& config, std::string_view value) {
        if (!is_listen_address(value)) return false;
        config.*field = value;
        return true;
    };
    return setting;
}

Setting origin(std::string_view name, std::string Config::* field, std::string_view meaning) {
    Setting setting =
        text(name, field, "http:// or https://, host, port where it is not the default; nothing after it",
             meaning);
    setting.read = [field](Config& config, std::string_view value) {
        const std::string normal = normal_origin(value);
        if (normal.empty()) return false;
        config.*field = normal;
        return true;
    };
    return setting;
}

Setting path(std::string_view name, std::filesystem::path Config::* field, std::string allowed,
             std::string_view meaning) {
    return {.name = name,
            .allowed = std::move(allowed),
            .meaning = meaning,
            .read =
                [field](Config& config, std::string_view value) {
                    config.*field = value;
                    return true;
                },
            .write = [field](const Config& config) { return (config.*field).string(); }};
}

Setting word(std::string_view name, std::string Config::* field,
             std::initializer_list<std::string_view> words, std::string_view meaning) {
    Choices<std::string> choices;
    for (const auto one : words)
        choices.emplace_back(one, one);
    return choice<std::string>(name, field, std::move(choices), meaning);
}

Setting networks(std::string_view name, std::vector<std::string> Config::* field, std::string_view meaning) {
    return {.name = name,
            .allowed = "addresses or networks like 10.0.0.0/8, between commas",
            .meaning = meaning,
            .read =
                [field](Config& config, std::string_view value) {
                    std::vector<std::string> found;
                    for (const std::string& part : parse_list(value)) {
                        auto network = normal_network(part);
                        if (!network) return false;
                        found.push_back(std::move(*network));
                    }
                    config.*field = std::move(found);
                    return true;
                },
            .write = [field](const Config& config) { return format_list(config.*field); }};
}

namespace {

constexpr std::string_view by_policy = "policy";

// Where a redirect may lead: a path of ours. "//" and "/\" would lead elsewhere.
bool is_own_path(std::string_view path) {
    if (!path.starts_with('/') || path.starts_with("//")) return false;
    for (const char c : path) {
        if (c <= ' ' || c > '~' || c == '\\' || c == ',') return false;
    }
    return true;
}

}  // namespace

Setting list(std::string_view name, std::vector<std::string> Config::* field, std::string allowed,
             std::string_view meaning) {
    Setting setting = networks(name, field, meaning);
    setting.allowed = std::move(allowed);
    setting.read = [field](Config& config, std::string_view value) {
        config.*field = parse_list(value);
        return true;
    };
    return setting;
}

Setting paths(std::string_view name, std::vector<std::string> Config::* field, std::string_view meaning) {
    Setting setting = networks(name, field, meaning);
    setting.allowed = "paths that begin with one /, between commas; at least one";
    setting.read = [field](Config& config, std::string_view value) {
        auto found = parse_list(value);
        for (const std::string& part : found) {
            if (!is_own_path(part)) return false;
        }
        if (found.empty()) return false;
        config.*field = std::move(found);
        return true;
    };
    return setting;
}

Setting node(std::string_view name, char Config::* field, std::string_view meaning) {
    return {.name = name,
            .allowed = "one character of 0-9 a-z",
            .meaning = meaning,
            .read =
                [field](Config& config, std::string_view value) {
                    if (value.size() != 1) return false;
                    const char c = value[0];
                    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z')) return false;
                    config.*field = c;
                    return true;
                },
            .write = [field](const Config& config) { return std::string(1, config.*field); }};
}

Setting age(std::string_view name, std::optional<std::chrono::seconds> Config::* field,
            std::chrono::milliseconds low, std::chrono::milliseconds high, std::string_view meaning) {
    return {.name = name,
            .allowed = fmt::format("policy, 0s or {} to {}", format_duration(low), format_duration(high)),
            .meaning = meaning,
            .read =
                [field, low, high](Config& config, std::string_view value) {
                    if (value == by_policy) {
                        config.*field = std::nullopt;
                        return true;
                    }
                    const auto parsed = parse_duration(value);
                    const bool never = parsed && parsed->count() == 0;
                    if (!parsed || (!never && (*parsed < low || *parsed > high))) return false;
                    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
                    if (whole != *parsed) return false;
                    config.*field = whole;
                    return true;
                },
            .write =
                [field](const Config& config) {
                    const auto& value = config.*field;
                    return value ? format_duration(*value) : std::string(by_policy);
                }};
}

Setting secret(Setting setting) {
    setting.secret = true;
    return setting;
}

}  // namespace qrgate::setting_kinds
