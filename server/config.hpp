// All settings, typed, with their defaults. One table in config_table.cpp (name → type → default → meaning)
// reads them from defaults < file (--config) < environment (QRGATE_…) < command line, checks them, and writes
// docs/configuration.md. Read once at start and then constant. Errors name the setting, the value and what is
// allowed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/password_policy.hpp"
#include "storage/storage.hpp"

namespace qrgate {

enum class CaptchaPolicy : std::uint8_t { manual, off };             // off: loopback with serve --bench only
enum class TypedCodePolicy : std::uint8_t { off, risk, always };     // docs/protocol.md, `needs_code`
enum class SameDevicePolicy : std::uint8_t { allow, flag, refuse };  // a phone scans its own screen
enum class CoreDumps : std::uint8_t { off, on };                     // what a crash leaves behind
enum class FieldSuite : std::uint8_t {
    sm4_hmac_sm3,
    aes_256_gcm
};  // how identity number, name, phone are sealed

struct Config {
    // where we are
    std::string public_origin = "http://localhost:8080";  // what browsers see; scheme, host, port; no path
    std::string listen_address = "127.0.0.1";
    std::uint16_t listen_port = 8080;
    std::filesystem::path tls_certificate = {};  // PEM chain; empty: plain HTTP (behind a proxy, or demo)
    std::filesystem::path tls_key = {};
    std::vector<std::string> trusted_proxies = {};  // CIDR; only their X-Forwarded-For and -Proto count
    std::string admin_address = "127.0.0.1";
    std::uint16_t admin_port = 8081;
    std::filesystem::path data_folder = "data";  // keys, CA, private PostgreSQL
    char node = 'a';                             // [0-9a-z], unique among the nodes of one installation
    std::vector<std::string> redirect_targets = {
        "/account"};  // what `to` of the login page may be; first = default

    // storage
    std::string database = {};  // libpq connection string; empty: a private PostgreSQL in the data folder
    std::size_t database_connections = 5;
    std::chrono::milliseconds database_deadline{3000};
    FieldSuite field_suite = FieldSuite::sm4_hmac_sm3;
    KeyAlgorithm ca_algorithm = KeyAlgorithm::sm2;

    // HTTP limits
    std::size_t header_limit = 8192;
    std::size_t body_limit = 16384;
    std::chrono::milliseconds read_deadline{10'000};  // one request head or body, from its first octet
    std::chrono::milliseconds idle_deadline{60'000};  // between requests
    std::chrono::milliseconds write_deadline{10'000};
    std::chrono::milliseconds handler_deadline{30'000};  // longer than a phone's long poll (25 s)
    std::size_t connections = 18'000;
    std::size_t connections_per_address = 1000;  // not for loopback in demo and bench mode

    // login rules
    PasswordPolicy password_policy = PasswordPolicy::manual;
    std::optional<std::chrono::seconds> password_max_age = {};  // read by password_max_age() below
    CaptchaPolicy captcha = CaptchaPolicy::manual;
    TypedCodePolicy typed_code = TypedCodePolicy::off;
    SameDevicePolicy same_device = SameDevicePolicy::flag;
    int time_factor = 1;  // × on every time limit a person must meet
    int easy_factor = 4;
    std::chrono::seconds captcha_life{600};
    std::chrono::seconds sms_code_life{300};
    std::chrono::seconds confirm_time{300};
    std::chrono::seconds redeem_time{60};
    std::chrono::seconds redeem_time_with_code{300};
    std::chrono::seconds session_idle{1800};
    std::chrono::seconds session_idle_qr{3600};
    std::chrono::seconds session_life{43'200};
    int sessions_per_person = 0;  // in browsers; 0: as many as they like
    std::chrono::seconds phone_session_life{2'592'000};
    std::chrono::seconds certificate_life{31'536'000};
    std::filesystem::path place_table = {};  // CSV: network,place,kind (docs/configuration.md)

    std::uint32_t captcha_work = 5000;
    std::chrono::seconds certificate_renew_before{2'592'000};

    // providers outside the house
    std::string sms_provider = "none";
    std::string sms_url = {};
    std::string sms_body = R"({"to":"{to}","text":"{text}","key":"{key}"})";
    std::string sms_key_id = {};
    std::string sms_key = {};
    std::string sms_sign_name = {};
    std::string sms_app_id = {};
    std::string sms_region = {};
    std::vector<std::string> sms_templates = {};  // "login_code=SMS_1234"
    std::chrono::milliseconds sms_deadline{5000};
    unsigned sms_tries = 2;
    int sms_per_hour = 3000;  // of this node to everybody together; texts cost money
    std::string proofing_provider = "none";
    std::string proofing_url = {};
    std::string proofing_key = {};
    std::chrono::milliseconds proofing_deadline{5000};
    std::chrono::seconds proofing_life{1800};
    std::chrono::seconds level_life{0};
    std::string soter_url = {};
    std::string soter_key = {};

    // waiting room
    std::size_t seats = 200'000;
    std::size_t seats_per_address = 300;

    // workers
    unsigned hash_threads = 0;  // 0: max(1, cores - 1)
    std::size_t hash_queue = 64;
    std::size_t signature_queue = 1024;

    // audit
    unsigned audit_keep_days = 365;

    // logs
    std::string log_level = "info";   // trace debug info warn error
    std::string log_format = "text";  // text json

    // the process
    CoreDumps core_dumps = CoreDumps::off;

    // modes; set by the command line only
    bool demo = false;
    bool bench = false;
};

// How old a password may be; 0: as old as it likes. Where the setting says nothing, the policy does: 90 days
// in djcp (customary for GB/T 22239 level 3, 定期更换), never in the others (SP 800-63B-4 3.1.1.2 forbids
// it).
std::chrono::seconds password_max_age(const Config& config) noexcept;

// One line for people each: the setting, what is wrong with it, what is allowed.
struct ConfigProblem {
    std::string setting;
    std::string text;
};

struct LoadedConfig {
    Config config = {};
    std::vector<ConfigProblem> problems = {};
};

// `file` may be empty. `environment`: name → value, already filtered to QRGATE_*. `overrides`: setting →
// value.
LoadedConfig load_config(const std::filesystem::path& file,
                         const std::map<std::string, std::string>& environment,
                         const std::map<std::string, std::string>& overrides);
// Rules between settings (demo only on a loopback origin, tls_key needs tls_certificate …).
std::vector<ConfigProblem> check_config(const Config& config);
// docs/configuration.md, whole.
std::string configuration_page();

}  // namespace qrgate
