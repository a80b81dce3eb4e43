// Certificates of the phone: SMS code, list, one, revoke, and the unlock secret that makes short passphrases
// safe (the issue: certificate_issue.cpp). docs/protocol.md section 5.
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/levels.hpp"
#include "protocol/person.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/certificate_authority.hpp"
#include "server/certificate_body.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/handlers/certificate_issue.hpp"
#include "server/handlers/handlers.hpp"
#include "server/keys.hpp"
#include "server/revocation_list.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_watch.hpp"
#include "server/sms_code.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t verifier_size = 32;

Task<Outcome> start(Services& services, Request request) {
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
    order.holder_hash = certificate_code_holder(*phone);
    order.person_id = phone->person_id;
    order.to = (*person)->phone;
    order.challenge = base64url(services.random.bytes<32>());
    order.patience = patience_of_phone(services.config, request);
    std::string answer = order.challenge;
    auto sent = co_await order_code(services, std::move(order), trace_of(request));
    if (!sent) co_return sent.error();
    co_return json_response(200, {{"challenge", answer},
                                  {"expires_in", sent->life.count()},
                                  {"phone_masked", masked_phone((*person)->phone)}});
}

Task<Outcome> list(Services& services, Request request) {
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto all = co_await services.storage.list_certificates(phone->person_id);
    if (!all) co_return all.error();
    boost::json::array rows;
    for (const Certificate& row : *all)
        rows.push_back(
            certificate_body(row, *phone, services.clock.now(), services.config.certificate_renew_before));
    co_return json_response(200, {{"certificates", std::move(rows)}});
}

Task<Outcome> show(Services& services, Request request) {
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto found = co_await services.storage.find_certificate(request.path_values.at(0));
    if (!found) co_return found.error();
    if (!*found || (*found)->person_id != phone->person_id) co_return Errc::not_found;
    const Certificate& it = **found;
    boost::json::object body =
        certificate_body(it, *phone, services.clock.now(), services.config.certificate_renew_before);
    const CertificateNames names = names_of(it.der);
    body["subject"] = names.subject;
    body["issuer"] = names.issuer;
    body["fingerprint"] = hex(sha256(it.der));
    co_return json_response(200, body);
}

Task<Outcome> revoke(Services& services, Request request) {
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto revoked = co_await services.storage.revoke_certificate(
        request.path_values.at(0), phone->person_id, "owner", services.clock.now(), trace_of(request));
    sessions_changed(services, phone->person_id);
    if (!revoked) co_return revoked.error();
    services.revocations.changed();
    co_return no_content();
}

Refusal passphrase_wrong(int tries_left) {
    Refusal refusal(Errc::passphrase_wrong);
    refusal.beside["tries_left"] = tries_left;
    return refusal;
}

// The owner hears of it once, although wrong tries may come side by side.
Task<void> tell_disabled(Services& services, std::string person_id, std::string serial) {
    services.revocations.changed();
    BudgetRequest once(services);
    once.of(Budget::disabled_notice, serial);
    if (co_await once.spend()) co_return;
    co_await tell_by_text(services, std::move(person_id), SmsNotice::certificate_disabled);
}

// No certificate of this person on this phone has that serial. One of the same person on another phone is
// refused in other words. Nothing was counted.
Task<Outcome> not_on_this_phone(Services& services, std::string serial, std::string person_id) {
    auto certificate = co_await services.storage.find_certificate(std::move(serial));
    if (!certificate) co_return certificate.error();
    const bool own = *certificate && (*certificate)->person_id == person_id;
    co_return own ? Errc::certificate_unusable : Errc::not_found;
}

// What the certificate is and what is tried with it is one statement: a login waits for nothing that is read
// first.
Task<Outcome> unlock(Services& services, Request request) {
    BodyReader body = BodyReader::json(request.body);
    Bytes verifier = body.octets("verifier", verifier_size);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    std::string serial = request.path_values.at(0);
    if (!phone->device_hash) co_return co_await not_on_this_phone(services, serial, phone->person_id);

    Digest verifier_hash = hmac_sha256(services.keys.unlock, verifier);
    auto tried = co_await services.storage.try_unlock(serial, phone->person_id, *phone->device_hash,
                                                      verifier_hash, services.clock.now(), trace_of(request));
    if (!tried && tried.error() == Errc::not_found)
        co_return co_await not_on_this_phone(services, serial, phone->person_id);
    if (!tried) co_return tried.error();
    if (tried->secret) co_return json_response(200, {{"secret", base64url(*tried->secret)}});
    if (tried->disabled) co_await tell_disabled(services, phone->person_id, serial);
    co_return passphrase_wrong(tried->tries_left);
}

}  // namespace

void add_certificate_routes(Router& router, Services& services) {
    router.add(Method::post, "/api/v1/phone/certificates/start", answered(services, start));
    router.add(Method::post, "/api/v1/phone/certificates", answered(services, issue_certificate));
    router.add(Method::get, "/api/v1/phone/certificates", answered(services, list));
    router.add(Method::get, "/api/v1/phone/certificates/{serial}", answered(services, show));
    router.add(Method::del, "/api/v1/phone/certificates/{serial}", answered(services, revoke));
    router.add(Method::post, "/api/v1/phone/certificates/{serial}/unlock", answered(services, unlock));
}

}  // namespace qrgate
