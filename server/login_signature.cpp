#include "server/login_signature.hpp"

#include "server/certificate_authority.hpp"
#include "server/certificate_body.hpp"
#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/signature_checker.hpp"
#include "storage/task.hpp"

namespace qrgate {

SignedLogin signed_login(const Ticket& ticket) {
    return {.origin = ticket.origin,
            .ticket = ticket.token,
            .nonce = ticket.nonce,
            .person = ticket.person_id,
            .certificate = ticket.certificate,
            .family = ticket.browser.family,
            .os = ticket.browser.os,
            .address = ticket.browser.address,
            .started = ticket.browser.started_at,
            .expires = ticket.signing_expires_at};
}

Task<Result<std::optional<std::string>>> signature_fits(Services& services, Ticket ticket,
                                                        std::string certificate, Bytes signature) {
    if (certificate != ticket.certificate) co_return Errc::certificate_unusable;
    CertificateKeys& keys = services.signatures.certificate_keys();
    std::optional<CertificateKey> known;
    if (const CertificateKey* kept = keys.find(certificate)) known = *kept;
    if (known && known->person_id == ticket.person_id) {
        auto right = co_await services.signatures.check(known->algorithm, known->public_key,
                                                        signed_text(signed_login(ticket)), signature);
        if (!right) co_return right.error();
        if (*right) co_return known->issuer;
    }
    auto found = co_await services.storage.find_certificate(certificate);
    if (!found) co_return found.error();
    if (!*found || (*found)->person_id != ticket.person_id || !is_usable(**found, services.clock.now())) {
        co_return Errc::certificate_unusable;
    }
    CertificateKey key{(*found)->person_id, (*found)->algorithm, (*found)->public_key,
                       services.authority.issuer_of((*found)->der)};
    if (known == key) co_return std::nullopt;
    // Issued by a generation that this node has not read yet: the next login asks again.
    if (!key.issuer.empty()) keys.keep(certificate, key);
    auto right = co_await services.signatures.check(key.algorithm, std::move(key.public_key),
                                                    signed_text(signed_login(ticket)), std::move(signature));
    if (!right) co_return right.error();
    if (!*right) co_return std::nullopt;
    co_return key.issuer;
}

}  // namespace qrgate
