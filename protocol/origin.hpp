// Origins (RFC 6454): does a request come from our own pages? And what browser is it, in two words. Pure.
#pragma once

#include <string>
#include <string_view>

namespace qrgate {

// scheme://host[:port] in lower case without the default port; empty when it is no http(s) origin.
std::string normal_origin(std::string_view text);
// For state-changing requests with cookies: Origin equal to ours; absent: a Referer of ours; null or foreign:
// no.
bool is_our_origin(std::string_view ours, std::string_view origin, std::string_view referer);
// localhost, 127.0.0.1 or [::1]: demo mode's condition.
bool is_loopback_origin(std::string_view origin);

struct BrowserName {
    std::string family;  // Chrome, Edge, Firefox, Safari, WeChat, 360, QQ, IE …, or "unknown"
    std::string os;      // Windows, macOS, Linux, Android, iOS, HarmonyOS …, or "unknown"
};
BrowserName browser_name(std::string_view user_agent);

}  // namespace qrgate
