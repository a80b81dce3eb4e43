// Storage in memory: the same contract as pg_storage (tests/storage/contract.hpp), simple enough to be
// believed. For simulation and handler tests; nothing survives it. One thread; a verb runs to its end without
// suspending, so each is atomic by itself. Ticket transitions are protocol/ticket.hpp's apply(), budgets
// protocol/throttle.hpp's spend().
#pragma once

#include <deque>
#include <map>
#include <set>

#include "storage/storage.hpp"

namespace qrgate {

class MemoryStorage : public Storage {
public:
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
    struct SessionRow {
        Session session = {};
        Digest token_hash{};
        std::chrono::seconds idle{};
        WallTime present_until{};
        bool presented = false;
        WallTime value_since{};  // when it got the value it has
        std::optional<WallTime> ended_at = {};
        std::string end_reason = {};
    };
    struct CodeRow {
        NewCode code = {};
        std::string phone = {};  // of the person, when the code was put
        bool used = false;
    };
    struct CertificateRow {
        Certificate certificate = {};
        Digest verifier_hash{};
        Bytes secret = {};
        WallTime state_since{};
        std::string state_reason = {};
    };
    struct TicketRow {
        Ticket ticket = {};
        std::optional<Digest> code_hash = {};
        std::optional<WallTime> ended_at = {};
    };
    struct ProofingRow {
        Proofing proofing = {};
        std::vector<Consent> consents = {};
        std::optional<std::string> event_id = {};
    };
    struct DeskRow {
        DeskCase desk_case = {};
        std::optional<WallTime> used_at = {};  // by a certificate
    };

    // What the last import said of a person.
    struct ImportedRow {
        std::string text = {};
        std::string phone = {};
    };

    // What an audit row says beside who asked.
    struct Note {
        std::string event = {};
        std::string outcome = {};
        std::optional<std::string> person_id = {};
        std::string subject = {};
        std::string method = {};
    };
    void note(Note note, WallTime at, const Trace& trace);

    // Counts the try; true uses the code up. `person_id`: whose code it is, also when it is wrong.
    bool take_code(const CodeProof& proof, WallTime now, std::string& person_id, bool uses_up = true);
    static void import_one(Person& person, ImportedRow& before, const NewPerson& row, WallTime now);

    bool is_active(const std::string& person_id) const;
    // The person's rights to use a ticket: none when all is well.
    std::optional<Errc> missing_rights(const std::string& person_id, int level) const;
    const Certificate* usable_certificate(const std::string& serial, const std::string& person_id,
                                          WallTime now) const;

    bool may_log_in_by_code(const CodeRow& row) const;
    // Why this certificate must not be added; none: it may.
    std::optional<Errc> certificate_refusal(const NewCertificate& it, WallTime now) const;
    bool is_vouched_for(const NewCertificate& it, WallTime now) const;
    void change_level(Person& person, int level, const std::string& evidence, std::optional<WallTime> ends_at,
                      WallTime now, const Trace& trace);
    void end_what_it_opened(const Certificate& it, const std::string& keep_session, WallTime now,
                            const Trace& trace);
    void use_permit(const std::string& permit, WallTime now);

    static bool is_live(const SessionRow& row, WallTime now);
    Session shown(const SessionRow& row) const;
    bool uses_up(const std::vector<CodeProof>& codes, const std::string& person_id, WallTime now);
    void end(SessionRow& row, const std::string& reason, WallTime now, const Trace& trace);
    Session insert_session(const std::string& person_id, const NewSession& session, const Trace& trace);

    Result<const Certificate*> certificate_for(const NewScan& scan, const TicketRow* row) const;
    Result<Ticket> scan(const NewScan& scan);
    Result<Ticket> scan_again(TicketRow& row, const NewScan& scan, const std::string& serial);
    Result<TicketRow*> own_open_ticket(const Digest& token_hash, const std::string& person_id, WallTime now);
    Result<Ticket> confirm(const Confirmation& confirmation);
    Result<TicketRow*> redeemable(const Redemption& redemption);
    TicketRow* open_ticket_of(const Digest& pre_session_hash);
    void move(TicketRow& row, const TicketLife& life, WallTime now);
    void end_ticket(TicketRow& row, TicketState state, WallTime now, const Trace& trace);

    std::map<std::string, Person> people_;
    std::map<std::string, Preferences> preferences_;
    std::map<std::string, ImportedRow> imported_;  // by person
    std::map<Digest, BudgetState> budgets_;
    std::map<std::string, SessionRow> sessions_;
    std::map<Digest, WallTime> ended_pre_sessions_;
    std::map<std::pair<CodePurpose, Digest>, CodeRow> codes_;
    std::map<std::string, CertificateRow> certificates_;
    std::map<std::string, ProofingRow> proofings_;
    std::map<std::string, DeskRow> desk_cases_;
    std::map<Digest, TicketRow> tickets_;
    std::map<Digest, Digest> newest_ticket_;  // of a pre-session
    std::vector<Receipt> receipts_;
    std::deque<AuditRow> audit_;
    std::int64_t audit_number_ = 0;
};

}  // namespace qrgate
