#include "protocol/messages.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace qrgate {
namespace {

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 24> digits;
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_head(std::string& out, std::string_view type, std::uint64_t seq) {
    out.append(R"({"type":")").append(type).append(R"(","seq":)");
    append_number(out, seq);
}

// Ours is ASCII without quotes; an origin from the configuration may be anything.
void append_escaped(std::string& out, std::string_view text) {
    auto is_plain = [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; };
    if (std::ranges::all_of(text, is_plain)) {
        out.append(text);
        return;
    }
    std::string quoted = boost::json::serialize(boost::json::string(text));
    out.append(quoted, 1, quoted.size() - 2);
}

void append_frame(std::string& out, std::string_view type, std::uint64_t seq) {
    append_head(out, type, seq);
    out += '}';
}

}  // namespace

void append_code_frame(std::string& out, const CodeFrame& code) {
    append_head(out, "code", code.seq);
    out += R"(,"url":")";
    append_escaped(out, code.origin);
    out.append("/s/").append(code.token);
    out.append(R"(","token":")").append(code.token);
    out.append(R"(","short_code":")").append(code.short_code).append(1, '"');
    out += R"(,"expires_in":)";
    append_number(out, code.expires_in);
    out += '}';
}

void append_scanned_frame(std::string& out, std::uint64_t seq) {
    append_frame(out, "scanned", seq);
}

void append_confirmed_frame(std::string& out, std::uint64_t seq, bool needs_code) {
    append_head(out, "confirmed", seq);
    out += needs_code ? R"(,"needs_code":true})" : "}";
}

void append_denied_frame(std::string& out, std::uint64_t seq) {
    append_frame(out, "denied", seq);
}

void append_expired_frame(std::string& out, std::uint64_t seq) {
    append_frame(out, "expired", seq);
}

std::string error_body(const Problem& problem, Language language, const boost::json::object& beside) {
    boost::json::object error{{"code", info(problem.errc).code}, {"message", text(problem.errc, language)}};
    if (!problem.fields.empty()) {
        boost::json::object fields;
        for (const auto& [key, why] : problem.fields)
            fields.emplace(key, why);
        error.emplace("fields", std::move(fields));
    }
    if (problem.retry_after) error.emplace("retry_after", problem.retry_after->count());

    boost::json::object body;
    body.emplace("error", std::move(error));
    for (const auto& member : beside)
        body.insert(member);
    return boost::json::serialize(body);
}

boost::json::object person_body(std::string_view id, PersonKind kind, std::string_view name, int level) {
    return {{"id", id}, {"kind", name_of(kind)}, {"name_masked", masked_name(kind, name)}, {"level", level}};
}

}  // namespace qrgate
