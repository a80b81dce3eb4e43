// What this node saw last of the audit's chain, outside the database: a cut-off tail is found against it
// (`qrgate audit verify`). A file of one line in the data folder: `SEAL DIGEST TIME`. Nothing secret is in
// it; copy it elsewhere as often as you like. Any thread; no owner. Errors: none: what cannot be read is not
// there, what cannot be written is written after the next seal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "protocol/bytes.hpp"
#include "protocol/time.hpp"

namespace qrgate {

struct AuditAnchor {
    std::int64_t seal = 0;
    Digest digest{};
    WallTime sealed_at{};
};

std::filesystem::path audit_anchor_file(const std::filesystem::path& data_folder);
std::optional<AuditAnchor> read_audit_anchor(const std::filesystem::path& file);
bool write_audit_anchor(const std::filesystem::path& file, const AuditAnchor& anchor);

}  // namespace qrgate
