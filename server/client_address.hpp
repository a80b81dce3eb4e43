// Whose request is it? The trusted-proxy rule: X-Forwarded-For and X-Forwarded-Proto count only when the TCP
// peer is in a configured network; then the right-most hop that is not such a proxy is the client. Pure, any
// thread. Addresses are textual IPs; IPv4-mapped IPv6 (::ffff:1.2.3.4) is IPv4 everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qrgate {

// IPv4 as ::ffff:a.b.c.d, so that one comparison serves both.
using AddressOctets = std::array<std::uint8_t, 16>;

// Strict: no zone, no port, no shortened IPv4.
std::optional<AddressOctets> parse_address(std::string_view text);
std::string shown_address(const AddressOctets& address);
// The canonical spelling; the text itself when it is no address.
std::string normal_address(std::string_view text);
// One customer's addresses: an IPv4 address, or the 64-bit network of an IPv6 one.
std::string customer_of(std::string_view address);
bool is_loopback_address(std::string_view text);

class TrustedProxies {
public:
    TrustedProxies() = default;  // nobody
    // One CIDR or address ("10.0.0.0/8", "::1"). False when it is none, or has bits set behind its prefix.
    bool add(std::string_view network);
    bool contains(const AddressOctets& address) const noexcept;
    bool empty() const noexcept { return networks_.empty(); }

private:
    struct Network {
        AddressOctets octets;
        int prefix;
    };
    std::vector<Network> networks_;
};

struct ClientView {
    std::string address = {};
    bool secure = false;
};

// `forwarded_for`: all X-Forwarded-For values in order, joined by commas; `forwarded_proto`: the same of its
// header (its last value counts, the nearest proxy's). A hop that is no address ends the walk at the last
// good one.
ClientView client_view(const TrustedProxies& proxies, std::string_view peer, bool peer_secure,
                       std::string_view forwarded_for, std::string_view forwarded_proto);

}  // namespace qrgate
