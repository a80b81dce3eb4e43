// An import in memory.
#include "storage/import_row.hpp"
#include "storage/memory_storage.hpp"

namespace qrgate {

MemoryStorage::Answer<ImportReport> MemoryStorage::import_people(std::vector<NewPerson> batch, WallTime now) {
    if (!names_each_once(batch)) co_return Errc::bad_request;
    ImportReport report;
    for (const NewPerson& row : batch) {
        const auto known = co_await find_person(row.kind, row.identity_number);
        const std::string id = *known ? (*known)->id : row.id;
        ImportedRow& before = imported_[id];
        const std::string text = import_text(row);
        if (*known && before.text == text) {
            ++report.same;
            continue;
        }
        ++(*known ? report.changed : report.added);
        import_one(people_[id], before, row, now);
        people_[id].id = id;
        before.text = text;
        note({.event = "person_imported",
              .outcome = "ok",
              .person_id = id,
              .subject = (*known ? "changed level:" : "added level:") + std::to_string(people_[id].level) +
                         " " + people_[id].level_evidence},
             now, {});
    }
    co_return report;
}

void MemoryStorage::import_one(Person& person, ImportedRow& before, const NewPerson& row, WallTime now) {
    const bool fresh = person.id.empty();
    person.kind = row.kind;
    person.identity_number = row.identity_number;
    person.name = row.name;
    if (fresh || (person.phone == before.phone && !row.phone.empty())) {
        person.phone = row.phone;
        before.phone = row.phone;
    }
    const bool may_rise = person.level_evidence.starts_with(imported_level) && person.level < row.level;
    if (fresh || may_rise) {
        person.level = row.level;
        person.level_evidence = row.level_evidence;
        person.level_since = now;
        person.level_ends_at.reset();
    }
    const bool theirs = person.password_hash.empty() || person.password_hash.starts_with(imported_password);
    const bool another = !row.password_hash.empty() && row.password_hash != person.password_hash;
    if (fresh || (theirs && another)) {
        person.password_hash = row.password_hash;
        person.password_set_at = now;
    }
}

}  // namespace qrgate
