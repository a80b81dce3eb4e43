// Browsers and phones whose ticket was cancelled hear of it: whoever ends a person's rights (a new password,
// a lower level, a lock, a revoked certificate, the end of the phone's login) cancels the open tickets in its
// statement, here or on another node or in an operator's command. Told at once where it was done here
// (sessions_changed), else by the sweeper's next round, within about a second. Telling twice does nothing.
// I/O thread.
#pragma once

#include <cstddef>
#include <optional>
#include <set>

#include "protocol/bytes.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;

class CancelledTickets {
public:
    // `most`: so many that were not told yet are told in a look; the next look goes on from there.
    explicit CancelledTickets(std::size_t most = 5000) : most_(most) {}

    // Looks at what was cancelled since the last look, and a little before: clocks of nodes differ, and a row
    // is seen when its statement commits. Does nothing without a database; the next look covers that time
    // too.
    Task<void> look(Services& services);

private:
    std::size_t most_;
    std::optional<WallTime> looked_at_ = {};
    std::set<Digest> told_ = {};  // those within reach of the next look
};

// A look beside what is done now; after the commit. One at a time: who comes meanwhile is covered by one
// more.
void tell_of_cancelled_tickets(Services& services);

}  // namespace qrgate
