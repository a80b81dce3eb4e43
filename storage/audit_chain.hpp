// The audit's chain as values and octets: rows in their order, the seals that cover them, and how both are
// hashed. The same octets are made in SQL (schema/0012_audit_chain.sql) where rows are sealed; here they are
// made again where they are checked. docs/operating.md, "Audit", says them for others.
// SHA-256 chains, so that anybody can check an export without a key; HMAC-SHA-256 with the key file `audit`
// beside it, so that nobody who only has the database can make a chain anew. Pure; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "storage/records.hpp"

namespace qrgate {

// Where a row stands: rows are chained in this order.
struct ChainPlace {
    std::int64_t position = -1;  // its transaction's
    std::int64_t number = -1;
    auto operator<=>(const ChainPlace&) const = default;
};
inline constexpr ChainPlace end_of_chain{std::numeric_limits<std::int64_t>::max(),
                                         std::numeric_limits<std::int64_t>::max()};

struct ChainRow {
    ChainPlace place = {};
    AuditRow row = {};
    bool after_failure = false;  // the person's login before it was refused (only where it is a login)
};

// Covers the rows behind the seal before it, up to and with `last`.
struct AuditSeal {
    std::int64_t seal = 0;  // counted from 1, without gaps
    std::int64_t rows = 0;
    ChainPlace last = {};
    WallTime sealed_at{};
    Bytes marks = {};  // 16 octets a row: its number and half of its digest, to say which one was changed
    Digest digest{};
    Digest mac{};
};

// SHA-256 of the row's fields as netstrings (`length:octets,`; none: `-1:,`).
Digest row_digest(const ChainRow& row);
Bytes row_mark(const ChainRow& row, const Digest& digest);
// SHA-256 of: the digest of the seal before (32 zeros before the first), seal, rows, last place and time as
// netstrings, the digests of the rows.
Digest seal_digest(const Digest& before, const AuditSeal& seal, std::span<const Digest> rows);
// Of the same netstrings and the digest: so a seal speaks for itself when its rows are gone.
Digest seal_mac(const Digest& key, const AuditSeal& seal);

std::string netstring(std::string_view field);

}  // namespace qrgate
