#include "server/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/trim.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <fstream>
#include <set>

#include "protocol/origin.hpp"
#include "protocol/signed_text.hpp"
#include "server/config_table.hpp"
#include "server/sms/sms_config.hpp"

namespace qrgate {

namespace po = boost::program_options;

namespace {

constexpr std::string_view page = "docs/configuration.md";

// Applies one value; `from` says where it was written. What was written is never repeated: where a line break
// was forgotten, the next setting's secret is in it.
void apply(LoadedConfig& loaded, const Setting& setting, std::string_view value, std::string_view from) {
    if (setting.read(loaded.config, value)) return;
    loaded.problems.push_back(
        {std::string(setting.name), fmt::format("({}) is not allowed; allowed: {}", from, setting.allowed)});
}

void unknown(LoadedConfig& loaded, std::string_view name, std::string_view from) {
    loaded.problems.push_back({without_controls(name, 200),
                               fmt::format("there is no such setting ({}); {} lists all", from, page)});
}

// The first line that the parser cannot read; 0: none. The parser's own words quote it, and it may hold a
// secret.
std::size_t wrong_line_of(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    for (std::size_t number = 1; std::getline(stream, line); ++number) {
        line.resize(std::min(line.size(), line.find('#')));
        boost::algorithm::trim(line);
        const bool is_section = line.starts_with('[') && line.ends_with(']');
        if (!line.empty() && !is_section && line.find('=') == std::string::npos) return number;
    }
    return 0;
}

void read_file(LoadedConfig& loaded, const std::filesystem::path& file) {
    const std::string from = file.string();
    std::ifstream stream(file);
    if (!stream || std::filesystem::is_directory(file)) {
        loaded.problems.push_back(
            {"--config", fmt::format("{} cannot be read; give a file of lines like name = value", from)});
        return;
    }
    try {
        const po::options_description none;  // every name is "unregistered": the table knows better
        const auto parsed = po::parse_config_file(stream, none, true);
        std::set<std::string> seen;
        for (const auto& option : parsed.options) {
            const Setting* setting = find_setting(option.string_key);
            const std::size_t space = option.string_key.find_first_of(" \t");
            if (space != std::string::npos) {
                // What follows may be the value, and secret: "sms.key c2VjcmV0==".
                loaded.problems.push_back(
                    {without_controls(option.string_key.substr(0, space), 200),
                     fmt::format("has no = after it in {}; lines are name = value", from)});
            } else if (setting == nullptr) {
                unknown(loaded, option.string_key, from);
            } else if (!seen.insert(option.string_key).second) {
                loaded.problems.push_back(
                    {option.string_key, fmt::format("is set more than once in {}; keep one", from)});
            } else {
                apply(loaded, *setting, option.value.empty() ? std::string{} : option.value.front(), from);
            }
        }
    } catch (const po::error&) {
        const std::size_t line = wrong_line_of(file);
        loaded.problems.push_back(
            {"--config", fmt::format("{}{}: lines are name = value, # begins a comment", from,
                                     line == 0 ? "" : fmt::format(" line {}", line))});
    }
}

void read_environment(LoadedConfig& loaded, const std::map<std::string, std::string>& environment) {
    std::set<std::string> known;
    for (const Setting& setting : all_settings()) {
        const std::string name = environment_name(setting.name);
        known.insert(name);
        const auto given = environment.find(name);
        if (given != environment.end()) apply(loaded, setting, given->second, "environment " + name);
    }
    for (const auto& [name, value] : environment) {
        if (!known.contains(name)) unknown(loaded, name, "environment");
    }
}

bool is_loopback(const std::string& address) {
    if (address == "localhost") return true;
    boost::system::error_code problem;
    const auto parsed = boost::asio::ip::make_address(address, problem);
    return !problem && parsed.is_loopback();
}

bool is_any(const std::string& address) {
    boost::system::error_code problem;
    const auto parsed = boost::asio::ip::make_address(address, problem);
    return !problem && parsed.is_unspecified();
}

void check_origin(const Config& config, std::vector<ConfigProblem>& problems) {
    const auto wrong = [&](std::string text) {
        problems.push_back({"server.public_origin", std::move(text)});
    };
    const bool tls = !config.tls_certificate.empty();
    const bool https = config.public_origin.starts_with("https://");
    if (normal_origin(config.public_origin) != config.public_origin) return;  // the table says so
    if (https && !tls && config.trusted_proxies.empty()) {
        wrong(
            "is https, but nothing ends TLS: set tls.certificate and tls.key, or proxy.trusted for the proxy "
            "that does");
    } else if (!https && tls) {
        wrong("is http, but tls.certificate is set; begin it with https://");
    } else if (!https && !is_loopback_origin(config.public_origin)) {
        wrong(
            "is plain http and not this machine: passwords would travel in the clear; use https://, or "
            "localhost for a trial");
    }
}

void check_modes(const Config& config, std::vector<ConfigProblem>& problems) {
    const bool here = is_loopback_origin(config.public_origin);
    if (config.demo && !here)
        problems.push_back({"--demo",
                            "has doors for everybody and known passwords; allowed only where "
                            "server.public_origin is localhost, 127.0.0.1 or [::1]"});
    if (config.demo && !config.database.empty())
        problems.push_back({"--demo",
                            "puts its people back at every start; allowed only with its own private "
                            "PostgreSQL, so leave database.url empty"});
    if (config.bench && !(here && is_loopback(config.listen_address)))
        problems.push_back(
            {"--bench", "is allowed only where server.public_origin and server.listen are this machine"});
    if (config.captcha == CaptchaPolicy::off && !config.bench)
        problems.push_back({"login.captcha", "is off; allowed only with --bench, else manual"});
}

void check_ports(const Config& config, std::vector<ConfigProblem>& problems) {
    const bool both_here = is_loopback(config.listen_address) && is_loopback(config.admin_address) &&
                           (config.listen_address == "localhost" || config.admin_address == "localhost");
    const bool same_place = both_here || config.listen_address == config.admin_address ||
                            is_any(config.listen_address) || is_any(config.admin_address);
    if (config.listen_port != 0 && config.listen_port == config.admin_port && same_place)
        problems.push_back(
            {"admin.port", fmt::format("{} is also server.port; give each its own", config.admin_port)});
}

}  // namespace

std::chrono::seconds password_max_age(const Config& config) noexcept {
    if (config.password_max_age) return *config.password_max_age;
    return config.password_policy == PasswordPolicy::djcp ? std::chrono::days(90) : std::chrono::seconds(0);
}

LoadedConfig load_config(const std::filesystem::path& file,
                         const std::map<std::string, std::string>& environment,
                         const std::map<std::string, std::string>& overrides) {
    LoadedConfig loaded;
    if (!file.empty()) read_file(loaded, file);
    read_environment(loaded, environment);
    for (const auto& [name, value] : overrides) {
        const Setting* setting = find_setting(name);
        if (setting == nullptr) {
            unknown(loaded, name, "command line");
        } else {
            apply(loaded, *setting, value, "command line");
        }
    }
    return loaded;
}

std::vector<ConfigProblem> check_config(const Config& config) {
    std::vector<ConfigProblem> problems;
    // Also for what did not come through the table: every value must be one that it would read.
    for (const Setting& setting : all_settings()) {
        Config copy;
        const std::string value = setting.write(config);
        if (!setting.read(copy, value) || setting.write(copy) != value)
            problems.push_back({std::string(setting.name),
                                fmt::format("is not allowed as it is; allowed: {}", setting.allowed)});
    }
    check_origin(config, problems);
    check_modes(config, problems);
    check_ports(config, problems);
    check_sms(config, problems);
    if (config.tls_certificate.empty() != config.tls_key.empty())
        problems.push_back({config.tls_key.empty() ? "tls.key" : "tls.certificate",
                            "is missing: tls.certificate and tls.key come as a pair"});
    if (config.session_idle > config.session_life || config.session_idle_qr > config.session_life)
        problems.push_back(
            {"session.life",
             "is shorter than session.idle or session.idle_qr; allowed: at least as long as both"});
    return problems;
}

}  // namespace qrgate
