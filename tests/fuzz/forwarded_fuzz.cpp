// Whose request it is: addresses against the C library's own reading, networks, and the walk through
// X-Forwarded-For. First line: a network; second: the header; third: the protocol header.
#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "server/client_address.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

void as_address(const std::string& text) {
    const auto ours = parse_address(text);
    in_addr four{};
    in6_addr six{};
    const bool has_nul = text.find('\0') != std::string::npos;
    const bool is_four = !has_nul && ::inet_pton(AF_INET, text.c_str(), &four) == 1;
    const bool is_six = !has_nul && ::inet_pton(AF_INET6, text.c_str(), &six) == 1;
    must(ours.has_value() == (is_four || is_six), "an address where the C library reads one");
    if (!ours) {
        must(normal_address(text) == text, "what is none stays");
        return;
    }
    if (is_four) must(std::memcmp(ours->data() + 12, &four, 4) == 0, "the same four octets");
    if (is_six) must(std::memcmp(ours->data(), &six, 16) == 0, "the same sixteen octets");
    const std::string shown = shown_address(*ours);
    must(parse_address(shown) == ours, "shown and read again");
    must(normal_address(shown) == shown, "one spelling");
    must(normal_address(text) == shown, "the canonical one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(text_of(data, size));
    as_address(input);
    const std::size_t first = input.find('\n');
    const std::string network = input.substr(0, first);
    const std::string rest = first == std::string::npos ? "" : input.substr(first + 1);
    const std::size_t second = rest.find('\n');
    const std::string header = rest.substr(0, second);
    const std::string proto = second == std::string::npos ? "" : rest.substr(second + 1);
    as_address(network);

    TrustedProxies nobody;
    const ClientView alone = client_view(nobody, "198.51.100.7", false, header, proto);
    must(alone.address == "198.51.100.7" && !alone.secure, "who trusts nobody believes nobody");
    TrustedProxies proxies;
    const bool added = proxies.add(network);
    must(added != proxies.empty(), "a network or none");
    const ClientView stranger = client_view(proxies, "198.51.100.7", false, header, proto);
    const auto peer = parse_address("198.51.100.7");
    must(proxies.contains(*peer) || stranger.address == "198.51.100.7", "strangers are not believed");
    TrustedProxies one;
    one.add("10.0.0.1");
    const ClientView behind = client_view(one, "10.0.0.1", false, header, proto);
    must(parse_address(behind.address).has_value(), "a client has an address");
    must(behind.address == normal_address(behind.address), "in its one spelling");
    // Whatever a client writes in front, the hop that our proxy added is the client.
    must(client_view(one, "10.0.0.1", false, header + ", 192.0.2.33", proto).address == "192.0.2.33",
         "the nearest hop counts");
    return 0;
}
