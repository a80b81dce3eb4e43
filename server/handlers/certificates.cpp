// Certificates of the phone: SMS code, proof of possession, issue, list, revoke, and the unlock secret that
// makes short passphrases safe. docs/protocol.md section 5.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/levels.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/certificate_authority.hpp"
#include "server/certificate_body.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/handlers.hpp"
#include "server/keys.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/signature_checker.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"

namespace qrgate {

namespace {

constexpr std::size_t point_size = 65;
constexpr std::size_t verifier_size = 32;
constexpr std::size_t longest_proof = 160;

// A code is bound to the phone session that asked for it.
Digest code_holder(const Session& phone) {
    return sha256(as_bytes("certificate:" + phone.id));
}

asio::awaitable<Outcome> start(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    if (phone->person_level < needed_level(LoginMethod::qr)) co_return Errc::level_too_low;
    auto person = co_await services.storage.find_person_by_id(phone->person_id);
    if (!person) co_return person.error();
    // Without a phone on record the desk has to help first.
    if (!*person || (*person)->phone.empty()) co_return Errc::proofing_needed;
    if (auto refusal = co_await spend_sms_budgets(services, (*person)->phone, request.address))
        co_return *refusal;

    CodeOrder order;
    order.purpose = CodePurpose::certificate;
    order.holder_hash = code_holder(*phone);
    order.person_id = phone->person_id;
    order.to = (*person)->phone;
    order.challenge = base64url(services.random.bytes<32>());
    order.patience = patience_of_phone(services.config, request);
    std::string answer = order.challenge;
    auto sent = co_await order_code(services, std::move(order), trace_of(request));
    if (!sent) co_return sent.error();
    co_return json_response(200, {{"challenge", answer}, {"expires_in", sent->life.count()}});
}

constexpr std::array<std::string_view, 4> biometric_kinds{"simulated", "webauthn", "soter", "proofing"};

struct Wish {
    std::string sms_code = {};
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    Bytes public_key = {};
    Bytes proof = {};
    Bytes unlock_verifier = {};
    std::string biometric = {};
};

Wish read_wish(BodyReader& body, Language language) {
    bool zh = language == Language::zh;
    Wish wish;
    wish.sms_code = read_code(body, "sms_code", language);
    std::optional<KeyAlgorithm> algorithm = key_algorithm(body.text("algorithm", 8));
    wish.public_key = body.octets("public_key", point_size);
    wish.proof = body.octets("proof", 0, longest_proof);
    wish.unlock_verifier = body.octets("unlock_verifier", verifier_size);
    boost::json::object biometric = body.object("biometric");
    if (!body.ok()) return wish;
    if (!algorithm) {
        body.fault("algorithm", zh ? "应为 sm2 或 p256。" : "Must be sm2 or p256.");
    } else if (!is_public_key(*algorithm, wish.public_key)) {
        body.fault("public_key", zh ? "不是该曲线上的点。" : "Not a point of the curve.");
    } else {
        wish.algorithm = *algorithm;
    }
    const boost::json::value* kind = biometric.if_contains("kind");
    if (kind && kind->is_string()) wish.biometric = kind->as_string();
    if (std::ranges::find(biometric_kinds, wish.biometric) == biometric_kinds.end()) {
        body.fault("biometric", zh ? "kind 应为 webauthn、soter 或 proofing。"
                                   : "Its kind must be webauthn, soter or proofing.");
    }
    return wish;
}

// Who stands in front of this phone? The demo simulates it; the real ways come with proofing.
std::optional<Errc> biometric_refused(const Services& services, std::string_view kind) {
    if (kind == "simulated")
        return services.config.demo ? std::nullopt : std::optional(Errc::biometric_failed);
    return Errc::proofing_needed;
}

std::string proof_text(std::string_view challenge) {
    return "qrgate-certificate-v1\n" + std::string(challenge) + "\n";
}

NewCertificate new_certificate(Services& services, const Session& phone, const Wish& wish,
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
    added.biometric = wish.biometric;
    added.phone_session_id = phone.id;
    return added;
}

asio::awaitable<Outcome> issue(Services& services, Session phone, Wish wish, Trace trace) {
    Digest holder = code_holder(phone);
    CodeProof code = code_proof(services, CodePurpose::certificate, holder, wish.sms_code);
    auto challenge = co_await services.storage.check_code(code.purpose, code.holder_hash, code.code_hash,
                                                          services.clock.now());
    if (!challenge) co_return challenge.error();
    auto proved = co_await services.signatures.check(wish.algorithm, wish.public_key, proof_text(*challenge),
                                                     wish.proof);
    if (!proved) co_return proved.error();
    if (!*proved) co_return Errc::proof_wrong;

    IssueRequest asked;
    asked.person_id = phone.person_id;
    asked.algorithm = wish.algorithm;
    asked.public_key = wish.public_key;
    // X.509 times are whole seconds. Valid from a day before, because clocks differ: another node, or a demo
    // whose moved clock was put back by a restart, must not find the certificate in its future.
    auto now = std::chrono::floor<std::chrono::seconds>(services.clock.now());
    asked.not_before = now - std::chrono::days(1);
    asked.not_after = now + services.config.certificate_life;
    auto issued = co_await services.authority.issue(asked);
    if (!issued) co_return issued.error();
    NewCertificate added = new_certificate(services, phone, wish, asked, *issued);
    auto stored =
        co_await services.storage.add_certificate(std::move(added), holder, services.clock.now(), trace);
    if (!stored) co_return stored.error();
    services.log.info("certificate_issued", {{"serial", issued->serial}, {"request", trace.request_id}});
    co_return json_response(200, {{"serial", issued->serial},
                                  {"certificate_pem", issued->pem},
                                  {"not_after", format_time(asked.not_after)}});
}

asio::awaitable<void> announce(Services& services, std::string person_id) {
    auto person = co_await services.storage.find_person_by_id(std::move(person_id));
    if (!person || !*person || (*person)->phone.empty()) co_return;
    // A text that fails does not take the certificate back; the metric and the log tell.
    co_await send_quietly(services, notice_text(SmsNotice::certificate_added, (*person)->phone));
}

asio::awaitable<Outcome> make(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Wish wish = read_wish(body, language_of(request));
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    if (phone->person_level < needed_level(LoginMethod::qr)) co_return Errc::level_too_low;
    BudgetRequest budgets(services);
    budgets.of(Budget::code_of_person, phone->person_id).of(Budget::certificate_of_person, phone->person_id);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    if (auto errc = biometric_refused(services, wish.biometric)) co_return *errc;

    std::string person_id = phone->person_id;
    Outcome outcome = co_await issue(services, std::move(*phone), std::move(wish), trace_of(request));
    if (outcome) co_await announce(services, std::move(person_id));
    co_return outcome;
}

asio::awaitable<Outcome> list(Services& services, Request request) {
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto all = co_await services.storage.list_certificates(phone->person_id);
    if (!all) co_return all.error();
    boost::json::array rows;
    for (const Certificate& row : *all)
        rows.push_back(certificate_body(row, *phone, services.clock.now()));
    co_return json_response(200, {{"certificates", std::move(rows)}});
}

asio::awaitable<Outcome> revoke(Services& services, Request request) {
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto revoked = co_await services.storage.revoke_certificate(
        request.path_values.at(0), phone->person_id, "owner", services.clock.now(), trace_of(request));
    if (!revoked) co_return revoked.error();
    co_return no_content();
}

Refusal passphrase_wrong(int tries_left) {
    Refusal refusal(Errc::passphrase_wrong);
    refusal.beside["tries_left"] = tries_left;
    return refusal;
}

asio::awaitable<Outcome> unlock(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Bytes verifier = body.octets("verifier", verifier_size);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    std::string serial = request.path_values.at(0);
    auto certificate = co_await services.storage.find_certificate(serial);
    if (!certificate) co_return certificate.error();
    if (!*certificate || (*certificate)->person_id != phone->person_id) co_return Errc::not_found;
    // From another phone than its own, or no longer usable: refused, not counted.
    bool here = phone->device_hash && *phone->device_hash == (*certificate)->device_hash;
    if (!here || !is_usable(**certificate, services.clock.now())) co_return Errc::certificate_unusable;

    Digest verifier_hash = hmac_sha256(services.keys.unlock, verifier);
    auto tried = co_await services.storage.try_unlock(serial, phone->person_id, *phone->device_hash,
                                                      verifier_hash, services.clock.now(), trace_of(request));
    if (!tried) co_return tried.error();
    if (tried->secret) co_return json_response(200, {{"secret", base64url(*tried->secret)}});
    co_return passphrase_wrong(tried->tries_left);
}

}  // namespace

void add_certificate_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/phone/certificates/start", answered(services, start));
    router.add(Method::post, "/api/v1/phone/certificates", answered(services, make));
    router.add(Method::get, "/api/v1/phone/certificates", answered(services, list));
    router.add(Method::del, "/api/v1/phone/certificates/{serial}", answered(services, revoke));
    router.add(Method::post, "/api/v1/phone/certificates/{serial}/unlock", answered(services, unlock));
}

}  // namespace qrgate
