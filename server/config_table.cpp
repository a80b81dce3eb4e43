#include "server/config_table.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

#include "protocol/origin.hpp"
#include "server/config_value.hpp"

namespace qrgate {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

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
Setting duration(std::string_view name, Duration Config::* field, milliseconds low, milliseconds high,
                 std::string_view meaning) {
    return {.name = name,
            .allowed = fmt::format("{} to {}", format_duration(low), format_duration(high)),
            .meaning = meaning,
            .read =
                [field, low, high](Config& config, std::string_view value) {
                    const auto parsed = parse_duration(value);
                    if (!parsed || *parsed < low || *parsed > high) return false;
                    const auto whole = duration_cast<Duration>(*parsed);
                    if (whole != *parsed) return false;
                    config.*field = whole;
                    return true;
                },
            .write = [field](const Config& config) { return format_duration(config.*field); }};
}

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

// Where a redirect may lead: a path of ours. "//" and "/\" would lead elsewhere.
bool is_own_path(std::string_view path) {
    if (!path.starts_with('/') || path.starts_with("//")) return false;
    for (const char c : path) {
        if (c <= ' ' || c > '~' || c == '\\' || c == ',') return false;
    }
    return true;
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

Setting secret(Setting setting) {
    setting.secret = true;
    return setting;
}

std::vector<Setting> places() {
    return {
        origin("server.public_origin", &Config::public_origin,
               "What browsers see in their address bar; QR codes and Origin checks use it"),
        address("server.listen", &Config::listen_address, "Where the server listens"),
        number("server.port", &Config::listen_port, 0, 65535, "Its port; 0: no admin listener"),
        path("tls.certificate", &Config::tls_certificate, "a file",
             "PEM chain, read again on SIGHUP; empty: plain HTTP (behind a proxy, or a trial on localhost)"),
        path("tls.key", &Config::tls_key, "a file", "Its private key"),
        networks("proxy.trusted", &Config::trusted_proxies,
                 "Proxies whose X-Forwarded-For and X-Forwarded-Proto count"),
        address("admin.listen", &Config::admin_address,
                "Where health, readiness and metrics are; keep it inside"),
        number("admin.port", &Config::admin_port, 0, 65535, "Its port; 0: any free one"),
        path("data.folder", &Config::data_folder, "a folder",
             "Keys, the CA, the private PostgreSQL; only the server's user may read it"),
        node("node", &Config::node,
             "This process's character, unique in one installation; tokens begin with it"),
        path("place.table", &Config::place_table, "a file",
             "Where networks are, see below; empty: places are not known"),
    };
}

std::vector<Setting> stores() {
    return {
        secret(text("database.url", &Config::database, "a libpq connection string",
                    "PostgreSQL 15 or newer; empty: the server runs a private one in the data folder")),
        number("database.connections", &Config::database_connections, 1, 64, "Connections to it"),
        duration("database.deadline", &Config::database_deadline, 100ms, 60s,
                 "For one statement, waiting for its turn included"),
        choice<FieldSuite>(
            "fields.suite", &Config::field_suite,
            {{"sm4_hmac_sm3", FieldSuite::sm4_hmac_sm3}, {"aes_256_gcm", FieldSuite::aes_256_gcm}},
            "How identity numbers, names and phones are sealed from now on; older rows stay readable"),
        choice<KeyAlgorithm>("ca.algorithm", &Config::ca_algorithm,
                             {{"sm2", KeyAlgorithm::sm2}, {"p256", KeyAlgorithm::p256}},
                             "Of a CA that is made; an existing one stays what it is"),
    };
}

std::vector<Setting> limits() {
    return {
        number("http.header_limit", &Config::header_limit, 2048, 65536, "Octets of a request's head"),
        number("http.body_limit", &Config::body_limit, 1024, 16384, "Octets of a request's body"),
        duration("http.read_deadline", &Config::read_deadline, 100ms, 5min,
                 "For one head or body, from its first octet"),
        duration("http.idle_deadline", &Config::idle_deadline, 100ms, 1h,
                 "Between two requests of a connection"),
        duration("http.write_deadline", &Config::write_deadline, 100ms, 5min, "For one answer"),
        duration("http.handler_deadline", &Config::handler_deadline, 30s, 5min,
                 "For the work between; then 503"),
        number("http.connections", &Config::connections, 16, 1'000'000, "Open connections in all"),
        number("http.connections_per_address", &Config::connections_per_address, 1, 1'000'000,
               "Open connections of one address"),
        number("room.seats", &Config::seats, 1, 10'000'000, "Browsers that may wait for a phone at a time"),
        number("room.seats_per_address", &Config::seats_per_address, 1, 10'000'000,
               "Of them, from one address"),
        number("workers.hash_threads", &Config::hash_threads, 0, 256,
               "Threads that hash passwords; 0: one less than cores"),
        number("workers.hash_queue", &Config::hash_queue, 1, 100'000,
               "Passwords that may wait for one; more get 503"),
        number("workers.signature_queue", &Config::signature_queue, 1, 100'000,
               "Signatures that may wait; more get 503"),
    };
}

std::vector<Setting> rules() {
    return {
        choice<PasswordPolicy>("password.policy", &Config::password_policy,
                               {{"manual", PasswordPolicy::manual},
                                {"nist", PasswordPolicy::nist},
                                {"djcp", PasswordPolicy::djcp}},
                               "What new passwords must be like"),
        choice<CaptchaPolicy>("login.captcha", &Config::captcha,
                              {{"manual", CaptchaPolicy::manual}, {"off", CaptchaPolicy::off}},
                              "off only together with --bench"),
        choice<TypedCodePolicy>(
            "qr.typed_code", &Config::typed_code,
            {{"off", TypedCodePolicy::off},
             {"risk", TypedCodePolicy::risk},
             {"always", TypedCodePolicy::always}},
            "When a code shown on the phone must be typed at the PC; risk: other region or data centre"),
        number("time.factor", &Config::time_factor, 1, 20,
               "Multiplies every time limit that a person must meet"),
        number("time.easy_factor", &Config::easy_factor, 1, 20,
               "The same for those who chose easy mode, on top"),
        duration("captcha.life", &Config::captcha_life, 60s, 24h, "How long a captcha can be answered"),
        duration("sms.code_life", &Config::sms_code_life, 60s, 1h, "How long a code sent by text counts"),
        duration("qr.confirm_time", &Config::confirm_time, 30s, 1h, "From scan to confirm"),
        duration("qr.redeem_time", &Config::redeem_time, 10s, 1h, "From confirm to the browser's login"),
        duration("qr.redeem_time_with_code", &Config::redeem_time_with_code, 30s, 1h,
                 "The same where a code must be typed"),
        duration("session.idle", &Config::session_idle, 60s, 24h,
                 "Unused sessions end; password and SMS logins"),
        duration("session.idle_qr", &Config::session_idle_qr, 60s, 24h, "Unused sessions end; QR logins"),
        duration("session.life", &Config::session_life, 60s, 168h, "All browser sessions end"),
        duration("session.phone_life", &Config::phone_session_life, 1h, 8760h, "The phone's own login ends"),
        duration("certificate.life", &Config::certificate_life, 24h, 87'600h,
                 "Of certificates issued from now on"),
        paths("login.redirect_targets", &Config::redirect_targets,
              "Where a login may lead; the first where nothing else was asked for"),
        word("log.level", &Config::log_level, {"trace", "debug", "info", "warn", "error"},
             "The least that is logged"),
        word("log.format", &Config::log_format, {"text", "json"}, "One line an event, on stderr"),
    };
}

std::vector<Setting> whole_table() {
    std::vector<Setting> table;
    for (auto part : {places(), stores(), limits(), rules()})
        table.insert(table.end(), part.begin(), part.end());
    return table;
}

}  // namespace

std::span<const Setting> all_settings() {
    static const std::vector<Setting> table = whole_table();
    return table;
}

const Setting* find_setting(std::string_view name) noexcept {
    for (const Setting& setting : all_settings()) {
        if (setting.name == name) return &setting;
    }
    return nullptr;
}

std::string environment_name(std::string_view setting) {
    std::string name = "QRGATE_";
    for (const char c : setting)
        name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

}  // namespace qrgate
