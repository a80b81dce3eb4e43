#include "server/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "server/config_table.hpp"
#include "server/config_value.hpp"
#include "tests/case_name.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

class ConfigTest : public testing::Test {
protected:
    tests::Folder folder;

    LoadedConfig load(std::string_view file, std::map<std::string, std::string> environment = {},
                      std::map<std::string, std::string> overrides = {}) {
        tests::write_file(folder.path() / "qrgate.conf", file);
        return load_config(folder.path() / "qrgate.conf", environment, overrides);
    }
};

std::string said(const std::vector<ConfigProblem>& problems) {
    std::string all;
    for (const auto& problem : problems)
        all += problem.setting + " " + problem.text + "\n";
    return all;
}

TEST_F(ConfigTest, HasDefaultsThatAreAllowed) {
    const auto loaded = load_config({}, {}, {});

    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(said(check_config(loaded.config)), "");
    EXPECT_EQ(loaded.config.listen_port, 8080);
}

TEST_F(ConfigTest, LetsAPhoneWaitAsLongAsTheContractSays) {
    EXPECT_GT(Config{}.handler_deadline, 25s) << "GET /api/v1/phone/tickets/{token}?wait=25 would end as 503";
}

TEST_F(ConfigTest, IsReadFromAFile) {
    const auto loaded = load(
        "# comment\n"
        "server.public_origin = https://login.example   # and another\n"
        "server.port=9000\n"
        "\n"
        "database.deadline = 250ms\n"
        "session.idle = 10m\n"
        "certificate.life = 365d\n"
        "proxy.trusted = 10.0.0.0/8, 192.0.2.1 , 2001:db8::1\n"
        "login.redirect_targets = /account, /desk?x=1\n"
        "qr.typed_code = risk\n"
        "password.policy = djcp\n"
        "fields.suite = aes_256_gcm\n"
        "ca.algorithm = p256\n"
        "node = 7\n"
        "log.format = json\n"
        "tls.certificate = /etc/qrgate/chain.pem\n");

    EXPECT_EQ(said(loaded.problems), "");
    const Config& config = loaded.config;
    EXPECT_EQ(config.public_origin, "https://login.example");
    EXPECT_EQ(config.listen_port, 9000);
    EXPECT_EQ(config.database_deadline, 250ms);
    EXPECT_EQ(config.session_idle, 10min);
    EXPECT_EQ(config.certificate_life, std::chrono::days(365));
    EXPECT_THAT(config.trusted_proxies, ElementsAre("10.0.0.0/8", "192.0.2.1/32", "2001:db8::1/128"));
    EXPECT_THAT(config.redirect_targets, ElementsAre("/account", "/desk?x=1"));
    EXPECT_EQ(config.typed_code, TypedCodePolicy::risk);
    EXPECT_EQ(config.password_policy, PasswordPolicy::djcp);
    EXPECT_EQ(config.field_suite, FieldSuite::aes_256_gcm);
    EXPECT_EQ(config.ca_algorithm, KeyAlgorithm::p256);
    EXPECT_EQ(config.node, '7');
    EXPECT_EQ(config.log_format, "json");
    EXPECT_EQ(config.tls_certificate, "/etc/qrgate/chain.pem");
}

TEST_F(ConfigTest, LetsThePolicySayHowOldAPasswordMayBe) {
    EXPECT_EQ(password_max_age(load("").config), 0s);
    EXPECT_EQ(password_max_age(load("password.policy = nist\n").config), 0s);
    EXPECT_EQ(password_max_age(load("password.policy = djcp\n").config), std::chrono::days(90));
    EXPECT_EQ(password_max_age(load("password.policy = djcp\npassword.max_age = policy\n").config),
              std::chrono::days(90));
}

TEST_F(ConfigTest, TakesTheAgeOfPasswordsThatIsSetInsteadOfThePolicys) {
    EXPECT_EQ(password_max_age(load("password.policy = djcp\npassword.max_age = 0s\n").config), 0s);
    EXPECT_EQ(password_max_age(load("password.policy = djcp\npassword.max_age = 30d\n").config),
              std::chrono::days(30));
    EXPECT_EQ(password_max_age(load("password.max_age = 365d\n").config), std::chrono::days(365));
}

TEST_F(ConfigTest, RefusesAnAgeOfPasswordsThatNobodyCanMean) {
    for (const char* wrong : {"23h", "1s", "3651d", "86400500ms", "never", "90"}) {
        const auto loaded = load(std::string("password.max_age = ") + wrong + "\n");
        ASSERT_THAT(loaded.problems, SizeIs(1)) << wrong;
        EXPECT_THAT(loaded.problems[0].text, HasSubstr("allowed: policy, 0s or 1d to 3650d"));
    }
    EXPECT_EQ(said(load("password.max_age = 1d\n").problems), "");
    EXPECT_EQ(said(load("password.max_age = 3650d\n").problems), "");
}

TEST_F(ConfigTest, TakesTheLaterSource) {
    const std::string file = "server.port = 1\nadmin.port = 1\nhttp.connections = 100\n";

    const auto loaded = load(file, {{"QRGATE_ADMIN_PORT", "2"}, {"QRGATE_HTTP_CONNECTIONS", "200"}},
                             {{"http.connections", "300"}});

    EXPECT_EQ(said(loaded.problems), "");
    EXPECT_EQ(loaded.config.listen_port, 1);
    EXPECT_EQ(loaded.config.admin_port, 2);
    EXPECT_EQ(loaded.config.connections, 300U);
}

TEST_F(ConfigTest, NamesUnknownSettingsAndWhereTheyStand) {
    const auto loaded = load("server.prot = 1\n", {{"QRGATE_SERVER_PROT", "1"}}, {{"sever.port", "1"}});

    ASSERT_THAT(loaded.problems, SizeIs(3));
    EXPECT_EQ(loaded.problems[0].setting, "server.prot");
    EXPECT_THAT(loaded.problems[0].text, AllOf(HasSubstr("no such setting"), HasSubstr("qrgate.conf")));
    EXPECT_EQ(loaded.problems[1].setting, "QRGATE_SERVER_PROT");
    EXPECT_THAT(loaded.problems[1].text, HasSubstr("environment"));
    EXPECT_EQ(loaded.problems[2].setting, "sever.port");
    EXPECT_THAT(loaded.problems[2].text, HasSubstr("command line"));
}

struct Wrong {
    const char* setting;
    const char* value;
    const char* allowed;
};
class WrongValue : public testing::TestWithParam<Wrong> {};
INSTANTIATE_TEST_SUITE_P(
    Config, WrongValue,
    testing::Values(Wrong{"server.port", "65536", "0 to 65535"}, Wrong{"server.port", "-1", "0 to 65535"},
                    Wrong{"server.port", "80x", "0 to 65535"}, Wrong{"server.port", "", "0 to 65535"},
                    Wrong{"server.port", "99999999999999999999", "0 to 65535"},
                    Wrong{"server.listen", "login.example", "an IP address, or localhost"},
                    Wrong{"server.public_origin", "login.example", "http:// or https://"},
                    Wrong{"server.public_origin", "https://login.example/path", "http:// or https://"},
                    Wrong{"node", "A", "one character of 0-9 a-z"},
                    Wrong{"node", "ab", "one character of 0-9 a-z"},
                    Wrong{"node", "", "one character of 0-9 a-z"},
                    Wrong{"http.body_limit", "16385", "1024 to 16384"},
                    Wrong{"database.connections", "0", "1 to 64"}, Wrong{"session.idle", "1800", "1m to 1d"},
                    Wrong{"session.idle", "90500ms", "1m to 1d"}, Wrong{"session.idle", "2d", "1m to 1d"},
                    Wrong{"session.idle", "-5m", "1m to 1d"}, Wrong{"session.idle", "5 m", "1m to 1d"},
                    Wrong{"session.idle", "99999999999999999d", "1m to 1d"},
                    Wrong{"qr.typed_code", "Risk", "off, risk or always"},
                    Wrong{"login.captcha", "none", "manual or off"},
                    Wrong{"proxy.trusted", "10.0.0.0/33", "addresses or networks"},
                    Wrong{"proxy.trusted", "10.0.0.1,,", "addresses or networks"},
                    Wrong{"login.redirect_targets", "", "at least one"},
                    Wrong{"login.redirect_targets", "//evil.example", "begin with one /"},
                    Wrong{"login.redirect_targets", "/\\evil.example", "begin with one /"},
                    Wrong{"login.redirect_targets", "https://evil.example", "begin with one /"},
                    Wrong{"log.level", "loud", "trace, debug, info, warn or error"}),
    [](const auto& what) {
        return test::case_name(what.index, std::string(what.param.setting) + " " + what.param.value);
    });

TEST_P(WrongValue, IsRefusedWithItsNameAndWhatIsAllowed) {
    const auto loaded = load_config({}, {}, {{GetParam().setting, GetParam().value}});

    ASSERT_THAT(loaded.problems, SizeIs(1));
    EXPECT_EQ(loaded.problems[0].setting, GetParam().setting);
    EXPECT_THAT(loaded.problems[0].text, HasSubstr("(command line) is not allowed; allowed: "));
    EXPECT_THAT(loaded.problems[0].text, HasSubstr(GetParam().allowed));
    EXPECT_THAT(loaded.problems[0].text, Not(HasSubstr("\n")));
    EXPECT_EQ(find_setting(GetParam().setting)->write(loaded.config),
              find_setting(GetParam().setting)->write(Config{}));
}

TEST_F(ConfigTest, TellsAllProblemsAtOnce) {
    const auto loaded = load("server.port = x\nnode = ??\nqr.typed_code = maybe\nwhat = ever\n");

    EXPECT_THAT(loaded.problems, SizeIs(4));
}

TEST_F(ConfigTest, SaysWhatIsWrongWithTheFileItself) {
    EXPECT_THAT(said(load("just words\n").problems),
                AllOf(HasSubstr("--config"), HasSubstr("lines are name = value")));
    EXPECT_THAT(said(load("server.port = 1\nserver.port = 2\n").problems),
                HasSubstr("server.port is set more than once"));
    EXPECT_THAT(said(load_config(folder.path() / "missing", {}, {}).problems), HasSubstr("cannot be read"));
    EXPECT_THAT(said(load_config(folder.path(), {}, {}).problems), HasSubstr("cannot be read"));
}

std::string after(void (*change)(Config&)) {
    Config config;
    change(config);
    return said(check_config(config));
}

TEST(ConfigRules, AllowDemoOnThisMachineOnlyAndWithItsOwnDatabase) {
    EXPECT_EQ(after([](Config& c) { c.demo = true; }), "");
    EXPECT_EQ(after([](Config& c) { c.demo = true, c.public_origin = "http://127.0.0.1:8080"; }), "");
    EXPECT_THAT(after([](Config& c) {
                    c.demo = true, c.public_origin = "https://login.example",
                    c.trusted_proxies = {"10.0.0.0/8"};
                }),
                HasSubstr("--demo"));
    EXPECT_THAT(after([](Config& c) { c.demo = true, c.public_origin = "http://localhost.evil.example"; }),
                HasSubstr("--demo"));
    EXPECT_THAT(after([](Config& c) { c.demo = true, c.database = "host=db"; }), HasSubstr("--demo"));
}

TEST(ConfigRules, AllowBenchAndNoCaptchaOnThisMachineOnly) {
    EXPECT_EQ(after([](Config& c) { c.bench = true, c.captcha = CaptchaPolicy::off; }), "");
    EXPECT_THAT(after([](Config& c) { c.captcha = CaptchaPolicy::off; }), HasSubstr("login.captcha is off"));
    EXPECT_THAT(after([](Config& c) { c.demo = true, c.captcha = CaptchaPolicy::off; }),
                HasSubstr("login.captcha is off"));
    EXPECT_THAT(after([](Config& c) { c.bench = true, c.listen_address = "0.0.0.0"; }), HasSubstr("--bench"));
}

TEST(ConfigRules, WantTlsWhereBrowsersSpeakIt) {
    EXPECT_THAT(after([](Config& c) { c.public_origin = "https://login.example"; }),
                HasSubstr("nothing ends TLS"));
    EXPECT_EQ(after([](Config& c) {
                  c.public_origin = "https://login.example", c.trusted_proxies = {"10.0.0.0/8"};
              }),
              "");
    EXPECT_EQ(after([](Config& c) {
                  c.public_origin = "https://login.example", c.tls_certificate = "a", c.tls_key = "b";
              }),
              "");
    EXPECT_THAT(after([](Config& c) { c.tls_certificate = "a", c.tls_key = "b"; }),
                HasSubstr("begin it with https://"));
    EXPECT_THAT(after([](Config& c) { c.public_origin = "http://login.example"; }),
                HasSubstr("in the clear"));
    EXPECT_THAT(after([](Config& c) { c.public_origin = "https://login.example", c.tls_certificate = "a"; }),
                HasSubstr("tls.key is missing"));
    EXPECT_THAT(after([](Config& c) { c.tls_key = "a"; }), HasSubstr("tls.certificate is missing"));
}

TEST(ConfigRules, GiveEachListenerItsOwnPort) {
    EXPECT_THAT(after([](Config& c) { c.admin_port = c.listen_port; }),
                HasSubstr("admin.port 8080 is also server.port"));
    EXPECT_THAT(after([](Config& c) { c.admin_port = c.listen_port, c.listen_address = "0.0.0.0"; }),
                HasSubstr("admin.port"));
    EXPECT_EQ(after([](Config& c) { c.admin_port = c.listen_port, c.admin_address = "127.0.0.2"; }), "");
    EXPECT_EQ(after([](Config& c) { c.admin_port = c.listen_port = 0; }), "");
    EXPECT_THAT(after([](Config& c) { c.admin_port = c.listen_port, c.listen_address = "localhost"; }),
                HasSubstr("admin.port"));
}

TEST(ConfigRules, CheckAlsoWhatDidNotComeThroughTheTable) {
    EXPECT_THAT(after([](Config& c) { c.node = '!'; }), HasSubstr("node is not allowed"));
    EXPECT_THAT(after([](Config& c) { c.public_origin = "HTTP://LOCALHOST:8080"; }),
                HasSubstr("server.public_origin is not allowed"));
    EXPECT_THAT(after([](Config& c) { c.session_life = 60s; }), HasSubstr("session.life is shorter"));
}

TEST_F(ConfigTest, DoesNotRepeatASecretInAProblem) {
    const std::string before = "# keys\nsms.provider = http\n";
    for (const char* line :
         {"sms.key S3cret", "sms.key S3cret==", "sms.key\tS3cret = 1", "S3cret", "  S3cret  # key", "[S3cret",
          "server.port = 8080 sms.key = S3cret", "node = S3cret"}) {
        const auto loaded = load(before + line + "\n");
        EXPECT_THAT(said(loaded.problems), Not(HasSubstr("S3cret"))) << line;
    }
}

TEST_F(ConfigTest, SaysWhichLineItCannotRead) {
    EXPECT_THAT(said(load("# a = b\n\nserver.port = 1\nserver.port 2\n").problems),
                AllOf(HasSubstr("qrgate.conf line 4"), HasSubstr("name = value")));
    EXPECT_THAT(said(load("sms.key S3cret==\n").problems),
                AllOf(HasSubstr("sms.key has no = after it"), HasSubstr("name = value")));
}

TEST(ConfigTable, GivesEachSettingItsOwnNameAndEnvironment) {
    std::set<std::string> names;
    for (const Setting& setting : all_settings()) {
        EXPECT_THAT(std::string(setting.name), MatchesRegex("[a-z_]+(\\.[a-z_]+)?"));
        EXPECT_TRUE(names.insert(environment_name(setting.name)).second) << setting.name;
        EXPECT_FALSE(setting.meaning.empty() || setting.allowed.empty()) << setting.name;
    }
    EXPECT_EQ(environment_name("server.public_origin"), "QRGATE_SERVER_PUBLIC_ORIGIN");
}

TEST(ConfigTable, ReadsBackWhatItWrites) {
    const Config defaults;
    for (const Setting& setting : all_settings()) {
        Config config;
        const std::string value = setting.write(defaults);
        EXPECT_TRUE(setting.read(config, value)) << setting.name << " = " << value;
        EXPECT_EQ(setting.write(config), value) << setting.name;
    }
}

TEST(ConfigTable, GivesEachSettingItsOwnField) {
    // Reading one setting changes the writing of that one only.
    const std::map<std::string_view, std::string> others{{"server.public_origin", "http://localhost:1"},
                                                         {"server.listen", "127.0.0.9"},
                                                         {"admin.listen", "127.0.0.9"},
                                                         {"node", "z"},
                                                         {"proxy.trusted", "10.0.0.0/8"},
                                                         {"login.redirect_targets", "/other"},
                                                         {"fields.suite", "aes_256_gcm"},
                                                         {"ca.algorithm", "p256"},
                                                         {"password.policy", "nist"},
                                                         {"login.captcha", "off"},
                                                         {"qr.typed_code", "always"},
                                                         {"log.level", "error"},
                                                         {"log.format", "json"},
                                                         {"tls.certificate", "/x"},
                                                         {"tls.key", "/x"},
                                                         {"data.folder", "/x"},
                                                         {"place.table", "/x"},
                                                         {"database.url", "host=x"},
                                                         {"sms.provider", "http"},
                                                         {"sms.tries", "3"},
                                                         {"proofing.provider", "http"},
                                                         {"qr.same_device", "refuse"},
                                                         {"process.core_dumps", "on"}};
    for (const Setting& setting : all_settings()) {
        Config config;
        bool read = false;
        if (const auto other = others.find(setting.name); other != others.end()) {
            read = setting.read(config, other->second);
        } else {
            for (const char* value : {"11", "67", "2345", "59s", "61s", "2h", "48h"})
                read = read || setting.read(config, value);
        }
        EXPECT_TRUE(read) << setting.name;
        for (const Setting& each : all_settings())
            EXPECT_EQ(each.write(config) != each.write(Config{}), each.name == setting.name)
                << setting.name << " and " << each.name;
    }
}

TEST(ConfigValues, AreDurationsWithOneUnit) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("0s"), 0s);
    EXPECT_EQ(parse_duration("90s"), 90s);
    EXPECT_EQ(parse_duration("2d"), 48h);
    for (const char* wrong : {"", "5", "s", "1h30m", "1.5h", "1 h", "1H", "+1h", "-1h"})
        EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
    EXPECT_EQ(format_duration(90s), "90s");
    EXPECT_EQ(format_duration(48h), "2d");
    EXPECT_EQ(format_duration(1500ms), "1500ms");
    EXPECT_EQ(format_duration(0s), "0s");
}

TEST(ConfigPage, IsWhatTheRepositoryHas) {
    const std::filesystem::path file = std::filesystem::path(QRGATE_SOURCE_DIR) / "docs" / "configuration.md";
    if (std::getenv("QRGATE_WRITE_PAGES") != nullptr) tests::write_file(file, configuration_page());

    EXPECT_EQ(tests::read_file(file), configuration_page())
        << "write it again: QRGATE_WRITE_PAGES=1 and this test";
}

}  // namespace
}  // namespace qrgate
