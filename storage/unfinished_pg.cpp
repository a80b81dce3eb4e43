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

PgStorage::Answer<Proofing> PgStorage::start_proofing(NewProofing, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<void> PgStorage::note_proofing_reference(std::string, std::string) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::optional<Proofing>> PgStorage::find_proofing(std::string) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::vector<Proofing>> PgStorage::list_open_proofings(WallTime, int) {
    co_return Errc::internal_error;
}

PgStorage::Answer<Proofing> PgStorage::decide_proofing(ProofingVerdict, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::optional<std::string>> PgStorage::certificate_permit(std::string, Digest, WallTime) {
    co_return Errc::internal_error;
}

PgStorage::Answer<int> PgStorage::expire_levels(WallTime, int) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::string> PgStorage::open_desk_case(DeskCase, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::optional<DeskCase>> PgStorage::find_desk_case(std::string) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::vector<DeskCase>> PgStorage::list_desk_cases(std::optional<DeskState>, int) {
    co_return Errc::internal_error;
}

PgStorage::Answer<DeskCase> PgStorage::decide_desk_case(DeskDecision, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<Session> PgStorage::open_session_by_code(CodeProof, NewSession, Trace) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::vector<LoginRecord>> PgStorage::list_logins(std::string, int, WallTime) {
    co_return Errc::internal_error;
}

PgStorage::Answer<std::vector<RevokedCertificate>> PgStorage::list_revoked_certificates(WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
