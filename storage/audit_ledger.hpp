// The audit's chain in the database: rows are sealed, read in order, and let go when they are old. Beside
// Storage, because no login touches it: the sealer (server/audit_sealer), `qrgate audit` and nobody else.
// Every verb works on a leased connection of its own, takes no lock on audit rows and waits for no writer.
// Owned by App through Database; I/O thread. Errors: as storage.hpp.
#pragma once

#include <optional>
#include <vector>

#include "storage/audit_chain.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

struct SealRound {
    bool held_elsewhere = false;  // another process seals now: nothing was done
    // Both without their marks.
    std::optional<AuditSeal> made = {};    // by this call; none: nothing was ready
    std::optional<AuditSeal> newest = {};  // of the chain
    std::int64_t waiting = 0;              // rows behind it, counted up to waiting_counted
    std::optional<WallTime> oldest_waiting = {};
};

class AuditLedger {
public:
    template <class T>
    using Answer = Task<Result<T>>;
    static constexpr int waiting_counted = 10'000;

    virtual ~AuditLedger() = default;

    // One seal over at most `most` rows that are final: written by transactions older than any that runs.
    virtual Answer<SealRound> seal(Digest key, WallTime now, int most) = 0;
    // The last seal whose rows were let go; 0: none.
    virtual Answer<std::int64_t> start() = 0;
    // From `first` on, ascending.
    virtual Answer<std::vector<AuditSeal>> seals(std::int64_t first, int limit) = 0;
    // The newest made before this time; none: none.
    virtual Answer<std::optional<AuditSeal>> last_seal_before(WallTime at) = 0;
    // Behind `after`, up to and with `last`, in order; sealed or not.
    virtual Answer<std::vector<ChainRow>> rows(ChainPlace after, ChainPlace last, int limit) = 0;
    // Rows up to `place` that are still there.
    virtual Answer<std::int64_t> rows_up_to(ChainPlace place) = 0;
    // Lets the rows of at most `most` seals go that were made before this time. Answer: how many rows.
    virtual Answer<std::int64_t> retire(WallTime made_before, int most) = 0;
};

}  // namespace qrgate
