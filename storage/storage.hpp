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

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/person.hpp"
#include "protocol/throttle.hpp"
#include "protocol/ticket.hpp"
#include "protocol/time.hpp"

namespace qrgate {

namespace asio = boost::asio;

// Who asked, for the audit row. The address as the trusted-proxy rule gave it; never a cookie or token.
struct Trace {
    std::string address = {};
    std::string request_id = {};
};

// --- people -------------------------------------------------------------------------------------

enum class PersonState : std::uint8_t { active, locked };

struct Person {
    std::string id = {};  // opaque, stable, [0-9A-Za-z_-]{22}
    PersonKind kind = PersonKind::personal;
    std::string identity_number = {};  // clear text from the sealed field: never log
    std::string name = {};
    std::string phone = {};  // empty when none
    int level = 1;
    PersonState state = PersonState::active;
    std::string password_hash = {};  // $argon2id$…, or a legacy form
    std::string level_evidence = {};
    WallTime level_since{};
    std::optional<WallTime> level_ends_at = {};  // then it falls to 2 (expire_levels)
};

struct NewPerson {
    std::string id = {};  // used when the number is new
    PersonKind kind = PersonKind::personal;
    std::string identity_number = {};
    std::string name = {};
    std::string phone = {};
    int level = 1;
    std::string level_evidence = {};  // how the level was reached: "demo", "import:…", "desk:…", "proofing:…"
    std::string password_hash = {};
};

// What one import did, in people.
struct ImportReport {
    std::int64_t added = 0;
    std::int64_t changed = 0;
    std::int64_t same = 0;
};

// Display choices that follow the account.
struct Preferences {
    bool easy = false;
    bool contrast = false;
    std::string language = {};  // "zh", "en", or empty: as the browser says
    bool operator==(const Preferences&) const = default;
};

// --- sessions -----------------------------------------------------------------------------------

enum class SessionKind : std::uint8_t { browser, phone };

struct NewSession {
    std::string id = {};  // public name in lists, opaque
    Digest token_hash{};  // SHA-256 of the cookie or bearer value; the value itself is never stored
    SessionKind kind = SessionKind::browser;
    LoginMethod method = LoginMethod::password;
    int aal = 1;
    WallTime opened_at{};
    std::chrono::seconds idle{1800};          // life after the last use
    WallTime expires_at{};                    // the absolute end
    std::chrono::seconds present_within{60};  // the first use must come within this
    std::string address = {};
    std::string browser = {};  // "<family> on <os>", or the phone's
    std::string place = {};
    std::optional<Digest> device_hash = {};       // phones: SHA-256 of `device`
    std::optional<Digest> pre_session_hash = {};  // browsers: ended in the same statement
};

struct Session {
    std::string id = {};
    std::string person_id = {};
    SessionKind kind = SessionKind::browser;
    LoginMethod method = LoginMethod::password;
    int aal = 1;
    WallTime opened_at{};
    WallTime last_used_at{};
    WallTime idle_ends_at{};
    WallTime expires_at{};
    std::string address = {};
    std::string browser = {};
    std::string place = {};
    std::optional<Digest> device_hash = {};
    // of the person, read in the same statement
    PersonKind person_kind = PersonKind::personal;
    std::string person_name = {};  // clear text
    int person_level = 1;
};

// One line of a person's login history: a session that was opened, or a try that was refused.
struct LoginRecord {
    std::string session_id = {};  // empty: refused
    SessionKind kind = SessionKind::browser;
    LoginMethod method = LoginMethod::password;
    WallTime at{};
    std::string address = {};
    std::string browser = {};
    std::string place = {};
    std::string outcome = {};     // "ok", or the public code of the refusal
    bool live = false;            // the session is still there: "this was not me" ends it
    std::string end_reason = {};  // logout, undo, password_changed …; empty: live, or by time
};

// --- certificates -------------------------------------------------------------------------------

enum class KeyAlgorithm : std::uint8_t { sm2, p256 };
enum class CertificateState : std::uint8_t { active, disabled, revoked };  // disabled: ten wrong passphrases

struct Certificate {
    std::string serial = {};  // lower-case hex
    std::string person_id = {};
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    Bytes public_key = {};  // 04‖X‖Y, 65 octets
    Bytes der = {};
    WallTime not_before{};
    WallTime not_after{};
    CertificateState state = CertificateState::active;
    Digest device_hash{};
    int unlock_failures = 0;
    WallTime issued_at{};
};

struct NewCertificate {
    Certificate certificate = {};
    Digest unlock_verifier_hash{};
    Bytes unlock_secret = {};    // 32 octets, stored sealed
    std::string biometric = {};  // kind, for the evidence
    std::string biometric_evidence =
        {};                   // what was verified, as JSON without secrets; empty: nothing to keep
    std::string permit = {};  // who vouched for this device: "proofing:ID", "desk:ID" (used up by this),
                              // "certificate:SERIAL", "demo"
    std::optional<std::string> renews = {};  // serial, revoked as superseded in the same statement
    std::string phone_session_id = {};       // whose SMS code is used up by this
    int at_most_active = 5;
};

// One line of the CRL.
struct RevokedCertificate {
    std::string serial = {};
    WallTime revoked_at{};
    std::string reason = {};  // owner, operator, superseded, passphrase_wrong …
};

struct Unlock {
    std::optional<Bytes> secret = {};  // set when the verifier was right
    int tries_left = 0;
    bool disabled = false;  // by this try or before
};

// --- codes sent by SMS --------------------------------------------------------------------------

enum class CodePurpose : std::uint8_t {
    certificate,
    login,
    registration,
    reset,
    phone_old,  // a change of the phone number: to the one on record,
    phone_new   // and to the one that is to be
};

// The newest code of a (purpose, holder) replaces the older one; its wrong tries are kept per subject
// elsewhere (budgets).
struct NewCode {
    CodePurpose purpose = CodePurpose::certificate;
    Digest holder_hash{};  // pre-session or phone session the code is bound to
    std::string person_id = {};
    Digest code_hash{};  // keyed hash
    std::string challenge = {};
    WallTime sent_at{};
    WallTime expires_at{};
    int tries = 5;
};

// What somebody typed, and whose it must be.
struct CodeProof {
    CodePurpose purpose = CodePurpose::login;
    Digest holder_hash{};
    Digest code_hash{};
};

// --- proofing -----------------------------------------------------------------------------------

// A text a person agreed to, and which version of it.
struct Consent {
    std::string text = {};  // its id: "biometric", "service", "privacy", "processing"
    std::string version = {};
};

enum class ProofingState : std::uint8_t { open, passed, failed, expired };

// One check of a person by an outside provider. No image of anybody is stored.
struct Proofing {
    std::string id = {};  // ours; the provider's callback names it
    std::string person_id = {};
    std::string phone_session_id = {};
    Digest device_hash{};  // passing it permits a certificate on this device
    std::string provider = {};
    std::string reference = {};  // the provider's own id, once known
    ProofingState state = ProofingState::open;
    std::string reason = {};  // the provider's word when it failed
    WallTime started_at{};
    WallTime ends_at{};
    std::optional<WallTime> decided_at = {};
};
struct NewProofing {
    Proofing proofing = {};
    std::vector<Consent> consents = {};
};
struct ProofingVerdict {
    std::string proofing_id = {};
    std::string event_id = {};  // each counts once
    bool passed = false;
    std::string reason = {};
    WallTime at{};
    std::optional<WallTime> level_ends_at = {};  // of the level 3 that passing gives
};

// --- the desk -----------------------------------------------------------------------------------

enum class DeskAction : std::uint8_t { level, phone, certificate };
enum class DeskState : std::uint8_t { open, approved, refused };

// What one operator asks for somebody who came to the desk, and another decides.
struct DeskCase {
    std::string id = {};
    std::string person_id = {};
    DeskAction action = DeskAction::level;
    int level = 0;           // action level
    std::string phone = {};  // action phone; clear text from a sealed field
    std::string evidence = {};
    std::string opened_by = {};
    WallTime opened_at{};
    DeskState state = DeskState::open;
    std::string decided_by = {};
    std::optional<WallTime> decided_at = {};
};
struct DeskDecision {
    std::string case_id = {};
    bool approve = false;
    std::string by = {};
    WallTime at{};
    std::optional<WallTime> level_ends_at = {};
};

// --- tickets ------------------------------------------------------------------------------------

struct BrowserContext {
    std::string family = {};
    std::string os = {};
    std::string address = {};
    std::string place = {};
    WallTime started_at{};
};

struct Ticket {
    Digest token_hash{};
    std::string token = {};
    TicketLife life = {};
    Digest pre_session_hash{};
    std::string person_id = {};
    std::string phone_session_id = {};
    std::string certificate = {};  // serial
    std::string nonce = {};        // base64url of 32 octets
    BrowserContext browser = {};
    std::string origin = {};
    WallTime scanned_at{};
    WallTime signing_expires_at{};  // the `expires` line
    bool needs_code = false;
    std::optional<std::string> session_id = {};  // after redeem
    bool easy = false;
};

struct NewScan {
    std::string token = {};
    Digest token_hash{};
    Digest pre_session_hash{};
    std::string person_id = {};
    std::string phone_session_id = {};
    std::optional<std::string> certificate = {};  // asked serial; none: the newest active one
    std::string nonce = {};
    BrowserContext browser = {};
    std::string origin = {};
    WallTime scanned_at{};
    WallTime expires_at{};
    bool easy = false;
};

struct Confirmation {
    Digest token_hash{};
    std::string person_id = {};
    std::string phone_session_id = {};
    std::string certificate = {};
    std::string nonce = {};  // guards against a re-scan with another certificate in between
    std::string text = {};   // evidence: what was signed,
    Bytes signature = {};    // the DER signature,
    Bytes chain = {};        // and the CA certificate it was checked against (DER)
    WallTime at{};
    WallTime redeem_until{};
    std::optional<Digest> code_hash = {};  // set: the redeem needs the typed code
};

struct Redemption {
    Digest pre_session_hash{};
    std::optional<Digest> code_hash = {};
    NewSession session = {};
    WallTime at{};
};

// What a redeem did: the session it opened and the ticket it used up (whose phone and seat are told).
struct Redeemed {
    Session session = {};
    Ticket ticket = {};
};

struct Resume {
    bool pre_session_ended = false;
    std::optional<Ticket> open_ticket = {};
};

// The evidence of one confirmation: everything `receipt verify` needs, offline, years later.
struct Receipt {
    Digest token_hash{};
    std::string person_id = {};
    std::string serial = {};
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    std::string text = {};
    Bytes signature = {};
    Bytes certificate = {};
    Bytes chain = {};
    std::string certificate_status = {};
    WallTime confirmed_at{};
};

// --- audit --------------------------------------------------------------------------------------

// A decision that no other verb records: a refusal before any row exists. Names: docs/operating.md.
struct AuditEvent {
    std::string event = {};    // authn_login_fail, authz_fail, …
    std::string outcome = {};  // public code
    std::optional<std::string> person_id = {};
    std::string method = {};
    WallTime at{};
};
struct AuditRow {
    std::int64_t number = 0;
    AuditEvent event = {};
    Trace trace = {};
    std::string subject = {};  // truncated hash of the ticket, serial or session id
};

class Storage {
public:
    template <class T>
    using Answer = asio::awaitable<Result<T>>;

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
    // Only while the stored hash is still `old_hash`; conflict otherwise.
    virtual Answer<void> set_password_hash(std::string id, std::string old_hash, std::string new_hash,
                                           WallTime now) = 0;
    // Adds a person who proved the phone by the code. code_wrong: as check_code; conflict: the number was
    // taken meanwhile (the code is used up all the same). Returns the id.
    virtual Answer<std::string> register_person(NewPerson person, CodeProof code, WallTime now, Trace trace);
    // Uses up the code and ends all sessions and open tickets of the person. code_wrong: as check_code, or
    // the person is locked. Returns the person's id.
    virtual Answer<std::string> reset_password(CodeProof code, std::string new_hash, WallTime now,
                                               Trace trace);
    // By somebody who is logged in: ends all other sessions (phones too) and open tickets. conflict:
    // `old_hash` is no longer the stored one.
    virtual Answer<void> change_password(std::string person_id, std::string old_hash, std::string new_hash,
                                         std::string keep_session_id, WallTime now, Trace trace);
    // Uses up all the codes, or none (then code_wrong, each counted as check_code does). `evidence`: how the
    // person was allowed to: "old_phone", "proofing:ID". conflict: the person changed meanwhile.
    virtual Answer<void> change_phone(std::string person_id, std::string old_phone, std::string new_phone,
                                      std::vector<CodeProof> codes, std::string evidence, WallTime now,
                                      Trace trace);
    virtual Answer<Preferences> preferences(std::string person_id);
    virtual Answer<void> set_preferences(std::string person_id, Preferences preferences, WallTime now);
    // One batch of an import, durable as a whole or not at all. Known numbers keep their id, sessions and
    // certificates, and a password that was changed here; see docs/operating.md ("Import").
    virtual Answer<ImportReport> import_people(std::vector<NewPerson> batch, WallTime now);

    // --- proofing and the desk
    // Records the consents too. An older open proofing of the person ends as expired.
    virtual Answer<Proofing> start_proofing(NewProofing proofing, Trace trace);
    virtual Answer<void> note_proofing_reference(std::string id, std::string reference);
    virtual Answer<std::optional<Proofing>> find_proofing(std::string id);
    // Open ones that began before: the provider is asked again, because its callback may be lost.
    virtual Answer<std::vector<Proofing>> list_open_proofings(WallTime started_before, int limit);
    // Passing raises the person to level 3 with this as evidence. not_found; conflict: this event or another
    // has decided it already, or its time was over.
    virtual Answer<Proofing> decide_proofing(ProofingVerdict verdict, Trace trace);
    // "proofing:ID" or "desk:ID": why this person may make a certificate on this device now (a proofing
    // passed on it within 24 h, or an unused approval of the desk). none: nobody vouched.
    virtual Answer<std::optional<std::string>> certificate_permit(std::string person_id, Digest device_hash,
                                                                  WallTime now);
    // Levels whose time is over fall to 2, and what needs them ends. Answer: how many people.
    virtual Answer<int> expire_levels(WallTime now, int limit);
    virtual Answer<std::string> open_desk_case(DeskCase desk_case, Trace trace);
    virtual Answer<std::optional<DeskCase>> find_desk_case(std::string id);
    virtual Answer<std::vector<DeskCase>> list_desk_cases(std::optional<DeskState> state, int limit);
    // Approving does what was asked for, in the same statement. not_found; conflict: decided already, or by
    // the operator who opened it.
    virtual Answer<DeskCase> decide_desk_case(DeskDecision decision, Trace trace);

    // --- budgets
    // Counts all charges, or none when one is refused; then says for how long. Survives a restart.
    virtual Answer<std::optional<std::chrono::seconds>> spend(std::vector<Charge> charges, WallTime now) = 0;
    virtual Answer<void> forget_budgets(std::vector<Digest> keys) = 0;
    virtual Answer<void> forget_all_budgets() = 0;  // demo mode at start

    // --- sessions
    // credentials_wrong: the person is locked, or `password_hash` (when given) is no longer the stored one.
    // session_missing: the pre-session has ended already (it opened another session).
    virtual Answer<Session> open_session(std::string person_id, std::optional<std::string> password_hash,
                                         NewSession session, Trace trace) = 0;
    // The SMS login: the code's person, active, level 3, and still the only one of the kind with that phone.
    // code_wrong: everything else, as check_code. session_missing: as open_session.
    virtual Answer<Session> open_session_by_code(CodeProof code, NewSession session, Trace trace);
    // Newest first: sessions that are still known, and refused tries from the audit.
    virtual Answer<std::vector<LoginRecord>> list_logins(std::string person_id, int limit, WallTime now);
    // The live session of this hash; using it moves its idle end (written at most once a minute).
    // none: unknown, ended, idle too long, never presented in time, or the person is locked.
    virtual Answer<std::optional<Session>> use_session(Digest token_hash, SessionKind kind, WallTime now) = 0;
    virtual Answer<std::vector<Session>> list_sessions(std::string person_id, SessionKind kind,
                                                       WallTime now) = 0;
    // Answer: whether there was a live one. `reason`: logout, ended, undo, operator.
    virtual Answer<bool> end_session(std::string person_id, std::string session_id, std::string reason,
                                     WallTime now, Trace trace) = 0;
    // By id alone, for the operator's command.
    virtual Answer<bool> end_session_by_operator(std::string session_id, WallTime now, Trace trace) = 0;
    // All browser sessions of the person but `keep`. Answer: how many.
    virtual Answer<int> end_other_sessions(std::string person_id, std::string keep, WallTime now,
                                           Trace trace) = 0;

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
    virtual Answer<std::vector<RevokedCertificate>> list_revoked_certificates(WallTime now);
    // `person_id` none: the operator. not_found: no such certificate of this person. Revoking twice is fine.
    virtual Answer<void> revoke_certificate(std::string serial, std::optional<std::string> person_id,
                                            std::string reason, WallTime now, Trace trace) = 0;
    // Counts the try, then compares. The tenth wrong one in a row disables the certificate; a confirmed login
    // clears the count. not_found: not this person's or not this device's (nothing is counted).
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

    // --- evidence and audit
    virtual Answer<std::vector<Receipt>> list_receipts(std::string person_id) = 0;
    virtual Answer<std::optional<Receipt>> find_receipt(Digest token_hash) = 0;
    virtual Answer<void> record(AuditEvent event, Trace trace) = 0;
    // Newest first.
    virtual Answer<std::vector<AuditRow>> list_audit(std::string person_id, int limit) = 0;

    // Deletes what no rule needs any more (ended sessions, old codes, idle budgets, ended pre-sessions).
    virtual Answer<void> purge(WallTime now) = 0;
};

}  // namespace qrgate
