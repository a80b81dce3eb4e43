// Verbs that are declared and not written yet. This file goes when the last of them is.
#include "storage/storage.hpp"

namespace qrgate {

Storage::Answer<std::string> Storage::register_person(NewPerson, CodeProof, WallTime, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<std::string> Storage::reset_password(CodeProof, std::string, WallTime, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<void> Storage::change_password(std::string, std::string, std::string, std::string, WallTime,
                                               Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<void> Storage::change_phone(std::string, std::string, std::string, std::vector<CodeProof>,
                                            std::string, WallTime, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<Preferences> Storage::preferences(std::string) {
    co_return Errc::internal_error;
}

Storage::Answer<void> Storage::set_preferences(std::string, Preferences, WallTime) {
    co_return Errc::internal_error;
}

Storage::Answer<ImportReport> Storage::import_people(std::vector<NewPerson>, WallTime) {
    co_return Errc::internal_error;
}

Storage::Answer<Proofing> Storage::start_proofing(NewProofing, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<void> Storage::note_proofing_reference(std::string, std::string) {
    co_return Errc::internal_error;
}

Storage::Answer<std::optional<Proofing>> Storage::find_proofing(std::string) {
    co_return Errc::internal_error;
}

Storage::Answer<std::vector<Proofing>> Storage::list_open_proofings(WallTime, int) {
    co_return Errc::internal_error;
}

Storage::Answer<Proofing> Storage::decide_proofing(ProofingVerdict, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<std::optional<std::string>> Storage::certificate_permit(std::string, Digest, WallTime) {
    co_return Errc::internal_error;
}

Storage::Answer<int> Storage::expire_levels(WallTime, int) {
    co_return Errc::internal_error;
}

Storage::Answer<std::string> Storage::open_desk_case(DeskCase, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<std::optional<DeskCase>> Storage::find_desk_case(std::string) {
    co_return Errc::internal_error;
}

Storage::Answer<std::vector<DeskCase>> Storage::list_desk_cases(std::optional<DeskState>, int) {
    co_return Errc::internal_error;
}

Storage::Answer<DeskCase> Storage::decide_desk_case(DeskDecision, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<Session> Storage::open_session_by_code(CodeProof, NewSession, Trace) {
    co_return Errc::internal_error;
}

Storage::Answer<std::vector<LoginRecord>> Storage::list_logins(std::string, int, WallTime) {
    co_return Errc::internal_error;
}

Storage::Answer<std::vector<RevokedCertificate>> Storage::list_revoked_certificates(WallTime) {
    co_return Errc::internal_error;
}

}  // namespace qrgate
