#include "server/place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <vector>

#include "protocol/bytes.hpp"

namespace qrgate {

namespace ip = boost::asio::ip;

namespace {

using Octets = std::array<std::uint8_t, 16>;

constexpr int v4_offset = 96;  // v4 addresses are kept as ::ffff:a.b.c.d
constexpr std::size_t name_limit = 64;
constexpr std::size_t problem_limit = 10;

struct Network {
    Octets octets{};
    int length = 0;
    auto operator<=>(const Network&) const = default;
};

Octets octets_of(const ip::address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
}

Octets masked(Octets octets, int length) {
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const int bits = std::clamp(length - static_cast<int>(8 * i), 0, 8);
        octets[i] = static_cast<std::uint8_t>(octets[i] & (0xff00U >> bits));
    }
    return octets;
}

std::optional<Network> parse_network(std::string_view text) {
    boost::system::error_code not_v4;
    const auto v4 = ip::make_network_v4(text, not_v4);
    if (!not_v4) return Network{octets_of(v4.address()), v4.prefix_length() + v4_offset};
    boost::system::error_code not_v6;
    const auto v6 = ip::make_network_v6(text, not_v6);
    if (!not_v6) return Network{v6.address().to_bytes(), v6.prefix_length()};
    return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_name(std::string_view name) {
    const bool controls =
        std::any_of(name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
    return !name.empty() && name.size() <= name_limit && !controls && is_clean_utf8(name);
}

std::vector<std::string_view> split(std::string_view text, char mark) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(mark);
        parts.push_back(trimmed(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

struct Row {
    Network network{};
    Place place = {};
};

// What is wrong with the line goes into `problem`.
std::optional<Row> parse_row(std::string_view line, std::string& problem) {
    const auto fields = split(line, ',');
    if (fields.size() != 3) {
        problem = "needs three fields: network,place,kind";
        return std::nullopt;
    }
    const auto network = parse_network(fields[0]);
    if (!network) {
        problem = fmt::format("'{}' is not a network like 203.0.113.0/24 or 2001:db8::/32", fields[0]);
    } else if (masked(network->octets, network->length) != network->octets) {
        problem = fmt::format("'{}' has bits set beyond its prefix", fields[0]);
    } else if (!is_name(fields[1])) {
        problem = fmt::format("the place must be 1 to {} octets of UTF-8 text", name_limit);
    } else if (fields[2] != "region" && fields[2] != "datacentre") {
        problem = fmt::format("the kind is '{}'; allowed are region and datacentre", fields[2]);
    } else {
        return Row{*network, Place{std::string(fields[1]), fields[2] == "datacentre", false}};
    }
    return std::nullopt;
}

bool is_skipped(std::string_view line, std::size_t number) {
    return line.empty() || line.front() == '#' || (number == 1 && line == "network,place,kind");
}

}  // namespace

PlaceLookup::PlaceLookup() {
    add_own_networks();
}

void PlaceLookup::add_own_networks() {
    const auto add = [this](std::string_view network, std::string_view name) {
        const auto parsed = parse_network(network).value();
        by_length_[parsed.length].try_emplace(parsed.octets, Place{std::string(name), false, true});
    };
    for (const auto* loopback : {"127.0.0.0/8", "::1/128"})
        add(loopback, "本机");
    for (const auto* own :
         {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"})
        add(own, "内网");
}

PlaceLookup PlaceLookup::from_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error(fmt::format("{} cannot be read", file.string()));
    const std::string csv{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad()) throw std::runtime_error(fmt::format("{} cannot be read", file.string()));
    return from_text(csv, file.string());
}

PlaceLookup PlaceLookup::from_text(std::string_view csv, std::string_view file_name) {
    if (csv.starts_with("\xef\xbb\xbf")) csv.remove_prefix(3);
    PlaceLookup lookup;
    lookup.by_length_.clear();
    std::vector<std::string> problems;
    std::size_t number = 0;
    for (const std::string_view line : split(csv, '\n')) {
        ++number;
        if (is_skipped(line, number)) continue;
        std::string problem;
        auto row = parse_row(line, problem);
        if (row && !lookup.by_length_[row->network.length]
                        .try_emplace(row->network.octets, std::move(row->place))
                        .second)
            problem = "this network was given before";
        if (!problem.empty()) problems.push_back(fmt::format("{}, line {}: {}", file_name, number, problem));
        if (problems.size() == problem_limit) break;
        if (problem.empty()) ++lookup.size_;
    }
    if (!problems.empty()) throw std::runtime_error(fmt::format("{}", fmt::join(problems, "\n")));
    lookup.add_own_networks();
    return lookup;
}

Place PlaceLookup::of(std::string_view address) const {
    boost::system::error_code problem;
    const auto parsed = ip::make_address(address, problem);
    if (problem) return {};
    const Octets octets = octets_of(parsed);
    for (const auto& [length, networks] : by_length_) {
        const auto found = networks.find(masked(octets, length));
        if (found != networks.end()) return found->second;
    }
    return {};
}

std::size_t PlaceLookup::size() const noexcept {
    return size_;
}

}  // namespace qrgate
