// The build's version, from CMake's project().
#pragma once

#include <string_view>

namespace qrgate {

#ifdef QRGATE_VERSION
inline constexpr std::string_view build_version = QRGATE_VERSION;
#else
inline constexpr std::string_view build_version = "0.1.0";
#endif

}  // namespace qrgate
