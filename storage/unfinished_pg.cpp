// Verbs of PgStorage that are declared and not written yet. Each goes as it is written; then this file goes.
#include "storage/pg_storage.hpp"

namespace qrgate {

PgStorage::Answer<ImportReport> PgStorage::import_people(std::vector<NewPerson>, WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
