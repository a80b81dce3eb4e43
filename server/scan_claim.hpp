// One scan's claim on a seat, for as long as its INSERT runs: while it lives, other phones get ticket_taken;
// when it dies without keep(), the seat is free again (a refused or failed scan claims nothing). Owned by the
// scanning handler.
#pragma once

#include <string>
#include <utility>

#include "server/waiting_room.hpp"

namespace qrgate {

class ScanClaim {
public:
    // ticket_expired, ticket_taken.
    static Result<ScanClaim> of(WaitingRoom& room, std::string_view token) {
        auto waiting = room.claim(token);
        if (!waiting) return waiting.error();
        return ScanClaim(room, std::move(*waiting));
    }
    ScanClaim(ScanClaim&& other) noexcept
        : room_(std::exchange(other.room_, nullptr)), waiting_(std::move(other.waiting_)) {}
    ScanClaim& operator=(ScanClaim&&) = delete;
    ~ScanClaim() {
        if (room_) room_->release(waiting_.token);
    }

    const WaitingRoom::Waiting& waiting() const noexcept { return waiting_; }
    void keep() noexcept { room_ = nullptr; }

private:
    ScanClaim(WaitingRoom& room, WaitingRoom::Waiting waiting) : room_(&room), waiting_(std::move(waiting)) {}

    WaitingRoom* room_;
    WaitingRoom::Waiting waiting_;
};

}  // namespace qrgate
