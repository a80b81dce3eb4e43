// Chains the audit: once a second it has the rows that are final sealed, and once an hour it lets old ones
// go. One process of an installation seals at a time (the ledger's lock); the others stand by and try each
// second. One task of App's; I/O thread. Bounded: so many rows a seal, so many seals a round. The one
// invariant: no writer of audit rows ever waits for it, and when it fails or stops, sealing is late and
// nothing else.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class AuditLedger;
class Clock;
class Log;
class Metrics;
struct AuditSeal;
struct SealRound;

struct AuditSealerOptions {
    Digest key{};                            // Keys::audit
    std::filesystem::path anchor_file = {};  // empty: none is kept
    std::chrono::days keep{365};
};

class AuditSealer {
public:
    AuditSealer(const Executor& executor, AuditLedger& ledger, const Clock& clock, Log& log, Metrics& metrics,
                AuditSealerOptions options);
    ~AuditSealer();

    Task<void> run();  // until stop(); seals once more before it ends
    void stop();
    // One round, as run() makes them each second.
    Task<void> round();

private:
    Task<void> seal_what_is_ready();
    Task<void> retire_sometimes();
    void compare_with_anchor(const SealRound& round);
    void tell(const AuditSeal& made);
    void note_failure(std::optional<Errc> failure);

    AuditLedger& ledger_;
    const Clock& clock_;
    Log& log_;
    Metrics& metrics_;
    AuditSealerOptions options_;
    Timer bell_;
    bool stopped_ = false;
    bool failing_ = false;
    bool compared_ = false;
    bool anchor_is_ahead_ = false;  // then it is evidence, and stays as it is
    WallTime next_retirement_{};
    WallTime next_line_{};
    std::int64_t rows_since_line_ = 0;
};

}  // namespace qrgate
