// Ids of requests for logs and audit: 72 random bits each, drawn for many at a time. Owned by App; I/O
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"

namespace qrgate {

class RequestIds {
public:
    explicit RequestIds(Random& random) : random_(random) {}

    std::string next() {
        if (used_ == drawn_.size()) {
            random_.fill(drawn_);
            used_ = 0;
        }
        const auto id = std::span(drawn_).subspan(used_, size);
        used_ += size;
        return base64url(id);
    }

private:
    static constexpr std::size_t size = 9;
    Random& random_;
    std::array<std::uint8_t, size * 64> drawn_ = {};
    std::size_t used_ = size * 64;
};

}  // namespace qrgate
