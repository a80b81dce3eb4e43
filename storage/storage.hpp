// Everything that must last, in domain words. One interface, two implementations that pass one contract suite
// (tests/storage/contract.hpp): PostgreSQL (pg_storage) and memory (memory_storage, for simulation and
// handler tests).
//
// Owned by App; one thread (the I/O thread). Every verb is one guarded step: it checks what it needs again
// inside its statement, writes its audit row there, and its result is durable when the coroutine returns.
// Times are parameters. Parameters are taken by value, because coroutines outlive their callers' temporaries.
// Errors of every verb, beside those named: database_unavailable (not done), in_doubt (the connection was
// lost in flight: may have been done), timed_out (its deadline passed: may have been done).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/records.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

class Storage {
public:
    template <class T>
    using Answer = Task<Result<T>>;

    virtual ~Storage() = default;

    // Reachable, and the schema is the one this build knows.
    virtual Answer<void> ready() = 0;

    // --- people
    virtual Answer<std::optional<Person>> find_person(PersonKind kind, std::string identity_number) = 0;
    virtual Answer<std::optional<Person>> find_person_by_id(std::string id) = 0;
    virtual Answer<std::vector<Person>> find_people_by_phone(PersonKind kind, std::string phone) = 0;
    // Inserts, or puts the person with this number back to exactly these values, active, failures cleared;
    // certificates and sessions stay. Returns the person's id.
    virtual Answer<std::string> put_person(NewPerson person, WallTime now) = 0;
    // Locking ends the person's sessions and open tickets in the same statement. not_found.
    virtual Answer<void> set_person_state(std::string id, PersonState state, WallTime now, Trace trace) = 0;
    // A lower level ends what needs the higher one: sessions by SMS and QR code, open tickets. not_found.
    virtual Answer<void> set_person_level(std::string id, int level, std::string evidence, WallTime now,
                                          Trace trace) = 0;
    // The same password in another form: password_set_at stays. Only while the stored hash is still
    // `old_hash`; conflict otherwise.
    virtual Answer<void> set_password_hash(std::string id, std::string old_hash, std::string new_hash,
                                           WallTime now) = 0;
    // Adds a person who proved the phone by the code. code_wrong: as check_code; conflict: the number was
    // taken meanwhile (the code is used up all the same). Returns the id.
    virtual Answer<std::string> register_person(NewPerson person, CodeProof code, WallTime now,
                                                Trace trace) = 0;
    // Uses up the code and ends all sessions and open tickets of the person. code_wrong: as check_code, or
    // the person is locked. Without a hash, what was typed is the password that is there: with the right code
    // that is password_too_weak, only a try is taken, and the code stays. Returns the person's id.
    virtual Answer<std::string> reset_password(CodeProof code, std::optional<std::string> new_hash,
                                               WallTime now, Trace trace) = 0;
    // By somebody who is logged in: ends all other sessions (phones too) and open tickets, and gives the one
    // that stays a new value. session_missing: that one has ended meanwhile. conflict: `old_hash` is no
    // longer the stored one, or the person is locked.
    virtual Answer<void> change_password(std::string person_id, std::string old_hash, std::string new_hash,
                                         KeptSession keep, WallTime now, Trace trace) = 0;
    // Uses up all the codes, or none (then code_wrong, each counted as check_code does). `evidence`: how the
    // person was allowed to: "old_phone", "proofing:ID". conflict: the person changed meanwhile.
    virtual Answer<void> change_phone(std::string person_id, std::string old_phone, std::string new_phone,
                                      std::vector<CodeProof> codes, std::string evidence, WallTime now,
                                      Trace trace) = 0;
    // none: never chosen.
    virtual Answer<std::optional<Preferences>> preferences(std::string person_id) = 0;
    virtual Answer<void> set_preferences(std::string person_id, Preferences preferences, WallTime now) = 0;
    // One batch of an import, durable as a whole or not at all. Known numbers keep their id, sessions and
    // certificates, and a password that was changed here; see docs/operating.md ("Import").
    virtual Answer<ImportReport> import_people(std::vector<NewPerson> batch, WallTime now) = 0;

    // --- proofing and the desk
    // Records the consents too. An older open proofing of the person ends as expired.
    virtual Answer<Proofing> start_proofing(NewProofing proofing, Trace trace) = 0;
    virtual Answer<void> note_proofing_reference(std::string id, std::string reference) = 0;
    virtual Answer<std::optional<Proofing>> find_proofing(std::string id) = 0;
    // Open ones that began before: the provider is asked again, because its callback may be lost.
    virtual Answer<std::vector<Proofing>> list_open_proofings(WallTime started_before, int limit) = 0;
    // Passing raises the person to level 3 with this as evidence. not_found; conflict: this event or another
    // has decided it already, or its time was over.
    virtual Answer<Proofing> decide_proofing(ProofingVerdict verdict, Trace trace) = 0;
    // "proofing:ID" or "desk:ID": why this person may make a certificate on this device now (a proofing
    // passed on it within 24 h, or an unused approval of the desk). none: nobody vouched.
    virtual Answer<std::optional<std::string>> certificate_permit(std::string person_id, Digest device_hash,
                                                                  WallTime now) = 0;
    // Levels whose time is over fall to 2, and what needs them ends. Answer: how many people.
    virtual Answer<int> expire_levels(WallTime now, int limit) = 0;
    virtual Answer<std::string> open_desk_case(DeskCase desk_case, Trace trace) = 0;
    virtual Answer<std::optional<DeskCase>> find_desk_case(std::string id) = 0;
    virtual Answer<std::vector<DeskCase>> list_desk_cases(std::optional<DeskState> state, int limit) = 0;
    // Approving does what was asked for, in the same statement. not_found; conflict: decided already, or by
    // the operator who opened it.
    virtual Answer<DeskCase> decide_desk_case(DeskDecision decision, Trace trace) = 0;

    // --- budgets
    // Counts all charges, or none when one is refused; then says which and for how long. Survives a restart.
    virtual Answer<std::optional<BudgetRefusal>> spend(std::vector<Charge> charges, WallTime now) = 0;
    virtual Answer<void> forget_budgets(std::vector<Digest> keys) = 0;
    virtual Answer<void> forget_all_budgets() = 0;  // demo mode at start

    // --- sessions
    // credentials_wrong: the person is locked, or `password_hash` (when given) is no longer the stored one.
    // session_missing: the pre-session has ended already (it opened another session).
    virtual Answer<Session> open_session(std::string person_id, std::optional<std::string> password_hash,
                                         NewSession session, Trace trace) = 0;
    // The SMS login: the code's person, active, level 3, and still the only one of the kind with that phone.
    // code_wrong: everything else, as check_code. session_missing: as open_session.
    virtual Answer<Session> open_session_by_code(CodeProof code, NewSession session, Trace trace) = 0;
    // Newest first: sessions that are still known, and refused tries from the audit.
    virtual Answer<std::vector<LoginRecord>> list_logins(std::string person_id, int limit, WallTime now) = 0;
    // The live session of this hash; using it moves its idle end (written at most once a minute).
    // none: unknown, ended, idle too long, never presented in time, or the person is locked.
    virtual Answer<std::optional<Session>> use_session(Digest token_hash, SessionKind kind, WallTime now) = 0;
    virtual Answer<std::vector<Session>> list_sessions(std::string person_id, SessionKind kind,
                                                       WallTime now) = 0;
    // Sessions whose time is over, or that were never presented, end as `expired` at that time, with their
    // audit row; what people see of them does not change. Answer: how many.
    virtual Answer<int> expire_sessions(WallTime now, int limit) = 0;
    // Somebody presented the value of a session that is over: `session_use_after_expire`. Answer: whether it
    // was ever one of ours.
    virtual Answer<bool> note_ended_session(Digest token_hash, SessionKind kind, WallTime now,
                                            Trace trace) = 0;
    // Answer: whether there was a live one. `reason`: logout, ended, undo, operator. With a phone's session
    // end the open tickets that it scanned.
    virtual Answer<bool> end_session(std::string person_id, std::string session_id, std::string reason,
                                     WallTime now, Trace trace) = 0;
    // By id alone, for the operator's command.
    virtual Answer<bool> end_session_by_operator(std::string session_id, WallTime now, Trace trace) = 0;
    // Gives the live browser session another value where its person's level has changed since it got the one
    // it has (ASVS 5.0, 8.3.2). Answer: whether it did; then the old value is dead.
    virtual Answer<bool> renew_session(Digest old_hash, Digest new_hash, WallTime now) = 0;
    // All browser sessions of the person but `keep` (may be empty) and the `newest` that were opened last
    // beside it.
    // `reason`: ended, too_many. Answer: how many.
    virtual Answer<int> end_other_sessions(std::string person_id, std::string keep, int newest,
                                           std::string reason, WallTime now, Trace trace) = 0;

    // --- codes
    virtual Answer<void> put_code(NewCode code, Trace trace) = 0;
    // Counts a try before it compares. The challenge of the code when right (the code stays usable until a
    // statement uses it up); code_wrong: none, expired, used up, five tries, or wrong.
    virtual Answer<std::string> check_code(CodePurpose purpose, Digest holder_hash, Digest code_hash,
                                           WallTime now) = 0;

    // --- certificates
    // Uses up the certificate code of the phone session. level_too_low, code_wrong (used meanwhile),
    // certificate_limit (already at_most_active).
    virtual Answer<Certificate> add_certificate(NewCertificate certificate, Digest code_holder_hash,
                                                WallTime now, Trace trace) = 0;
    virtual Answer<std::vector<Certificate>> list_certificates(std::string person_id) = 0;
    virtual Answer<std::optional<Certificate>> find_certificate(std::string serial) = 0;
    // Revoked or disabled, and not past their end: the CRL.
    virtual Answer<std::vector<RevokedCertificate>> list_revoked_certificates(WallTime now) = 0;
    // `person_id` none: the operator. not_found: no such certificate of this person. Revoking twice is fine.
    // Ends what the certificate opened, in the same statement: its open tickets, and the sessions by QR code
    // but those known to be another certificate's and `keep_session`, whose person asks for it. (One that is
    // renewed is superseded by add_certificate, and its sessions stay.)
    virtual Answer<void> revoke_certificate(std::string serial, std::optional<std::string> person_id,
                                            std::string reason, WallTime now, Trace trace,
                                            std::string keep_session = {}) = 0;
    // Counts the try, then compares. The tenth wrong one in a row disables the certificate; a confirmed login
    // clears the count. Not counted: not_found (not this person's or device's), certificate_unusable (now).
    virtual Answer<Unlock> try_unlock(std::string serial, std::string person_id, Digest device_hash,
                                      Digest verifier_hash, WallTime now, Trace trace) = 0;

    // --- tickets
    virtual Answer<Resume> resume(Digest pre_session_hash, WallTime now) = 0;
    // Level 3, account active, certificate usable: all checked in the statement that inserts.
    // level_too_low, certificate_missing, certificate_unusable; ticket_taken: another person (or pre-session
    // row) has it; ticket_state: this token ended. The same person again while scanned: the same row, with
    // another certificate a new nonce.
    virtual Answer<Ticket> scan_ticket(NewScan scan, Trace trace) = 0;
    virtual Answer<std::optional<Ticket>> find_ticket(Digest token_hash) = 0;
    // Writes the evidence. ticket_unknown: not this scanner's. ticket_state: not scanned, or past its end.
    // level_too_low, certificate_unusable: rights lost since the scan. conflict: the nonce changed.
    virtual Answer<Ticket> confirm_ticket(Confirmation confirmation, Trace trace) = 0;
    // The fifth kills the ticket. Returns the ticket after counting. Errors as confirm_ticket.
    virtual Answer<Ticket> count_wrong_signature(Digest token_hash, std::string person_id, WallTime now,
                                                 Trace trace) = 0;
    virtual Answer<Ticket> deny_ticket(Digest token_hash, std::string person_id, std::string phone_session_id,
                                       WallTime now, Trace trace) = 0;
    // The open ticket of this pre-session, ended; none when there was none.
    virtual Answer<std::optional<Ticket>> cancel_ticket(Digest pre_session_hash, WallTime now,
                                                        Trace trace) = 0;
    // Opens the session. ticket_unknown: this pre-session has no ticket. ticket_state: too early, or used.
    // ticket_expired. code_wrong: counted, the third kills. credentials_wrong: locked meanwhile.
    // level_too_low, certificate_unusable: rights lost since the confirmation.
    virtual Answer<Redeemed> redeem_ticket(Redemption redemption, Trace trace) = 0;
    // Ends open tickets whose deadline has passed; at most `limit`, oldest first.
    virtual Answer<std::vector<Ticket>> expire_tickets(WallTime now, int limit) = 0;
    // Tickets that were cancelled at `since` or later, by their browser or with the rights of their person;
    // oldest first. On any node: whoever has their seats tells the browsers.
    virtual Answer<std::vector<Ticket>> list_cancelled_tickets(WallTime since, int limit) = 0;

    // --- evidence and audit
    virtual Answer<std::vector<Receipt>> list_receipts(std::string person_id) = 0;
    virtual Answer<std::optional<Receipt>> find_receipt(Digest token_hash) = 0;
    virtual Answer<void> record(AuditEvent event, Trace trace) = 0;
    // Newest first.
    virtual Answer<std::vector<AuditRow>> list_audit(std::string person_id, int limit) = 0;

    // Deletes what no rule needs any more (ended sessions, old codes, idle budgets, ended pre-sessions).
    virtual Answer<void> purge(WallTime now) = 0;

    // --- looking without using
    // As use_session, but nothing is written: a page that only watches does not keep its session alive.
    virtual Answer<std::optional<Session>> find_session(Digest token_hash, SessionKind kind,
                                                        WallTime now) = 0;
    // The same for several at once, which costs little more than for one: in the order of their hashes.
    virtual Answer<std::vector<std::optional<Session>>> find_sessions(std::vector<Digest> token_hashes,
                                                                      SessionKind kind, WallTime now) = 0;
};

}  // namespace qrgate
