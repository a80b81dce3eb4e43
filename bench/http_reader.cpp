#include "bench/http_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace qrgate::bench {
namespace {

constexpr std::size_t longest_head = std::size_t{32} * 1024;
constexpr std::size_t longest_body = std::size_t{16} * 1024 * 1024;

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::size_t> number(std::string_view text, int base) {
    std::size_t value = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end != text.data() + text.size() || value > longest_body)
        return std::nullopt;
    return value;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

}  // namespace

bool same_header_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

void HttpReader::reset() {
    *this = HttpReader{};
}

bool HttpReader::header_is(std::string_view name, std::string_view value) const {
    return std::ranges::any_of(headers_, [&](const auto& header) {
        return same_header_name(header.first, name) && same_header_name(header.second, value);
    });
}

HttpReader::State HttpReader::end() noexcept {
    if (state_ == State::more) state_ = part_ == Part::body_to_the_end ? State::whole : State::broken;
    return state_;
}

std::size_t HttpReader::put(std::string_view octets) {
    const std::size_t given = octets.size();
    while (state_ == State::more && !octets.empty()) {
        if (part_ == Part::body || part_ == Part::chunk || part_ == Part::body_to_the_end) {
            std::size_t take =
                part_ == Part::body_to_the_end ? octets.size() : std::min(left_, octets.size());
            body_.append(octets.substr(0, take));
            octets.remove_prefix(take);
            left_ -= part_ == Part::body_to_the_end ? 0 : take;
            if (body_.size() > longest_body) fail();
            if (left_ == 0 && part_ == Part::body) state_ = State::whole;
            if (left_ == 0 && part_ == Part::chunk) part_ = Part::chunk_end;
            continue;
        }
        // Text ends by a line (chunked form) or by an empty one (head).
        std::size_t eol = octets.find('\n');
        std::size_t take = eol == std::string_view::npos ? octets.size() : eol + 1;
        text_.append(octets.substr(0, take));
        octets.remove_prefix(take);
        if (text_.size() > longest_head) fail();
        if (eol == std::string_view::npos || state_ == State::broken) continue;
        if (part_ != Part::head)
            line_is_whole();
        else if (text_.ends_with("\r\n\r\n"))
            head_is_whole();
    }
    return given - octets.size();
}

void HttpReader::head_is_whole() {
    std::string head = std::exchange(text_, {});
    std::string_view rest = head;
    auto line = [&rest] {
        std::size_t end = rest.find("\r\n");
        std::string_view found = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        return found;
    };
    std::string_view first = line();
    auto status = first.size() >= 12 ? number(first.substr(9, 3), 10) : std::nullopt;
    if (!first.starts_with("HTTP/1.") || !status || *status < 100) return fail();
    status_ = static_cast<int>(*status);
    for (std::string_view field = line(); !field.empty(); field = line()) {
        std::size_t colon = field.find(':');
        if (colon == std::string_view::npos || colon == 0) return fail();
        headers_.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
    }
    keep_alive_ = first.starts_with("HTTP/1.1") ? !header_is("connection", "close")
                                                : header_is("connection", "keep-alive");
    if (status_ < 200 || status_ == 204 || status_ == 304) {
        state_ = State::whole;
        return;
    }
    if (header_is("transfer-encoding", "chunked")) {
        part_ = Part::chunk_size;
        return;
    }
    for (const auto& [name, value] : headers_) {
        if (!same_header_name(name, "content-length")) continue;
        auto length = number(value, 10);
        if (!length) return fail();
        left_ = *length;
        part_ = Part::body;
        if (left_ == 0) state_ = State::whole;
        return;
    }
    part_ = Part::body_to_the_end;
    keep_alive_ = false;
}

void HttpReader::line_is_whole() {
    std::string line = std::exchange(text_, {});
    if (!line.ends_with("\r\n")) return fail();
    line.resize(line.size() - 2);
    if (part_ == Part::chunk_end) {
        if (!line.empty()) return fail();
        part_ = Part::chunk_size;
    } else if (part_ == Part::trailer) {
        if (line.empty()) state_ = State::whole;
    } else {
        auto size = number(trimmed(std::string_view(line).substr(0, line.find(';'))), 16);
        if (!size) return fail();
        left_ = *size;
        part_ = left_ == 0 ? Part::trailer : Part::chunk;
    }
}

}  // namespace qrgate::bench
