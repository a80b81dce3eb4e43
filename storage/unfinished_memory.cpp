// Verbs of MemoryStorage that are declared and not written yet. Each goes as it is written; then this file
// goes.
#include "storage/memory_storage.hpp"

namespace qrgate {

MemoryStorage::Answer<ImportReport> MemoryStorage::import_people(std::vector<NewPerson>, WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
