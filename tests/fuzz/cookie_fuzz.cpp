// Whatever the header is, a cookie found in it is a part of it, and none is ours without our key.
#include <cstdlib>

#include "protocol/cookie.hpp"
#include "protocol/origin.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view header(reinterpret_cast<const char*>(data), size);
    const auto value = qrgate::read_cookie(header, "qrgate-pre");
    if (value && header.find(*value) == std::string_view::npos) std::abort();
    const qrgate::Digest key{1, 2, 3};
    if (qrgate::is_pre_session(key, value.value_or(std::string(header)), qrgate::WallTime{})) std::abort();
    if (qrgate::is_device(key, header)) std::abort();
    const std::string origin = qrgate::normal_origin(header);
    if (qrgate::normal_origin(origin) != origin) std::abort();
    return 0;
}
