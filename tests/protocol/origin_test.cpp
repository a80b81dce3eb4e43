#include "protocol/origin.hpp"
#include "tests/case_name.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

struct Spelling {
    const char* text;
    const char* normal;
};
class Origin : public testing::TestWithParam<Spelling> {};
TEST_P(Origin, HasOneSpelling) {
    EXPECT_EQ(normal_origin(GetParam().text), GetParam().normal) << GetParam().text;
}
INSTANTIATE_TEST_SUITE_P(
    Texts, Origin,
    testing::Values(Spelling{"https://login.example", "https://login.example"},
                    Spelling{"HTTPS://Login.Example", "https://login.example"},
                    Spelling{"https://login.example:443", "https://login.example"},
                    Spelling{"http://login.example:80", "http://login.example"},
                    Spelling{"http://login.example:443", "http://login.example:443"},
                    Spelling{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
                    Spelling{"http://[::1]:8080", "http://[::1]:8080"},
                    Spelling{"http://[::1]", "http://[::1]"}, Spelling{"null", ""}, Spelling{"", ""},
                    Spelling{"login.example", ""}, Spelling{"ftp://login.example", ""},
                    Spelling{"file://", ""}, Spelling{"https://", ""}, Spelling{"https://login.example/", ""},
                    Spelling{"https://login.example/path", ""}, Spelling{"https://user@login.example", ""},
                    Spelling{"https://login.example:", ""}, Spelling{"https://login.example:0", ""},
                    Spelling{"https://login.example:65536", ""}, Spelling{"https://login.example:+80", ""},
                    Spelling{"https://login.example:080", ""},
                    Spelling{"https://login.example https://evil.example", ""},
                    Spelling{"https://login%2eexample", ""}, Spelling{"https://login.example\r\n", ""},
                    Spelling{"https://[::1", ""}, Spelling{"https://[]", ""}, Spelling{"https://[::1]x", ""}),
    [](const auto& what) { return test::case_name(what.index, what.param.text); });

constexpr const char* ours = "https://login.example";

TEST(OurOrigin, IsEqualToOurs) {
    EXPECT_TRUE(is_our_origin(ours, "https://login.example", ""));
    EXPECT_TRUE(is_our_origin("https://login.example:443", "https://login.example", ""));
}

TEST(OurOrigin, IsNotAnotherOne) {
    for (const char* origin :
         {"null", "https://evil.example", "http://login.example", "https://login.example:8443",
          "https://login.example.evil", "https://evil-login.example",
          "https://evil.example/https://login.example", "https://login.example@evil.example",
          "https://login.example, https://login.example", " "})
        EXPECT_FALSE(is_our_origin(ours, origin, "https://login.example/")) << origin;
}

TEST(OurOrigin, IsTakenFromTheRefererWhereOldBrowsersSendNoOrigin) {
    for (const char* referer :
         {"https://login.example/login?to=/", "https://login.example/", "https://login.example",
          "https://LOGIN.example:443/x", "https://login.example?q", "https://login.example#f"})
        EXPECT_TRUE(is_our_origin(ours, "", referer)) << referer;
    for (const char* referer : {"", "/login", "https://evil.example/?https://login.example/",
                                "https://login.example.evil/", "https://login.example@evil.example/",
                                "https://login.example\\@evil.example/x", "null", "about:blank"})
        EXPECT_FALSE(is_our_origin(ours, "", referer)) << referer;
}

TEST(OurOrigin, IsNobodysWhileOursIsNotSet) {
    EXPECT_FALSE(is_our_origin("", "", ""));
    EXPECT_FALSE(is_our_origin("null", "null", ""));
}

TEST(LoopbackOrigin, IsThisMachineByNameOrAddress) {
    for (const char* origin :
         {"http://localhost", "http://localhost:8080", "https://127.0.0.1:8443", "http://[::1]:80"})
        EXPECT_TRUE(is_loopback_origin(origin)) << origin;
    for (const char* origin : {"", "http://localhost.evil", "http://127.0.0.10", "http://127.0.0.1.evil",
                               "http://login.example", "http://[::2]", "http://mylocalhost"})
        EXPECT_FALSE(is_loopback_origin(origin)) << origin;
}

struct Browser {
    const char* user_agent;
    const char* family;
    const char* os;
};
class NamedBrowser : public testing::TestWithParam<Browser> {};
TEST_P(NamedBrowser, IsTwoWords) {
    const auto name = browser_name(GetParam().user_agent);
    EXPECT_EQ(name.family, GetParam().family) << GetParam().user_agent;
    EXPECT_EQ(name.os, GetParam().os) << GetParam().user_agent;
}
#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "
INSTANTIATE_TEST_SUITE_P(
    Agents, NamedBrowser,
    testing::Values(
        Browser{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT "Chrome/131.0.0.0 Safari/537.36",
                "Chrome", "Windows"},
        Browser{"Mozilla/5.0 (X11; Linux x86_64) " WEBKIT "HeadlessChrome/131.0.0.0 Safari/537.36", "Chrome",
                "Linux"},
        Browser{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT
                "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge", "Windows"},
        Browser{"Mozilla/5.0 (Windows NT 10.0; WOW64) " WEBKIT
                "Chrome/86.0.4240.198 Safari/537.36 QIHU 360SE",
                "360", "Windows"},
        Browser{"Mozilla/5.0 (Windows NT 10.0; WOW64) " WEBKIT "Chrome/94.0.4606.71 Safari/537.36 Core/1.94 "
                "QQBrowser/11.9.5325.400",
                "QQ", "Windows"},
        Browser{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/17.5 "
                "Safari/605.1.15",
                "Safari", "macOS"},
        Browser{
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Mobile/15E148 MicroMessenger/8.0.49(0x1800312b) NetType/WIFI Language/zh_CN",
            "WeChat", "iOS"},
        Browser{"Mozilla/5.0 (Linux; Android 14; V2301A) " WEBKIT
                "Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 "
                "MicroMessenger/8.0.47",
                "WeChat", "Android"},
        Browser{"Mozilla/5.0 (Phone; OpenHarmony 5.0) " WEBKIT
                "Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile",
                "Huawei", "HarmonyOS"},
        Browser{"Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00) " WEBKIT
                "Chrome/114.0.0.0 HuaweiBrowser/15.0.4.312 "
                "Mobile Safari/537.36",
                "Huawei", "HarmonyOS"},
        Browser{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox",
                "Linux"},
        Browser{"Mozilla/5.0 (X11; Linux aarch64; UOS) " WEBKIT "Chrome/108.0.0.0 Safari/537.36", "Chrome",
                "UOS"},
        Browser{"Mozilla/5.0 (X11; Linux x86_64; Kylin V10) Gecko/20100101 Firefox/115.0", "Firefox",
                "Kylin"},
        Browser{"Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "IE", "Windows"},
        Browser{"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "IE", "Windows"},
        Browser{"curl/8.5.0", "unknown", "unknown"}, Browser{"", "unknown", "unknown"},
        Browser{"\x1b[31m\r\nperson: p2", "unknown", "unknown"}),
    [](const auto& what) {
        return test::case_name(what.index, what.param.family + std::string(" ") + what.param.os);
    });
#undef WEBKIT

}  // namespace
}  // namespace qrgate
