// Reads the body of a request strictly: one JSON object (or, where named, a form), known keys once each,
// right types. Faults collect; `finish` tells all of them as one bad_request whose `fields` name each key.
// Reading never throws. Pure; used on one thread while one request is handled.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

namespace qrgate {

class BodyReader {
public:
    // `{}` for an empty text. Refuses anything but one object: broken UTF-8, NUL (also escaped), lone
    // surrogates, duplicate keys at any depth, nesting over 8, trailing text.
    static BodyReader json(std::string_view body);
    // application/x-www-form-urlencoded; duplicate names are refused.
    static BodyReader form(std::string_view body);

    // Required; at most `limit` octets. Empty text when absent or wrong (and `finish` will say so).
    std::string text(std::string_view key, std::size_t limit = 256);
    std::optional<std::string> optional_text(std::string_view key, std::size_t limit = 256);
    // base64url without padding, of exactly `size` octets, or at most `limit` where size is 0.
    Bytes octets(std::string_view key, std::size_t size, std::size_t limit = 0);
    // Required whole number within [least, most]; `least` when absent or wrong.
    std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
    // Required true or false; false when absent or wrong.
    bool boolean(std::string_view key);
    // Required object; its members are the caller's to check.
    boost::json::object object(std::string_view key);

    // Required array of at most `most` elements, which are the caller's to check.
    boost::json::array array(std::string_view key, std::size_t most);

    // A rule of the caller's that a value broke.
    void fault(std::string_view key, std::string_view text);
    // Whether the body could be read at all and every asked key was fine, so far.
    bool ok() const noexcept;
    // bad_request when a fault was found or a member was never asked for, its own texts in `language`.
    std::optional<Problem> finish(Language language = Language::zh);

private:
    struct FaultText {
        std::string zh;
        std::string en;
    };
    BodyReader() = default;
    const boost::json::value* ask(std::string_view key);
    void add_fault(std::string_view key, std::string_view zh, std::string_view en);

    boost::json::object members_ = {};
    std::set<std::string, std::less<>> asked_ = {};
    std::map<std::string, FaultText, std::less<>> faults_ = {};
    bool readable_ = true;
};

}  // namespace qrgate
