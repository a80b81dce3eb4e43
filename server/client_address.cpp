#include "server/client_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace qrgate {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_v4(const AddressOctets& address) {
    return std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin());
}

bool bit_of(const AddressOctets& address, int index) {
    return (address[static_cast<std::size_t>(index / 8)] >> (7 - index % 8)) & 1;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// Takes the part behind the last comma off the list.
std::string_view take_last(std::string_view& list) {
    std::size_t comma = list.rfind(',');
    std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    return trimmed(last);
}

// Some proxies add the port: 1.2.3.4:567, [::1]:567, [::1].
std::optional<AddressOctets> parse_hop(std::string_view hop) {
    if (hop.starts_with('[')) {
        std::size_t end = hop.find(']');
        return end == std::string_view::npos ? std::nullopt : parse_address(hop.substr(1, end - 1));
    }
    if (std::ranges::count(hop, ':') == 1) hop = hop.substr(0, hop.find(':'));
    return parse_address(hop);
}

}  // namespace

std::optional<AddressOctets> parse_address(std::string_view text) {
    char copy[INET6_ADDRSTRLEN + 1];
    if (text.empty() || text.size() >= sizeof copy || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    AddressOctets octets{};
    in_addr v4{};
    if (inet_pton(AF_INET, copy, &v4) == 1) {
        std::ranges::copy(mapped_prefix, octets.begin());
        std::memcpy(octets.data() + 12, &v4, 4);
        return octets;
    }
    if (inet_pton(AF_INET6, copy, octets.data()) == 1) return octets;
    return std::nullopt;
}

std::string shown_address(const AddressOctets& address) {
    char text[INET6_ADDRSTRLEN];
    const char* done = is_v4(address) ? inet_ntop(AF_INET, address.data() + 12, text, sizeof text)
                                      : inet_ntop(AF_INET6, address.data(), text, sizeof text);
    return done ? done : "";
}

std::string normal_address(std::string_view text) {
    auto octets = parse_address(text);
    return octets ? shown_address(*octets) : std::string(text);
}

std::string customer_of(std::string_view address) {
    std::optional<AddressOctets> octets = parse_address(address);
    if (!octets || is_v4(*octets)) return std::string(address);
    std::fill(octets->begin() + 8, octets->end(), std::uint8_t{0});
    return shown_address(*octets);
}

bool is_loopback_address(std::string_view text) {
    auto octets = parse_address(text);
    if (!octets) return false;
    if (is_v4(*octets)) return (*octets)[12] == 127;
    return std::all_of(octets->begin(), octets->end() - 1, [](auto octet) { return octet == 0; }) &&
           octets->back() == 1;
}

bool TrustedProxies::add(std::string_view network) {
    std::size_t slash = network.find('/');
    auto octets = parse_address(network.substr(0, slash));
    if (!octets) return false;
    // A mapped network written as IPv6 has its own prefix length; one written as IPv4 counts from bit 96.
    bool written_as_v4 = network.substr(0, slash).find(':') == std::string_view::npos;
    int prefix = written_as_v4 ? 32 : 128;
    if (slash != std::string_view::npos) {
        std::string_view digits = network.substr(slash + 1);
        int asked = -1;
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), asked);
        if (error != std::errc{} || end != digits.data() + digits.size() || asked < 0 || asked > prefix)
            return false;
        prefix = asked;
    }
    if (written_as_v4) prefix += 96;
    for (int bit = prefix; bit < 128; ++bit)
        if (bit_of(*octets, bit)) return false;
    networks_.push_back({*octets, prefix});
    return true;
}

bool TrustedProxies::contains(const AddressOctets& address) const noexcept {
    auto inside = [&](const Network& network) {
        auto whole = static_cast<std::size_t>(network.prefix / 8);
        if (!std::equal(address.begin(), address.begin() + whole, network.octets.begin())) return false;
        for (int bit = network.prefix / 8 * 8; bit < network.prefix; ++bit)
            if (bit_of(address, bit) != bit_of(network.octets, bit)) return false;
        return true;
    };
    return std::ranges::any_of(networks_, inside);
}

ClientView client_view(const TrustedProxies& proxies, std::string_view peer, bool peer_secure,
                       std::string_view forwarded_for, std::string_view forwarded_proto) {
    ClientView view{normal_address(peer), peer_secure};
    auto hop = parse_address(peer);
    if (!hop || !proxies.contains(*hop)) return view;
    if (!forwarded_proto.empty()) view.secure = take_last(forwarded_proto) == "https";
    while (!forwarded_for.empty()) {
        hop = parse_hop(take_last(forwarded_for));
        if (!hop) break;
        view.address = shown_address(*hop);
        if (!proxies.contains(*hop)) break;
    }
    return view;
}

}  // namespace qrgate
