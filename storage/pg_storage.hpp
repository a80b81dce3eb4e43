// Storage over PostgreSQL: one named statement per verb, each a guarded step that re-checks everything,
// writes its audit row and tells which refusal it was. Owned by App; I/O thread; `database` and `sealer`
// outlive it. Nearly everything goes by submit() (one statement, safe to re-run alone). Verbs that
// must see what committed while they waited for the person's row lease a connection and hold that row:
// set_person_state, everything that changes a level, proofings and desk decisions, add_certificate. A
// statement that lost a race for a new row answers `again` or conflict and is run again, a few times at most.
#pragma once

#include "storage/pg_database.hpp"
#include "storage/sealed_field.hpp"
#include "storage/storage.hpp"

namespace qrgate {

class PgStorage final : public Storage {
public:
    PgStorage(PgDatabase& database, const FieldSealer& sealer) : database_(database), sealer_(sealer) {}

    Answer<void> ready() override;

    Answer<std::optional<Person>> find_person(PersonKind kind, std::string identity_number) override;
    Answer<std::optional<Person>> find_person_by_id(std::string id) override;
    Answer<std::vector<Person>> find_people_by_phone(PersonKind kind, std::string phone) override;
    Answer<std::string> put_person(NewPerson person, WallTime now) override;
    Answer<void> set_person_state(std::string id, PersonState state, WallTime now, Trace trace) override;
    Answer<void> set_person_level(std::string id, int level, std::string evidence, WallTime now,
                                  Trace trace) override;
    Answer<void> set_password_hash(std::string id, std::string old_hash, std::string new_hash,
                                   WallTime now) override;

    Answer<std::optional<BudgetRefusal>> spend(std::vector<Charge> charges, WallTime now) override;
    Answer<void> forget_budgets(std::vector<Digest> keys) override;
    Answer<void> forget_all_budgets() override;

    Answer<Session> open_session(std::string person_id, std::optional<std::string> password_hash,
                                 NewSession session, Trace trace) override;
    Answer<std::optional<Session>> use_session(Digest token_hash, SessionKind kind, WallTime now) override;
    Answer<std::optional<Session>> find_session(Digest token_hash, SessionKind kind, WallTime now) override;
    Answer<std::vector<std::optional<Session>>> find_sessions(std::vector<Digest> token_hashes,
                                                              SessionKind kind, WallTime now) override;
    Answer<std::vector<Session>> list_sessions(std::string person_id, SessionKind kind,
                                               WallTime now) override;
    Answer<int> expire_sessions(WallTime now, int limit) override;
    Answer<bool> note_ended_session(Digest token_hash, SessionKind kind, WallTime now, Trace trace) override;
    Answer<bool> end_session(std::string person_id, std::string session_id, std::string reason, WallTime now,
                             Trace trace) override;
    Answer<bool> renew_session(Digest old_hash, Digest new_hash, WallTime now) override;
    Answer<bool> end_session_by_operator(std::string session_id, WallTime now, Trace trace) override;
    Answer<int> end_other_sessions(std::string person_id, std::string keep, int newest, std::string reason,
                                   WallTime now, Trace trace) override;

    Answer<void> put_code(NewCode code, Trace trace) override;
    Answer<std::string> check_code(CodePurpose purpose, Digest holder_hash, Digest code_hash,
                                   WallTime now) override;

    Answer<Certificate> add_certificate(NewCertificate certificate, Digest code_holder_hash, WallTime now,
                                        Trace trace) override;
    Answer<std::vector<Certificate>> list_certificates(std::string person_id) override;
    Answer<std::optional<Certificate>> find_certificate(std::string serial) override;
    Answer<void> revoke_certificate(std::string serial, std::optional<std::string> person_id,
                                    std::string reason, WallTime now, Trace trace,
                                    std::string keep_session = {}) override;
    Answer<Unlock> try_unlock(std::string serial, std::string person_id, Digest device_hash,
                              Digest verifier_hash, WallTime now, Trace trace) override;

    Answer<Resume> resume(Digest pre_session_hash, WallTime now) override;
    Answer<Ticket> scan_ticket(NewScan scan, Trace trace) override;
    Answer<std::optional<Ticket>> find_ticket(Digest token_hash) override;
    Answer<Ticket> confirm_ticket(Confirmation confirmation, Trace trace) override;
    Answer<Ticket> count_wrong_signature(Digest token_hash, std::string person_id, WallTime now,
                                         Trace trace) override;
    Answer<Ticket> deny_ticket(Digest token_hash, std::string person_id, std::string phone_session_id,
                               WallTime now, Trace trace) override;
    Answer<std::optional<Ticket>> cancel_ticket(Digest pre_session_hash, WallTime now, Trace trace) override;
    Answer<Redeemed> redeem_ticket(Redemption redemption, Trace trace) override;
    Answer<std::vector<Ticket>> expire_tickets(WallTime now, int limit) override;
    Answer<std::vector<Ticket>> list_cancelled_tickets(WallTime since, int limit) override;

    Answer<std::vector<Receipt>> list_receipts(std::string person_id) override;
    Answer<std::optional<Receipt>> find_receipt(Digest token_hash) override;
    Answer<void> record(AuditEvent event, Trace trace) override;
    Answer<std::vector<AuditRow>> list_audit(std::string person_id, int limit) override;
    Answer<void> purge(WallTime now) override;

    Answer<std::string> register_person(NewPerson person, CodeProof code, WallTime now, Trace trace) override;
    Answer<std::string> reset_password(CodeProof code, std::optional<std::string> new_hash, WallTime now,
                                       Trace trace) override;
    Answer<void> change_password(std::string person_id, std::string old_hash, std::string new_hash,
                                 KeptSession keep, WallTime now, Trace trace) override;
    Answer<void> change_phone(std::string person_id, std::string old_phone, std::string new_phone,
                              std::vector<CodeProof> codes, std::string evidence, WallTime now,
                              Trace trace) override;
    Answer<std::optional<Preferences>> preferences(std::string person_id) override;
    Answer<void> set_preferences(std::string person_id, Preferences preferences, WallTime now) override;
    Answer<ImportReport> import_people(std::vector<NewPerson> batch, WallTime now) override;
    Answer<Proofing> start_proofing(NewProofing proofing, Trace trace) override;
    Answer<void> note_proofing_reference(std::string id, std::string reference) override;
    Answer<std::optional<Proofing>> find_proofing(std::string id) override;
    Answer<std::vector<Proofing>> list_open_proofings(WallTime started_before, int limit) override;
    Answer<Proofing> decide_proofing(ProofingVerdict verdict, Trace trace) override;
    Answer<std::optional<std::string>> certificate_permit(std::string person_id, Digest device_hash,
                                                          WallTime now) override;
    Answer<int> expire_levels(WallTime now, int limit) override;
    Answer<std::string> open_desk_case(DeskCase desk_case, Trace trace) override;
    Answer<std::optional<DeskCase>> find_desk_case(std::string id) override;
    Answer<std::vector<DeskCase>> list_desk_cases(std::optional<DeskState> state, int limit) override;
    Answer<DeskCase> decide_desk_case(DeskDecision decision, Trace trace) override;
    Answer<Session> open_session_by_code(CodeProof code, NewSession session, Trace trace) override;
    Answer<std::vector<LoginRecord>> list_logins(std::string person_id, int limit, WallTime now) override;
    Answer<std::vector<RevokedCertificate>> list_revoked_certificates(WallTime now) override;

private:
    // Runs the statement in a transaction that holds the person's row.
    Answer<PgRows> with_person_locked(std::string person_id, PgStatement statement, PgValues values);

    PgDatabase& database_;
    const FieldSealer& sealer_;
};

}  // namespace qrgate
