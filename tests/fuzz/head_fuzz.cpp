// A request's head in octets: found at the same place however the network cuts it, read the same by the short
// way and by the whole parser, and what is taken has nothing that a proxy could read otherwise.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "server/plain_request.hpp"
#include "server/request_head.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

constexpr std::size_t header_limit = 2048;
constexpr std::size_t body_limit = 1024;

struct Scan {
    HeadScanner::Outcome outcome = HeadScanner::Outcome::needs_more;
    std::size_t size = 0;
    bool operator==(const Scan&) const = default;
};

Scan scan(std::string_view octets, std::size_t piece) {
    HeadScanner scanner;
    Scan out;
    for (std::size_t end = 0; end < octets.size() && out.outcome == HeadScanner::Outcome::needs_more;) {
        end = std::min(octets.size(), end + piece);
        out.outcome = scanner.look(octets.substr(0, end), header_limit);
    }
    if (out.outcome == HeadScanner::Outcome::complete) out.size = scanner.size();
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

// Values by name: the whole parser puts repeated names beside each other.
using Headers = std::map<std::string, std::vector<std::string>>;

void is_plain(const Request& request) {
    int hosts = 0;
    for (const auto& [name, value] : request.headers) {
        hosts += name == "host";
        must(name != "transfer-encoding", "no Transfer-Encoding");
        must(!name.empty() && name == lower(name), "names in lower case");
        for (const char c : value)
            must(static_cast<unsigned char>(c) >= 0x20 || c == '\t', "no control character in a value");
        for (const char c : value)
            must(c != 0x7f, "no DEL in a value");
    }
    must(hosts == 1 || !request.http_1_1, "exactly one Host");
    must(hosts <= 1, "never two");
    must(request.path.starts_with('/') || request.path == "*", "a path");
    must(request.path.find_first_of(" \t\r\n?#") == std::string::npos, "of one piece");
}

void reads_the_same(std::string_view octets, const Scan& found) {
    PlainRequest plain;
    const bool taken = read_plain_request(octets, header_limit, body_limit, plain);
    must(!taken || found.outcome == HeadScanner::Outcome::complete, "the short way takes whole heads");
    if (found.outcome != HeadScanner::Outcome::complete) return;
    const auto whole = parse_head(octets.substr(0, found.size), header_limit, body_limit);
    must(!taken || whole.has_value(), "and only what the whole parser takes");
    if (!whole) {
        must(whole.error().status >= 400 && whole.error().status < 600, "a refusal has a status");
        return;
    }
    is_plain(whole->request);
    must(whole->content_length <= body_limit, "a body within its limit");
    if (!taken) return;
    const Request& request = whole->request;
    must(whole->keep_alive && !whole->expects_continue && request.http_1_1, "of the usual kind");
    must(plain.size == found.size + whole->content_length, "of the same size");
    must(plain.view.body == octets.substr(found.size, whole->content_length), "with the same body");
    must(plain.view.method == request.method && plain.view.path == request.path, "for the same thing");
    must(plain.view.query == request.query, "asked the same way");
    must(plain.view.header_count == request.headers.size(), "with as many headers");
    Headers short_way;
    for (std::size_t i = 0; i < plain.view.header_count; ++i)
        short_way[lower(plain.view.headers[i].first)].emplace_back(plain.view.headers[i].second);
    Headers long_way;
    for (const auto& [name, value] : request.headers)
        long_way[name].push_back(value);
    must(short_way == long_way, "that say the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const Scan found = scan(input, size == 0 ? 1 : size);
    must(scan(input, 1) == found, "octet by octet is the same");
    must(scan(input, 7) == found, "seven at a time too");
    reads_the_same(input, found);
    return 0;
}
