// Verbs of MemoryStorage that are declared and not written yet. Each goes as it is written; then this file
// goes.
#include "storage/memory_storage.hpp"

namespace qrgate {

MemoryStorage::Answer<std::string> MemoryStorage::register_person(NewPerson, CodeProof, WallTime, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::string> MemoryStorage::reset_password(CodeProof, std::string, WallTime, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<void> MemoryStorage::change_password(std::string, std::string, std::string, std::string,
                                                           WallTime, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<void> MemoryStorage::change_phone(std::string, std::string, std::string,
                                                        std::vector<CodeProof>, std::string, WallTime,
                                                        Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<Preferences> MemoryStorage::preferences(std::string) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<void> MemoryStorage::set_preferences(std::string, Preferences, WallTime) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<ImportReport> MemoryStorage::import_people(std::vector<NewPerson>, WallTime) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<Session> MemoryStorage::open_session_by_code(CodeProof, NewSession, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::vector<LoginRecord>> MemoryStorage::list_logins(std::string, int, WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
