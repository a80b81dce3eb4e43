// Wipes what was read into a buffer that is used again, at the end of the scope that reads from it.
#pragma once

#include <cstdint>
#include <span>

#include "protocol/bytes.hpp"

namespace qrgate {

class WipedAfter {
public:
    explicit WipedAfter(std::span<char> read) : read_(read) {}
    ~WipedAfter() { wipe({reinterpret_cast<std::uint8_t*>(read_.data()), read_.size()}); }
    WipedAfter(const WipedAfter&) = delete;
    WipedAfter& operator=(const WipedAfter&) = delete;

private:
    std::span<char> read_;
};

}  // namespace qrgate
