// The issue of a certificate: code, proof of possession, who stands there (biometric), who vouches for the
// device (permit), renewal. docs/protocol.md section 5.
#include "server/handlers/certificate_issue.hpp"

#include "protocol/body_reader.hpp"
#include "protocol/levels.hpp"
#include "server/biometric/biometric_claim.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/certificate_authority.hpp"
#include "server/certificate_body.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/log.hpp"
#include "server/revocation_list.hpp"
#include "server/services.hpp"
#include "server/signature_checker.hpp"
#include "server/sms_code.hpp"
#include "storage/names.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t verifier_size = 32;
constexpr std::size_t longest_signature = 160;
constexpr std::size_t serial_length = 32;

struct Wish {
    std::string sms_code = {};
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    Bytes public_key = {};
    Bytes proof = {};
    Bytes unlock_verifier = {};
    BiometricClaim biometric = {};
    std::string endorsed_by = {};  // serial of another certificate of the person; empty: none
    Bytes endorsement = {};        // its signature
    std::string renews = {};       // serial; empty: a new one
};

void read_key(BodyReader& body, Wish& wish, bool zh) {
    const std::optional<KeyAlgorithm> algorithm = key_algorithm(body.text("algorithm", 8));
    wish.public_key = body.octets("public_key", 65);
    wish.proof = body.octets("proof", 0, longest_signature);
    if (!body.ok()) return;
    if (!algorithm) {
        body.fault("algorithm", zh ? "应为 sm2 或 p256。" : "Must be sm2 or p256.");
    } else if (!is_public_key(*algorithm, wish.public_key)) {
        body.fault("public_key", zh ? "不是该曲线上的点。" : "Not a point of the curve.");
    } else {
        wish.algorithm = *algorithm;
    }
}

void read_endorsement(BodyReader& body, Wish& wish, bool zh) {
    wish.endorsed_by = body.optional_text("endorsed_by", serial_length).value_or("");
    const auto signature =
        from_base64url(body.optional_text("endorsement", 2 * longest_signature).value_or(""));
    wish.renews = body.optional_text("renews", serial_length).value_or("");
    if (!signature || signature->empty() != wish.endorsed_by.empty()) {
        body.fault("endorsement", zh ? "应与 endorsed_by 一起给出，为 base64url 编码的签名。"
                                     : "Must come together with endorsed_by: a signature in base64url.");
    } else {
        wish.endorsement = *signature;
    }
    if (!wish.renews.empty() && wish.renews != wish.endorsed_by)
        body.fault("renews",
                   zh ? "续期应由原证书签名：endorsed_by 应与它相同。"
                      : "A renewal is endorsed by the old certificate: endorsed_by must be the same.");
}

Wish read_wish(BodyReader& body, Language language) {
    const bool zh = language == Language::zh;
    Wish wish;
    wish.sms_code = read_code(body, "sms_code", language);
    read_key(body, wish, zh);
    wish.unlock_verifier = body.octets("unlock_verifier", verifier_size);
    const boost::json::object biometric = body.object("biometric");
    read_endorsement(body, wish, zh);
    if (!body.ok()) return wish;
    if (auto claim = read_biometric(biometric)) {
        wish.biometric = std::move(*claim);
    } else {
        body.fault("biometric",
                   zh ? "kind 应为 webauthn、soter 或 proofing，并带有该方式的内容。"
                      : "Its kind must be webauthn, soter or proofing, with that kind's members.");
    }
    return wish;
}

std::string proof_text(std::string_view challenge) {
    return "qrgate-certificate-v1\n" + std::string(challenge) + "\n";
}

// Names the new key, so that the signature vouches for no other.
std::string endorsement_text(std::string_view challenge, ByteView public_key) {
    return "qrgate-endorsement-v1\n" + std::string(challenge) + "\n" + base64url(public_key) + "\n";
}

Refusal not_yet_renewable(Language language) {
    return Problem(Errc::bad_request,
                   {{"renews", language == Language::zh ? "这张证书还没有到可以续期的时间。"
                                                        : "This certificate cannot be renewed yet."}});
}

// The certificate that endorses, when it may: the person's own and usable; for a renewal of this very phone
// and near its end.
Task<boost::system::result<Certificate, Refusal>> endorser(Services& services, const Session& phone,
                                                           const Wish& wish, Language language) {
    auto found = co_await services.storage.find_certificate(wish.endorsed_by);
    if (!found) co_return Refusal(found.error());
    const WallTime now = services.clock.now();
    if (!*found || (*found)->person_id != phone.person_id || !is_usable(**found, now))
        co_return Refusal(Errc::certificate_unusable);
    if (!wish.renews.empty()) {
        if ((*found)->device_hash != *phone.device_hash) co_return Refusal(Errc::certificate_unusable);
        if (!is_renewable(**found, now, services.config.certificate_renew_before))
            co_return not_yet_renewable(language);
    }
    co_return std::move(**found);
}

// A passed proofing of this person on this phone, by its id.
Task<Result<std::string>> named_proofing(Services& services, const Session& phone, std::string id) {
    auto found = co_await services.storage.find_proofing(id);
    if (!found) co_return found.error();
    if (!*found) co_return Errc::proofing_needed;
    const Proofing& it = **found;
    const bool counts = it.person_id == phone.person_id && it.device_hash == *phone.device_hash &&
                        it.state == ProofingState::passed && it.decided_at &&
                        services.clock.now() < *it.decided_at + proofing_permit;
    if (!counts) co_return Errc::proofing_needed;
    co_return "proofing:" + id;
}

// Who vouches that this person may have a key on this device.
Task<Result<std::string>> permit_for(Services& services, const Session& phone, const Wish& wish) {
    const BiometricKind kind = wish.biometric.kind;
    if (kind == BiometricKind::proofing && !wish.biometric.proofing_id.empty())
        co_return co_await named_proofing(services, phone, wish.biometric.proofing_id);
    if (kind != BiometricKind::proofing && !wish.endorsed_by.empty())
        co_return "certificate:" + wish.endorsed_by;
    // The demo vouches for its people, so that its pages can be tried in any order. Only a proofing is real.
    if (kind != BiometricKind::proofing && services.config.demo) co_return std::string("demo");
    auto permit = co_await services.storage.certificate_permit(phone.person_id, *phone.device_hash,
                                                               services.clock.now());
    if (!permit) co_return permit.error();
    if (!*permit) co_return Errc::proofing_needed;
    co_return std::move(**permit);
}

// What can be said before anything is used up.
std::optional<Errc> kind_refused(const Services& services, BiometricKind kind) {
    const bool offered = kind == BiometricKind::simulated ? services.config.demo
                         : kind == BiometricKind::soter   ? services.soter.offered()
                                                          : true;
    return offered ? std::nullopt : std::optional(Errc::biometric_failed);
}

Task<Result<std::string>> biometric_evidence(Services& services, const Wish& wish,
                                             const std::string& challenge, const std::string& permit) {
    if (wish.biometric.kind == BiometricKind::simulated) co_return std::string(R"({"simulated":true})");
    // A proofing looked at the person already; who vouches is who proved.
    if (wish.biometric.kind == BiometricKind::proofing) co_return "{\"by\":\"" + permit + "\"}";
    BiometricRules rules;
    rules.origin = services.config.public_origin;
    rules.challenge = challenge;
    rules.public_key = wish.public_key;
    co_return co_await check_biometric(wish.biometric, std::move(rules), services.soter,
                                       services.signatures.workers());
}

struct Checked {
    std::string permit = {};
    std::string evidence = {};
};

// Everything that needs the code's challenge: possession, endorsement, biometric.
Task<Result<Checked>> check_wish(Services& services, const Wish& wish, std::string challenge,
                                 std::optional<Certificate> vouching, std::string permit) {
    auto proved = co_await services.signatures.check(wish.algorithm, wish.public_key, proof_text(challenge),
                                                     wish.proof);
    if (!proved) co_return proved.error();
    if (!*proved) co_return Errc::proof_wrong;
    if (vouching) {
        auto endorsed = co_await services.signatures.check(vouching->algorithm, vouching->public_key,
                                                           endorsement_text(challenge, wish.public_key),
                                                           wish.endorsement);
        if (!endorsed) co_return endorsed.error();
        if (!*endorsed) co_return Errc::signature_wrong;
    }
    auto evidence = co_await biometric_evidence(services, wish, challenge, permit);
    if (!evidence) co_return evidence.error();
    co_return Checked{.permit = std::move(permit), .evidence = std::move(*evidence)};
}

IssueRequest issue_request(const Services& services, const Session& phone, const Wish& wish) {
    IssueRequest asked;
    asked.person_id = phone.person_id;
    asked.algorithm = wish.algorithm;
    asked.public_key = wish.public_key;
    asked.crl_url = services.config.public_origin + "/ca.crl";
    // X.509 times are whole seconds. Valid from a day before, because clocks differ: another node, or a demo
    // whose moved clock was put back by a restart, must not find the certificate in its future.
    auto now = std::chrono::floor<std::chrono::seconds>(services.clock.now());
    asked.not_before = now - std::chrono::days(1);
    asked.not_after = now + services.config.certificate_life;
    return asked;
}

NewCertificate new_certificate(Services& services, const Session& phone, const Wish& wish, Checked checked,
                               const IssueRequest& request, const IssuedCertificate& issued) {
    NewCertificate added;
    added.certificate.serial = issued.serial;
    added.certificate.person_id = phone.person_id;
    added.certificate.algorithm = wish.algorithm;
    added.certificate.public_key = wish.public_key;
    added.certificate.der = issued.der;
    added.certificate.not_before = request.not_before;
    added.certificate.not_after = request.not_after;
    added.certificate.device_hash = *phone.device_hash;
    added.certificate.issued_at = services.clock.now();
    added.unlock_verifier_hash = hmac_sha256(services.keys.unlock, wish.unlock_verifier);
    auto secret = services.random.bytes<32>();
    added.unlock_secret.assign(secret.begin(), secret.end());
    added.biometric = name_of(wish.biometric.kind);
    added.biometric_evidence = std::move(checked.evidence);
    added.permit = std::move(checked.permit);
    if (!wish.renews.empty()) added.renews = wish.renews;
    added.phone_session_id = phone.id;
    return added;
}

Task<Outcome> issue(Services& services, Session phone, Wish wish, std::optional<Certificate> vouching,
                    std::string permit, Trace trace) {
    const Digest holder = certificate_code_holder(phone);
    CodeProof code = code_proof(services, CodePurpose::certificate, holder, wish.sms_code);
    auto challenge = co_await services.storage.check_code(code.purpose, code.holder_hash, code.code_hash,
                                                          services.clock.now());
    if (!challenge) co_return challenge.error();
    auto checked =
        co_await check_wish(services, wish, std::move(*challenge), std::move(vouching), std::move(permit));
    if (!checked) co_return checked.error();

    IssueRequest asked = issue_request(services, phone, wish);
    auto issued = co_await services.authority.issue(asked);
    if (!issued) co_return issued.error();
    NewCertificate added = new_certificate(services, phone, wish, std::move(*checked), asked, *issued);
    auto stored =
        co_await services.storage.add_certificate(std::move(added), holder, services.clock.now(), trace);
    if (!stored) co_return stored.error();
    if (!wish.renews.empty()) services.revocations.changed();
    services.log.info("certificate_issued", {{"serial", issued->serial}, {"request", trace.request_id}});
    co_return json_response(200, {{"serial", issued->serial},
                                  {"certificate_pem", issued->pem},
                                  {"not_after", format_time(asked.not_after)}});
}

}  // namespace

Digest certificate_code_holder(const Session& phone) {
    return sha256(as_bytes("certificate:" + phone.id));
}

Task<void> tell_by_text(Services& services, std::string person_id, SmsNotice notice) {
    auto person = co_await services.storage.find_person_by_id(std::move(person_id));
    if (!person || !*person || (*person)->phone.empty()) co_return;
    co_await send_quietly(services, notice_text(notice, (*person)->phone));
}

Task<Outcome> issue_certificate(Services& services, Request request) {
    const Language language = language_of(request);
    BodyReader body = BodyReader::json(request.body);
    Wish wish = read_wish(body, language);
    if (auto problem = body.finish(language)) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    if (phone->person_level < needed_level(LoginMethod::qr)) co_return Errc::level_too_low;
    BudgetRequest budgets(services);
    budgets.of(Budget::code_of_person, phone->person_id).of(Budget::certificate_of_person, phone->person_id);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    if (auto errc = kind_refused(services, wish.biometric.kind)) co_return *errc;
    std::optional<Certificate> vouching;
    if (!wish.endorsed_by.empty()) {
        auto found = co_await endorser(services, *phone, wish, language);
        if (!found) co_return found.error();
        vouching = std::move(*found);
    }
    auto permit = co_await permit_for(services, *phone, wish);
    if (!permit) co_return permit.error();

    std::string person_id = phone->person_id;
    Outcome outcome = co_await issue(services, std::move(*phone), std::move(wish), std::move(vouching),
                                     std::move(*permit), trace_of(request));
    if (outcome) co_await tell_by_text(services, std::move(person_id), SmsNotice::certificate_added);
    co_return outcome;
}

}  // namespace qrgate
