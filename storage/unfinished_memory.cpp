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

MemoryStorage::Answer<Proofing> MemoryStorage::start_proofing(NewProofing, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<void> MemoryStorage::note_proofing_reference(std::string, std::string) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::optional<Proofing>> MemoryStorage::find_proofing(std::string) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::vector<Proofing>> MemoryStorage::list_open_proofings(WallTime, int) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<Proofing> MemoryStorage::decide_proofing(ProofingVerdict, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::optional<std::string>> MemoryStorage::certificate_permit(std::string, Digest,
                                                                                    WallTime) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<int> MemoryStorage::expire_levels(WallTime, int) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::string> MemoryStorage::open_desk_case(DeskCase, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::optional<DeskCase>> MemoryStorage::find_desk_case(std::string) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::vector<DeskCase>> MemoryStorage::list_desk_cases(std::optional<DeskState>, int) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<DeskCase> MemoryStorage::decide_desk_case(DeskDecision, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<Session> MemoryStorage::open_session_by_code(CodeProof, NewSession, Trace) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::vector<LoginRecord>> MemoryStorage::list_logins(std::string, int, WallTime) {
    co_return Errc::internal_error;
}

MemoryStorage::Answer<std::vector<RevokedCertificate>> MemoryStorage::list_revoked_certificates(WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
