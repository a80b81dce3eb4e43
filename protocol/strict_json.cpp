#include "protocol/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "protocol/bytes.hpp"

namespace qrgate {
namespace {

// Builds the value as Boost.JSON's parser does, and knows the keys of every object that is open.
class StrictHandler {
public:
    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;
    static constexpr std::size_t max_object_size = 256;
    static constexpr std::size_t max_array_size = 256;
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

    bool on_document_begin(error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& ec) {
        keys_.emplace_back();
        return deeper(ec);
    }
    bool on_object_end(std::size_t size, error_code&) {
        keys_.pop_back();
        --depth_;
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(error_code& ec) { return deeper(ec); }
    bool on_array_end(std::size_t size, error_code&) {
        --depth_;
        stack_.push_array(size);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        key_.append(part.data(), part.size());
        stack_.push_key(key_);
        const bool fine = has_no_nul(key_) && keys_.back().insert(std::move(key_)).second;
        key_.clear();
        return fine || refuse(ec);
    }
    bool on_string_part(string_view part, std::size_t, error_code&) {
        string_.append(part.data(), part.size());
        return true;
    }
    bool on_string(string_view part, std::size_t, error_code& ec) {
        string_.append(part.data(), part.size());
        stack_.push_string(string_);
        const bool fine = has_no_nul(string_);
        string_.clear();
        return fine || refuse(ec);
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, string_view, error_code& ec) {
        stack_.push_double(number);
        return std::isfinite(number) || refuse(ec);
    }
    bool on_bool(bool truth, error_code&) {
        stack_.push_bool(truth);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    boost::json::value release() { return stack_.release(); }

private:
    static bool refuse(error_code& ec) {
        ec = boost::json::error::syntax;
        return false;
    }
    static bool has_no_nul(std::string_view text) { return text.find('\0') == std::string_view::npos; }
    bool deeper(error_code& ec) { return ++depth_ <= deepest_json || refuse(ec); }

    boost::json::value_stack stack_;
    std::vector<std::set<std::string>> keys_;
    std::size_t depth_ = 0;
    std::string key_;
    std::string string_;
};

}  // namespace

std::optional<boost::json::object> parse_strict_object(std::string_view text) {
    if (!is_clean_utf8(text)) return {};
    boost::json::basic_parser<StrictHandler> parser{boost::json::parse_options{}};
    boost::json::error_code ec;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
    if (ec || used != text.size()) return {};
    auto value = parser.handler().release();
    if (auto* object = value.if_object()) return std::move(*object);
    return {};
}

}  // namespace qrgate
