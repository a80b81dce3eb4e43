// What storage takes and gives, as values: people, sessions, certificates, codes, proofing, the desk,
// tickets, evidence, audit. One word a thing, the words of docs/protocol.md section 1. Owned by whoever holds
// them; any thread. Text fields are UTF-8; hashes are SHA-256 or HMAC-SHA-256, 32 octets.
#pragma once

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
    WallTime password_set_at{};                  // the password itself; hashing it anew leaves this
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

// The session that a change of password leaves, under a new value.
struct KeptSession {
    std::string id = {};
    Digest token_hash{};
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
    std::string subject = {};  // truncated hash of the ticket, serial or session id
};
struct AuditRow {
    std::int64_t number = 0;
    AuditEvent event = {};
    Trace trace = {};
};

}  // namespace qrgate
