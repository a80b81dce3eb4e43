// What both storages know of an import's rows. The rules are those of docs/operating.md ("Import"): a
// password is replaced only while the stored one is an import's (marked `legacy:`) or none; a phone only
// while it is the one an import brought; a level only rises, and only while its evidence is an import's.
// Private to pg_import.cpp and memory_import.cpp. Pure.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/records.hpp"

namespace qrgate {

inline constexpr std::string_view imported_password = "legacy:";
inline constexpr std::string_view imported_level = "import:";

// Everything a row says, so that no two different rows read the same.
inline std::string import_text(const NewPerson& it) {
    std::string out;
    for (const std::string& part : {it.identity_number, it.name, it.phone, std::to_string(it.level),
                                    it.level_evidence, it.password_hash}) {
        out += std::to_string(part.size()) + ':' + part;
    }
    return out;
}

// A batch names everybody once; the importer sees to it.
inline bool names_each_once(const std::vector<NewPerson>& batch) {
    std::set<std::pair<PersonKind, std::string_view>> seen;
    for (const NewPerson& it : batch)
        if (!seen.emplace(it.kind, it.identity_number).second) return false;
    return true;
}

}  // namespace qrgate
