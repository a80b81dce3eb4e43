// The audit's chain over PostgreSQL. One sealer at a time by an advisory lock that ends with its transaction,
// so a process that dies in between leaves nothing to mend. Owned by Database; I/O thread; `database`
// outlives it. Interface and errors: storage/audit_ledger.hpp.
#pragma once

#include "storage/audit_ledger.hpp"
#include "storage/pg_database.hpp"
#include "storage/task.hpp"

namespace qrgate {

class PgAuditLedger final : public AuditLedger {
public:
    explicit PgAuditLedger(PgDatabase& database) : database_(database) {}

    // Before anything is written: after a restored dump rows go on behind those that are there. Answer:
    // whether something had to be done. seal() sees to it again. internal_error: the functions' owner may not
    // make them anew (`qrgate migrate` as the schema's owner may).
    Answer<bool> begin();

    Answer<SealRound> seal(Digest key, WallTime now, int most) override;
    Answer<std::int64_t> start() override;
    Answer<std::vector<AuditSeal>> seals(std::int64_t first, int limit) override;
    Answer<std::optional<AuditSeal>> last_seal_before(WallTime at) override;
    Answer<std::vector<ChainRow>> rows(ChainPlace after, ChainPlace last, int limit) override;
    Answer<std::int64_t> rows_up_to(ChainPlace place) override;
    Answer<std::int64_t> retire(WallTime made_before, int most) override;

private:
    Task<Result<PgRows>> run(PgStatement statement, PgValues values);

    PgDatabase& database_;
};

}  // namespace qrgate
