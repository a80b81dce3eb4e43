// Headers that browsers send: cookies, Origin, Referer, User-Agent, Accept-Language.
#include <string>

#include "protocol/cookie.hpp"
#include "protocol/error.hpp"
#include "protocol/origin.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const Digest key{};
    const std::string ours = "https://login.example";

    const std::string origin = normal_origin(input);
    must(origin.empty() || normal_origin(origin) == origin, "a normal origin is normal");
    must(!is_our_origin(ours, input, "") || normal_origin(input) == ours, "only ours is ours");
    must(!is_our_origin(ours, "", input) || input.size() >= ours.size(), "a Referer of ours begins with it");

    if (const auto value = read_cookie(input, cookie_name(CookieName::pre_session, true))) {
        must(input.find(*value) != std::string_view::npos, "a cookie's value stands in the header");
        must(!is_pre_session(key, *value, WallTime{}) || value->size() == 96, "a pre-session has its size");
        must(!is_device(key, *value) || value->size() == 64, "a device cookie has its size");
    }
    const BrowserName name = browser_name(input);
    must(!name.family.empty() && !name.os.empty(), "a browser has a name");
    choose_language(input);
    return 0;
}
