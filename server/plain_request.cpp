#include "server/plain_request.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace qrgate {
namespace {

enum Kind : std::uint8_t { of_name = 1, of_value = 2, of_target = 4, of_host = 8 };

constexpr std::array<std::uint8_t, 256> kinds = [] {
    std::array<std::uint8_t, 256> table{};
    for (int c = 0x20; c < 0x7f; ++c)
        table[static_cast<std::size_t>(c)] = of_value | (c != ' ' && c != '#' ? of_target : 0);
    table['\t'] = of_value;
    const auto mark = [&table](std::string_view text, std::uint8_t kind) {
        for (char c : text)
            table[static_cast<unsigned char>(c)] |= kind;
    };
    mark("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", of_name | of_host);
    mark("!#$%&'*+-.^_`|~", of_name);
    mark("-._:[]", of_host);
    return table;
}();

bool all(std::string_view text, Kind kind) noexcept {
    std::uint8_t common = kind;
    for (char c : text)
        common &= kinds[static_cast<unsigned char>(c)];
    return common != 0;
}

// `lower` is in lower case.
bool is(std::string_view text, std::string_view lower) noexcept {
    return text.size() == lower.size() && std::ranges::equal(text, lower, [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// Takes one line with its CRLF; false where there is none. A CR elsewhere is of no kind and fails later.
bool take_line(std::string_view& rest, std::string_view& line) noexcept {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
    line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    return true;
}

bool read_request_line(std::string_view line, RequestView& view) noexcept {
    constexpr std::string_view version = " HTTP/1.1";
    if (!line.ends_with(version)) return false;
    line.remove_suffix(version.size());
    if (line.starts_with("GET ")) {
        view.method = Method::get;
        line.remove_prefix(4);
    } else if (line.starts_with("POST ")) {
        view.method = Method::post;
        line.remove_prefix(5);
    } else if (line.starts_with("HEAD ")) {
        view.method = Method::head;
        line.remove_prefix(5);
    } else {
        return false;
    }
    if (!line.starts_with('/') || !all(line, of_target)) return false;
    const std::size_t mark = line.find('?');
    view.path = line.substr(0, mark);
    view.query = mark == std::string_view::npos ? std::string_view{} : line.substr(mark + 1);
    return true;
}

struct Framing {
    int hosts = 0;
    int lengths = 0;
    std::size_t length = 0;
};

bool read_length(std::string_view value, Framing& framing) noexcept {
    if (value.empty() || value.size() > 6 || ++framing.lengths > 1) return false;
    for (char c : value) {
        if (c < '0' || c > '9') return false;
        framing.length = framing.length * 10 + static_cast<std::size_t>(c - '0');
    }
    return true;
}

// What says how the message is framed or the connection goes on. True: nothing out of the ordinary.
bool look_at_framing(std::string_view name, std::string_view value, Framing& framing) noexcept {
    switch (name.size()) {
        case 4:
            if (!is(name, "host")) return true;
            return ++framing.hosts == 1 && !value.empty() && all(value, of_host);
        case 6:
            return !is(name, "expect");
        case 7:
            return !is(name, "upgrade");
        case 10:
            return !is(name, "connection") || is(value, "keep-alive");
        case 14:
            return !is(name, "content-length") || read_length(value, framing);
        case 16:
            return !is(name, "proxy-connection");
        case 17:
            return !is(name, "transfer-encoding");
        default:
            return true;
    }
}

bool read_header(std::string_view line, RequestView& view, Framing& framing) noexcept {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || view.header_count == RequestView::header_limit)
        return false;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!all(name, of_name) || !all(line.substr(colon + 1), of_value)) return false;
    view.headers[view.header_count++] = {name, value};
    return look_at_framing(name, value, framing);
}

}  // namespace

bool read_plain_request(std::string_view octets, std::size_t header_limit, std::size_t body_limit,
                        PlainRequest& out) noexcept {
    out.view.header_count = 0;
    std::string_view rest = octets;
    std::string_view line;
    if (!take_line(rest, line) || !read_request_line(line, out.view)) return false;
    Framing framing;
    for (;;) {
        if (!take_line(rest, line)) return false;
        if (line.empty()) break;
        if (!read_header(line, out.view, framing)) return false;
    }
    const std::size_t head = octets.size() - rest.size();
    if (head > header_limit || framing.hosts != 1 || framing.length > body_limit) return false;
    if (rest.size() < framing.length) return false;
    out.view.body = rest.substr(0, framing.length);
    out.size = head + framing.length;
    return true;
}

}  // namespace qrgate
