// The audit for others: rows in the chain's order, each seal behind the rows it covers, as JSON lines or CSV.
// Enough is in it to hash the chain again without us (docs/operating.md, "Audit"). Streams: a page is in
// memory at a time. Never a secret: what audit rows hold. I/O thread; errors: the ledger's, and
// internal_error where the file could not be written.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>

#include "storage/audit_ledger.hpp"
#include "storage/task.hpp"

namespace qrgate {

enum class AuditFormat : std::uint8_t { jsonl, csv };

struct AuditExport {
    AuditFormat format = AuditFormat::jsonl;
    std::optional<WallTime> from = {};  // by the time of sealing
    std::optional<WallTime> to = {};
    std::FILE* out = nullptr;
};

// How many rows.
Task<Result<std::int64_t>> export_audit(AuditLedger& ledger, AuditExport order);

}  // namespace qrgate
