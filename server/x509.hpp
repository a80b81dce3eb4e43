// Builds and reads X.509 v3 certificates, and builds lists of revoked ones (CRL v2), with OpenSSL. Private to
// the certificate authority (includes OpenSSL). Pure; any thread. Reading gives null for anything but one
// whole certificate; building throws std::runtime_error.
#pragma once

#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/time.hpp"
#include "server/ec_key.hpp"
#include "storage/storage.hpp"

namespace qrgate {

struct FreeX509 {
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
    void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const noexcept { X509_STORE_CTX_free(context); }
};
using X509Ptr = std::unique_ptr<X509, FreeX509>;

using Serial = std::array<std::uint8_t, 16>;

struct CertificatePlan {
    Serial serial{};
    std::string common_name = {};
    WallTime not_before{};
    WallTime not_after{};
    EVP_PKEY* subject_key = nullptr;
    X509* issuer = nullptr;  // null: self-signed, a CA; else an end entity
    EVP_PKEY* issuer_key = nullptr;
    KeyAlgorithm issuer_algorithm = KeyAlgorithm::sm2;
    std::string crl_url = {};  // empty: the certificate names no list
};
X509Ptr build_certificate(const CertificatePlan& plan);

struct CrlPlan {
    X509* issuer = nullptr;
    EVP_PKEY* issuer_key = nullptr;
    KeyAlgorithm issuer_algorithm = KeyAlgorithm::sm2;
    std::int64_t number = 0;  // grows with every list
    WallTime this_update{};
    WallTime next_update{};
    std::vector<RevokedCertificate> revoked = {};
};
Bytes build_crl(const CrlPlan& plan);  // DER

X509Ptr parse_certificate(ByteView der);
// "CN=…,O=qrgate" (RFC 4514).
std::string name_text(const X509_NAME* name);
Bytes der_of(const X509* certificate);
// Of the certificate's key; nullopt when it is neither SM2 nor P-256.
std::optional<KeyAlgorithm> algorithm_of(const X509* certificate);
// SM2 signatures in certificates are checked under this identity, which X509_verify* take from the object
// itself.
void expect_distinguishing_id(X509* certificate, KeyAlgorithm issuer_algorithm);

}  // namespace qrgate
