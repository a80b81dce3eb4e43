// Whether the audit is as it was written: every seal hashed anew from the rows it covers, every MAC, the
// numbers without gaps, the start as retention left it, the end against what this node saw (audit.anchor).
// Finds rows that were changed, are missing, were put in or stand in another order, and names them. What it
// cannot find: a change within the second before a row was sealed, and rows cut off since the last anchor.
// Linear in the rows, a page at a time. Used by `qrgate audit verify`; I/O thread; errors: the ledger's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/error.hpp"
#include "server/audit_anchor.hpp"
#include "storage/audit_ledger.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct AuditCheck {
    Digest key{};
    std::optional<AuditAnchor> anchor = {};
    std::optional<WallTime> from = {};  // by the time of sealing
    std::optional<WallTime> to = {};
    WallTime now{};
};

struct AuditVerdict {
    std::int64_t seals = 0;
    std::int64_t rows = 0;
    std::int64_t unsealed = 0;  // behind the last seal
    std::optional<AuditSeal> first = {};
    std::optional<AuditSeal> last = {};
    std::vector<std::string> faults = {};  // one plain line each, at most faults_told
    std::int64_t fault_count = 0;

    static constexpr std::size_t faults_told = 50;
    bool right() const noexcept { return fault_count == 0; }
};

Task<Result<AuditVerdict>> check_audit(AuditLedger& ledger, AuditCheck check);

// Rows of the chain in order, a page read at a time.
class ChainReader {
public:
    ChainReader(AuditLedger& ledger, ChainPlace after) : ledger_(ledger), after_(after) {}
    // Rows up to here may be read: those of seals that are known. What is behind may still get company.
    void reach(ChainPlace bound) { bound_ = bound; }
    // none: no row up to and with `last`. The next call goes on behind it.
    Task<Result<std::optional<ChainRow>>> next(ChainPlace last);

private:
    AuditLedger& ledger_;
    ChainPlace after_;
    ChainPlace bound_ = {};
    std::vector<ChainRow> page_ = {};
    std::size_t at_ = 0;
};

}  // namespace qrgate
