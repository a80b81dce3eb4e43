#include "protocol/origin.hpp"

#include <algorithm>
#include <array>

namespace qrgate {
namespace {

struct Known {
    std::string_view mark;  // as it stands in a User-Agent
    std::string_view name;
};

// The first row that is found wins: browsers carry the marks of those they descend from.
constexpr std::array families{
    Known{"MicroMessenger/", "WeChat"},
    Known{"Edg/", "Edge"},
    Known{"EdgA/", "Edge"},
    Known{"EdgiOS/", "Edge"},
    Known{"Edge/", "Edge"},
    Known{"360SE", "360"},
    Known{"360EE", "360"},
    Known{"360ENT", "360"},
    Known{"QihooBrowser/", "360"},
    Known{"QHBrowser/", "360"},
    Known{"QQBrowser/", "QQ"},
    Known{"UCBrowser/", "UC"},
    Known{"UBrowser/", "UC"},
    Known{"MetaSr", "Sogou"},
    Known{"SogouMobileBrowser/", "Sogou"},
    Known{"HuaweiBrowser/", "Huawei"},
    Known{"ArkWeb/", "Huawei"},
    Known{"MiuiBrowser/", "Xiaomi"},
    Known{"VivoBrowser/", "vivo"},
    Known{"HeyTapBrowser/", "OPPO"},
    Known{"SamsungBrowser/", "Samsung"},
    Known{"Quark/", "Quark"},
    Known{"OPR/", "Opera"},
    Known{"Opera/", "Opera"},
    Known{"LBBROWSER", "Liebao"},
    Known{"Maxthon", "Maxthon"},
    Known{"Firefox/", "Firefox"},
    Known{"FxiOS/", "Firefox"},
    Known{"HeadlessChrome/", "Chrome"},
    Known{"CriOS/", "Chrome"},
    Known{"Chrome/", "Chrome"},
    Known{"Chromium/", "Chrome"},
    Known{"MSIE ", "IE"},
    Known{"Trident/", "IE"},
    Known{"Safari/", "Safari"},
};

constexpr std::array systems{
    Known{"OpenHarmony", "HarmonyOS"},
    Known{"HarmonyOS", "HarmonyOS"},
    Known{"iPhone", "iOS"},
    Known{"iPad", "iOS"},
    Known{"iPod", "iOS"},
    Known{"Android", "Android"},
    Known{"Windows", "Windows"},
    Known{"Macintosh", "macOS"},
    Known{"Mac OS X", "macOS"},
    Known{"CrOS", "ChromeOS"},
    Known{"UnionTech", "UOS"},
    Known{"UOS", "UOS"},
    Known{"Kylin", "Kylin"},
    Known{"Linux", "Linux"},
    Known{"X11", "Linux"},
};

template <std::size_t N>
std::string first_of(const std::array<Known, N>& rows, std::string_view user_agent) {
    for (const Known& row : rows)
        if (user_agent.find(row.mark) != std::string_view::npos) return std::string(row.name);
    return "unknown";
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_host(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        return std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
        });
    }
    return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
    });
}

// 1 to 65535 without leading zeros; 0 when it is no port.
int port_number(std::string_view text) {
    if (text.empty() || text.size() > 5 || text[0] == '0' || !std::ranges::all_of(text, is_digit)) return 0;
    int port = 0;
    for (const char c : text)
        port = port * 10 + (c - '0');
    return port <= 65535 ? port : 0;
}

std::size_t end_of_scheme(std::string_view text) {
    const auto colon = text.find("://");
    return colon == std::string_view::npos ? 0 : colon + 3;
}

// The origin of a whole URL, as Referer carries it.
std::string origin_of_url(std::string_view url) {
    const auto authority = end_of_scheme(url);
    if (authority == 0) return {};
    return normal_origin(url.substr(0, std::min(url.find_first_of("/?#", authority), url.size())));
}

}  // namespace

std::string normal_origin(std::string_view text) {
    const std::string origin = lower(text);
    const std::string_view whole = origin;
    const auto authority = end_of_scheme(whole);
    const auto scheme = whole.substr(0, authority);
    if (scheme != "http://" && scheme != "https://") return {};

    auto host = whole.substr(authority);
    const auto bracket = host.find(']');
    const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
    int port = scheme == "https://" ? 443 : 80;
    const int default_port = port;
    if (colon != std::string_view::npos) {
        port = port_number(host.substr(colon + 1));
        host = host.substr(0, colon);
    }
    if (port == 0 || !is_host(host)) return {};
    std::string normal = std::string(scheme) + std::string(host);
    if (port != default_port) normal += ":" + std::to_string(port);
    return normal;
}

bool is_our_origin(std::string_view ours, std::string_view origin, std::string_view referer) {
    const std::string own = normal_origin(ours);
    if (own.empty()) return false;
    return own == (origin.empty() ? origin_of_url(referer) : normal_origin(origin));
}

bool is_loopback_origin(std::string_view origin) {
    const std::string normal = normal_origin(origin);
    std::string_view host = normal;
    host.remove_prefix(end_of_scheme(host));
    for (const std::string_view own : {"localhost", "127.0.0.1", "[::1]"})
        if (host == own || (host.starts_with(own) && host.substr(own.size()).starts_with(':'))) return true;
    return false;
}

BrowserName browser_name(std::string_view user_agent) {
    return {.family = first_of(families, user_agent), .os = first_of(systems, user_agent)};
}

}  // namespace qrgate
