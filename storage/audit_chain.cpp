#include "storage/audit_chain.hpp"

namespace qrgate {

namespace {

std::string microseconds(WallTime at) {
    return std::to_string(at.time_since_epoch().count());
}

std::string header_of(const AuditSeal& seal) {
    return netstring(std::to_string(seal.seal)) + netstring(std::to_string(seal.rows)) +
           netstring(std::to_string(seal.last.position)) + netstring(std::to_string(seal.last.number)) +
           netstring(microseconds(seal.sealed_at));
}

}  // namespace

std::string netstring(std::string_view field) {
    std::string out = std::to_string(field.size());
    out += ':';
    out += field;
    out += ',';
    return out;
}

Digest row_digest(const ChainRow& it) {
    const AuditEvent& event = it.row.event;
    std::string octets = netstring(std::to_string(it.place.position));
    octets += netstring(std::to_string(it.place.number));
    octets += netstring(event.event);
    octets += netstring(event.outcome);
    octets += event.person_id ? netstring(*event.person_id) : "-1:,";
    for (std::string_view field :
         {std::string_view(event.method), std::string_view(event.subject),
          std::string_view(it.row.trace.address), std::string_view(it.row.trace.request_id)})
        octets += netstring(field);
    octets += netstring(microseconds(event.at));
    return sha256(as_bytes(octets));
}

Bytes row_mark(const ChainRow& row, const Digest& digest) {
    Bytes mark;
    const auto number = static_cast<std::uint64_t>(row.place.number);
    for (int shift = 56; shift >= 0; shift -= 8)
        mark.push_back(static_cast<std::uint8_t>(number >> shift));
    mark.insert(mark.end(), digest.begin(), digest.begin() + 8);
    return mark;
}

Digest seal_digest(const Digest& before, const AuditSeal& seal, std::span<const Digest> rows) {
    Bytes octets(before.begin(), before.end());
    const std::string header = header_of(seal);
    octets.insert(octets.end(), header.begin(), header.end());
    for (const Digest& row : rows)
        octets.insert(octets.end(), row.begin(), row.end());
    return sha256(octets);
}

Digest seal_mac(const Digest& key, const AuditSeal& seal) {
    const std::string header = header_of(seal);
    Bytes octets(header.begin(), header.end());
    octets.insert(octets.end(), seal.digest.begin(), seal.digest.end());
    return hmac_sha256(key, octets);
}

}  // namespace qrgate
