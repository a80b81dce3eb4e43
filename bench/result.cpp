#include "bench/result.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace qrgate::bench {
namespace {

// Milliseconds as people read them.
std::string shown(Duration value) {
    return fmt::format("{:.3f} ms", static_cast<double>(value.count()) / 1e6);
}

}  // namespace

std::string Result::json() const {
    boost::json::object out;
    out["name"] = name;
    out["url"] = url;
    out["seconds"] = seconds;
    boost::json::object all_counts;
    for (const auto& [key, value] : counts)
        all_counts[key] = value;
    boost::json::object all_figures;
    for (const auto& [key, value] : figures) {
        // JSON has no word for what could not be divided.
        if (std::isfinite(value))
            all_figures[key] = value;
        else
            all_figures[key] = nullptr;
    }
    boost::json::object all_latencies;
    for (const auto& [key, value] : latencies)
        all_latencies[key] = boost::json::parse(value.json());
    boost::json::object all_settings;
    for (const auto& [key, value] : settings)
        all_settings[key] = value;
    out["counts"] = std::move(all_counts);
    out["figures"] = std::move(all_figures);
    out["latencies"] = std::move(all_latencies);
    out["settings"] = std::move(all_settings);
    return boost::json::serialize(out);
}

std::string Result::text() const {
    std::string out = fmt::format("{}  {}  {:.1f} s\n", name, url, seconds);
    auto to = std::back_inserter(out);
    for (const auto& [key, value] : counts)
        fmt::format_to(to, "  {:<34} {:>14}\n", key, value);
    for (const auto& [key, value] : figures)
        fmt::format_to(to, "  {:<34} {:>14.3f}\n", key, value);
    for (const auto& [key, value] : latencies)
        fmt::format_to(to, "  {:<34} p50 {}  p90 {}  p99 {}  max {}  ({} of them)\n", key,
                       shown(value.percentile(50)), shown(value.percentile(90)), shown(value.percentile(99)),
                       shown(value.max()), value.count());
    return out;
}

void write_result(const Result& result, const std::filesystem::path& file) {
    std::ofstream out(file, std::ios::trunc);
    out << result.json() << '\n';
    out.close();
    if (!out) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace qrgate::bench
