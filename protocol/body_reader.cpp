#include "protocol/body_reader.hpp"

#include <boost/json/value.hpp>
#include <utility>

#include "protocol/strict_json.hpp"

namespace qrgate {
namespace {

// More than this many unknown keys, or longer ones, are refused without being named.
constexpr std::size_t most_unknown_named = 8;
constexpr std::size_t longest_named = 64;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> form_decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return {};
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return {};
            plain += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            plain += text[i] == '+' ? ' ' : text[i];
        }
    }
    if (!is_clean_utf8(plain)) return {};
    return plain;
}

// nullopt when a pair cannot be read or a name comes twice.
std::optional<boost::json::object> form_members(std::string_view body) {
    boost::json::object members;
    while (!body.empty()) {
        const auto end = std::min(body.find('&'), body.size());
        const auto pair = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = form_decoded(pair.substr(0, equals));
        const auto value = form_decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value || !members.emplace(*name, *value).second) return {};
    }
    return members;
}

}  // namespace

BodyReader BodyReader::json(std::string_view body) {
    BodyReader reader;
    if (body.empty()) return reader;
    auto members = parse_strict_object(body);
    reader.readable_ = members.has_value();
    if (members) reader.members_ = std::move(*members);
    return reader;
}

BodyReader BodyReader::form(std::string_view body) {
    BodyReader reader;
    auto members = form_members(body);
    reader.readable_ = members.has_value();
    if (members) reader.members_ = std::move(*members);
    return reader;
}

std::string BodyReader::text(std::string_view key, std::size_t limit) {
    auto value = optional_text(key, limit);
    if (value) return std::move(*value);
    if (!faults_.contains(key)) add_fault(key, "请填写此项。", "Please fill this in.");
    return {};
}

std::optional<std::string> BodyReader::optional_text(std::string_view key, std::size_t limit) {
    const auto* value = ask(key);
    if (value == nullptr) return {};
    const auto* string = value->if_string();
    if (string == nullptr) {
        add_fault(key, "此项应为文字。", "This must be text.");
        return {};
    }
    if (string->size() > limit) {
        add_fault(key, "此项内容太长。", "This is too long.");
        return {};
    }
    return std::string(string->data(), string->size());
}

Bytes BodyReader::octets(std::string_view key, std::size_t size, std::size_t limit) {
    const std::size_t most = size != 0 ? size : limit;
    const std::string spelled = text(key, (most * 4 + 2) / 3);
    if (faults_.contains(key) || !readable_) return {};
    auto bytes = from_base64url(spelled);
    if (bytes && (size != 0 ? bytes->size() == size : bytes->size() <= limit)) return std::move(*bytes);
    add_fault(key, "此项格式不正确。", "This is not in the right format.");
    return {};
}

bool BodyReader::boolean(std::string_view key) {
    const auto* value = ask(key);
    if (value != nullptr && value->is_bool()) return value->get_bool();
    add_fault(key, "此项应为 true 或 false。", "This must be true or false.");
    return false;
}

std::int64_t BodyReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
    const auto* value = ask(key);
    if (value == nullptr) {
        add_fault(key, "请填写此项。", "Please fill this in.");
        return least;
    }
    const auto* number = value->if_int64();
    if (number != nullptr && *number >= least && *number <= most) return *number;
    add_fault(key, "此项应为允许范围内的整数。", "This must be a whole number within its range.");
    return least;
}

boost::json::object BodyReader::object(std::string_view key) {
    const auto* value = ask(key);
    if (value == nullptr) {
        add_fault(key, "请填写此项。", "Please fill this in.");
        return {};
    }
    if (const auto* object = value->if_object()) return *object;
    add_fault(key, "此项格式不正确。", "This is not in the right format.");
    return {};
}

boost::json::array BodyReader::array(std::string_view key, std::size_t most) {
    const auto* value = ask(key);
    if (value == nullptr) {
        add_fault(key, "请填写此项。", "Please fill this in.");
        return {};
    }
    const auto* array = value->if_array();
    if (array != nullptr && array->size() <= most) return *array;
    add_fault(key, "此项格式不正确。", "This is not in the right format.");
    return {};
}

void BodyReader::fault(std::string_view key, std::string_view text) {
    add_fault(key, text, text);
}

bool BodyReader::ok() const noexcept {
    return readable_ && faults_.empty();
}

std::optional<Problem> BodyReader::finish(Language language) {
    if (!readable_) return Problem(Errc::bad_request);
    bool unknown = false;
    std::size_t named = 0;
    for (const auto& member : members_) {
        const std::string_view key(member.key().data(), member.key().size());
        if (asked_.contains(key)) continue;
        unknown = true;
        if (key.size() <= longest_named && named++ < most_unknown_named)
            add_fault(key, "不认识此项，请去掉。", "This is not known here. Please leave it out.");
    }
    if (faults_.empty() && !unknown) return {};
    std::map<std::string, std::string> fields;
    for (const auto& [key, why] : faults_)
        fields.emplace(key, language == Language::en ? why.en : why.zh);
    return Problem(Errc::bad_request, std::move(fields));
}

const boost::json::value* BodyReader::ask(std::string_view key) {
    asked_.emplace(key);
    return members_.if_contains(key);
}

void BodyReader::add_fault(std::string_view key, std::string_view zh, std::string_view en) {
    faults_.try_emplace(std::string(key), FaultText{.zh = std::string(zh), .en = std::string(en)});
}

}  // namespace qrgate
