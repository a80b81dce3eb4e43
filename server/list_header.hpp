// A header that is a list and may come in several lines: all of them, joined by commas (RFC 9110, 5.3).
// `name` in lower case. Pure, any thread.
#pragma once

#include <boost/algorithm/string/predicate.hpp>
#include <string>
#include <string_view>

#include "server/http.hpp"

namespace qrgate {

inline std::string joined(const Request& request, std::string_view name) {
    std::string all;
    for (const auto& [key, value] : request.headers)
        if (key == name) all.append(all.empty() ? "" : ",").append(value);
    return all;
}

inline std::string joined(const RequestView& request, std::string_view name) {
    std::string all;
    for (std::size_t i = 0; i < request.header_count; ++i)
        if (boost::algorithm::iequals(request.headers[i].first, name))
            all.append(all.empty() ? "" : ",").append(request.headers[i].second);
    return all;
}

}  // namespace qrgate
