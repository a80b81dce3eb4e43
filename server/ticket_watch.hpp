// Who waits for news: phones for what becomes of a ticket (GET …/tickets/{token}?wait=25), pages for the end
// of their session (server/session_watch.hpp). A key is a digest of what is watched. Waiters are bounded, in
// all and for each key; a full watch answers at once, which only makes the asker ask again. I/O thread; owned
// by App.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "protocol/bytes.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

class TicketWatch {
public:
    TicketWatch(Executor executor, std::size_t limit) : executor_(std::move(executor)), limit_(limit) {}

    // Returns when what is watched changed, after `at_most` (real time), or at once when the watch is full or
    // stopped.
    Task<void> wait(Digest key, std::chrono::seconds at_most);
    void changed(const Digest& key);  // after the commit that changed it
    // It is not known what: everybody looks again.
    void anything_changed();
    void stop();

    // One look in storage at what was cancelled, and one more for all who wanted one meanwhile. begins_look:
    // false when one is on its way; ends_look: true when the looker has to look once more.
    bool begins_look() noexcept;
    bool ends_look() noexcept;

    // Moves with every change: who read from storage before this moved may have read what is over.
    std::uint64_t changes() const noexcept { return changes_; }
    std::size_t waiting() const noexcept { return waiters_.size(); }

private:
    using Waiters = std::multimap<Digest, std::shared_ptr<Timer>>;
    Executor executor_;
    std::size_t limit_;
    std::uint64_t changes_ = 0;
    bool stopped_ = false;
    bool looks_ = false;
    bool looks_again_ = false;
    Waiters waiters_ = {};
};

}  // namespace qrgate
