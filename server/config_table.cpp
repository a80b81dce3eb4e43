#include "server/config_table.hpp"

#include "server/setting_kinds.hpp"

namespace qrgate {

namespace {

using namespace setting_kinds;
using namespace std::chrono_literals;

std::vector<Setting> places() {
    return {
        origin("server.public_origin", &Config::public_origin,
               "What browsers see in their address bar; QR codes and Origin checks use it"),
        address("server.listen", &Config::listen_address, "Where the server listens"),
        number("server.port", &Config::listen_port, 0, 65535, "Its port; 0: any free one"),
        path("tls.certificate", &Config::tls_certificate, "a file",
             "PEM chain, read again on SIGHUP; empty: plain HTTP (behind a proxy, or a trial on localhost)"),
        path("tls.key", &Config::tls_key, "a file", "Its private key"),
        networks("proxy.trusted", &Config::trusted_proxies,
                 "Proxies whose X-Forwarded-For and X-Forwarded-Proto count"),
        address("admin.listen", &Config::admin_address,
                "Where health, readiness and metrics are; keep it inside"),
        number("admin.port", &Config::admin_port, 0, 65535, "Its port; 0: no admin listener"),
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
        number("workers.hash_queue", &Config::hash_queue, 2, 100'000,
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
        age("password.max_age", &Config::password_max_age, 24h, 87'600h,
            "After this a password must be changed at the login; 0s: never; policy: 90d with djcp, else "
            "never"),
        number("captcha.work", &Config::captcha_work, 100, 1'000'000,
               "Iterations of one step of the captcha that needs no input (ALTCHA)"),
        duration("certificate.renew_before", &Config::certificate_renew_before, 24h, 8760h,
                 "How long before its end a certificate can be renewed by itself"),
        choice<CaptchaPolicy>("login.captcha", &Config::captcha,
                              {{"manual", CaptchaPolicy::manual}, {"off", CaptchaPolicy::off}},
                              "off only together with --bench"),
        choice<TypedCodePolicy>(
            "qr.typed_code", &Config::typed_code,
            {{"off", TypedCodePolicy::off},
             {"risk", TypedCodePolicy::risk},
             {"always", TypedCodePolicy::always}},
            "When a code shown on the phone must be typed at the PC; risk: other region or data centre"),
        choice<SameDevicePolicy>("qr.same_device", &Config::same_device,
                                 {{"allow", SameDevicePolicy::allow},
                                  {"flag", SameDevicePolicy::flag},
                                  {"refuse", SameDevicePolicy::refuse}},
                                 "A QR code scanned by the phone that shows it; flag: its person is warned, "
                                 "and the audit says so"),
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
        number("session.per_person", &Config::sessions_per_person, 0, 1000,
               "So many browsers of one person at once; a further login ends the oldest. 0: any number"),
        duration("session.phone_life", &Config::phone_session_life, 1h, 8760h, "The phone's own login ends"),
        duration("certificate.life", &Config::certificate_life, 24h, 87'600h,
                 "Of certificates issued from now on"),
        paths("login.redirect_targets", &Config::redirect_targets,
              "Where a login may lead; the first where nothing else was asked for"),
        number("audit.keep_days", &Config::audit_keep_days, 180, 36'500,
               "How long audit rows are kept; less than 180 days is against GB/T 22239 and the Cybersecurity "
               "Law, article 21"),
        word("log.level", &Config::log_level, {"trace", "debug", "info", "warn", "error"},
             "The least that is logged"),
        word("log.format", &Config::log_format, {"text", "json"}, "One line an event, on stderr"),
        choice<CoreDumps>("process.core_dumps", &Config::core_dumps,
                          {{"off", CoreDumps::off}, {"on", CoreDumps::on}},
                          "on: a crash may write what is in memory, keys too, and debuggers may look"),
    };
}

std::vector<Setting> providers() {
    return {
        word("sms.provider", &Config::sms_provider, {"none", "http", "aliyun", "tencent"},
             "Who sends texts; the demo has its own outbox"),
        text("sms.url", &Config::sms_url, "an http:// or https:// address",
             "http: the gateway; aliyun, tencent: another endpoint than the vendor's own"),
        text("sms.body", &Config::sms_body, "JSON with {to}, {text}, {name}, {code}, {minutes}, {key}",
             "http: what is posted; gaps are filled with JSON-escaped values"),
        text("sms.key_id", &Config::sms_key_id, "text",
             "AccessKeyId, SecretId, or the key's name at the gateway"),
        secret(text("sms.key", &Config::sms_key, "text", "The secret that signs requests")),
        text("sms.sign_name", &Config::sms_sign_name, "text", "aliyun, tencent: the approved signature"),
        text("sms.app_id", &Config::sms_app_id, "text", "tencent: SmsSdkAppId"),
        text("sms.region", &Config::sms_region, "text", "aliyun, tencent: the region of the endpoint"),
        list("sms.templates", &Config::sms_templates, "name=template, between commas",
             "aliyun, tencent: which approved template each of our texts is (docs/operating.md)"),
        duration("sms.deadline", &Config::sms_deadline, 500ms, 60s, "For one try to send a text"),
        number("sms.tries", &Config::sms_tries, 1, 5, "Tries to send a text, with the same idempotency key"),
        number("sms.per_hour", &Config::sms_per_hour, 1, 1'000'000,
               "Codes by text that this node sends in an hour, half of them for registrations; more are left "
               "out"),
        word("proofing.provider", &Config::proofing_provider, {"none", "http"},
             "Who checks people for level 3; the demo simulates it"),
        text("proofing.url", &Config::proofing_url, "an http:// or https:// address", "http: its address"),
        secret(text("proofing.key", &Config::proofing_key, "text", "Signs our requests and its callbacks")),
        duration("proofing.deadline", &Config::proofing_deadline, 500ms, 60s, "For one call to it"),
        duration("proofing.life", &Config::proofing_life, 60s, 24h, "How long a person has for the check"),
        duration("level.life", &Config::level_life, 0s, 876'000h,
                 "How long level 3 lasts after a proofing; 0: for good"),
        text("soter.url", &Config::soter_url, "an http:// or https:// address",
             "Checks fingerprints of the mini-program; empty: not offered"),
        secret(text("soter.key", &Config::soter_key, "text", "The access token or key for it")),
    };
}

std::vector<Setting> whole_table() {
    std::vector<Setting> table;
    for (auto part : {places(), stores(), limits(), rules(), providers()})
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
