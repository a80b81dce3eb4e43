// Verbs of PgStorage that are declared and not written yet. Each goes as it is written; then this file goes.
#include "storage/pg_storage.hpp"

namespace qrgate {

PgStorage::Answer<std::string> PgStorage::register_person(NewPerson, CodeProof, WallTime, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::string> PgStorage::reset_password(CodeProof, std::string, WallTime, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<void> PgStorage::change_password(std::string, std::string, std::string, std::string,
                                                   WallTime, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<void> PgStorage::change_phone(std::string, std::string, std::string, std::vector<CodeProof>,
                                                std::string, WallTime, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<Preferences> PgStorage::preferences(std::string) {
    co_return Errc::internal_error;
}

PgStorage::Answer<void> PgStorage::set_preferences(std::string, Preferences, WallTime) {
    co_return Errc::internal_error;
}

PgStorage::Answer<ImportReport> PgStorage::import_people(std::vector<NewPerson>, WallTime) {
    co_return Errc::internal_error;
}

PgStorage::Answer<Session> PgStorage::open_session_by_code(CodeProof, NewSession, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::vector<LoginRecord>> PgStorage::list_logins(std::string, int, WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
