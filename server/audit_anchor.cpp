#include "server/audit_anchor.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace qrgate {

std::filesystem::path audit_anchor_file(const std::filesystem::path& data_folder) {
    return data_folder / "audit.anchor";
}

std::optional<AuditAnchor> read_audit_anchor(const std::filesystem::path& file) {
    std::ifstream in(file);
    AuditAnchor anchor;
    std::string digest;
    std::string time;
    if (!(in >> anchor.seal >> digest >> time) || anchor.seal <= 0) return std::nullopt;
    const auto octets = from_hex(digest);
    const auto sealed_at = parse_time(time);
    if (!octets || octets->size() != anchor.digest.size() || !sealed_at) return std::nullopt;
    std::ranges::copy(*octets, anchor.digest.begin());
    anchor.sealed_at = *sealed_at;
    return anchor;
}

bool write_audit_anchor(const std::filesystem::path& file, const AuditAnchor& anchor) {
    const std::filesystem::path fresh = file.string() + ".new";
    {
        std::ofstream out(fresh, std::ios::trunc);
        out << anchor.seal << ' ' << hex(anchor.digest) << ' ' << format_time(anchor.sealed_at) << '\n';
        if (!out.flush()) return false;
    }
    std::error_code error;
    std::filesystem::rename(fresh, file, error);
    return !error;
}

}  // namespace qrgate
