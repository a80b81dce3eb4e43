// The text form of an array parameter (text[], bytea[] and what is cast from them). Private to pg_*.cpp.
#pragma once

#include <string>
#include <string_view>

#include "storage/pg_database.hpp"

namespace qrgate {

// Grows by elements.
class PgArray {
public:
    void null() { begin() += "NULL"; }
    void plain(std::string_view word) { begin() += word; }
    void text(std::string_view value) {
        std::string& out = begin();
        out += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    void octets(ByteView value) {
        std::string& out = begin();
        out += R"("\\x)";
        out += hex(value);
        out += '"';
    }
    PgValue value() && { return pg(std::move(out_) + "}"); }

private:
    std::string& begin() {
        if (out_.size() > 1) out_ += ',';
        return out_;
    }
    std::string out_ = "{";
};

}  // namespace qrgate
