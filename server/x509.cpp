#include "server/x509.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace qrgate {

namespace {

void need(bool done, std::string_view what) {
    if (done) return;
    forget_errors();
    throw std::runtime_error(fmt::format("OpenSSL could not {} of a certificate", what));
}

void set_serial(X509* certificate, const Serial& serial) {
    BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
    const bool done =
        number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
    BN_free(number);
    need(done, "set the serial");
}

void add_name(X509_NAME* name, const char* field, std::string_view text) {
    need(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1,
         "set the name");
}

void set_time(ASN1_TIME* field, WallTime time) {
    need(ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(
                                  std::chrono::floor<std::chrono::seconds>(time))) != nullptr,
         "set the validity");
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    const bool done = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    need(done, "set the extensions");
}

void add_extensions(X509* certificate, X509* issuer, const std::string& crl_url) {
    const bool authority = issuer == nullptr;
    if (authority) issuer = certificate;
    add_extension(certificate, issuer, NID_basic_constraints,
                  authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage,
                  authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (!authority) add_extension(certificate, issuer, NID_ext_key_usage, "clientAuth");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    if (!crl_url.empty())
        add_extension(certificate, issuer, NID_crl_distribution_points, ("URI:" + crl_url).c_str());
}

void sign(X509* certificate, EVP_PKEY* key, KeyAlgorithm algorithm) {
    const DigestContextPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
    need(context && EVP_DigestSignInit(context.get(), &parameters, digest_of(algorithm), nullptr, key) == 1 &&
             set_distinguishing_id(algorithm, parameters) && X509_sign_ctx(certificate, context.get()) > 0,
         "make the signature");
}

}  // namespace

X509Ptr build_certificate(const CertificatePlan& plan) {
    X509Ptr certificate(X509_new());
    need(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "set the version");
    set_serial(certificate.get(), plan.serial);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    add_name(subject, "O", "qrgate");
    add_name(subject, "CN", plan.common_name);
    need(X509_set_issuer_name(certificate.get(),
                              plan.issuer ? X509_get_subject_name(plan.issuer) : subject) == 1,
         "set the issuer");
    set_time(X509_getm_notBefore(certificate.get()), plan.not_before);
    set_time(X509_getm_notAfter(certificate.get()), plan.not_after);
    need(X509_set_pubkey(certificate.get(), plan.subject_key) == 1, "set the key");
    add_extensions(certificate.get(), plan.issuer, plan.crl_url);
    sign(certificate.get(), plan.issuer_key, plan.issuer_algorithm);
    return certificate;
}

X509Ptr parse_certificate(ByteView der) {
    const unsigned char* at = der.data();
    X509Ptr certificate(der.empty() ? nullptr : d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    forget_errors();
    if (!certificate || at != der.data() + der.size()) return nullptr;
    return certificate;
}

Bytes der_of(const X509* certificate) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(certificate, &encoded);
    need(size > 0, "write the octets");
    Bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    return der;
}

std::optional<KeyAlgorithm> algorithm_of(const X509* certificate) {
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (is_key_of(KeyAlgorithm::sm2, key)) return KeyAlgorithm::sm2;
    if (is_key_of(KeyAlgorithm::p256, key)) return KeyAlgorithm::p256;
    return std::nullopt;
}

void expect_distinguishing_id(X509* certificate, KeyAlgorithm issuer_algorithm) {
    if (issuer_algorithm != KeyAlgorithm::sm2) return;  // ECDSA refuses to have one
    ASN1_OCTET_STRING* id = ASN1_OCTET_STRING_new();
    need(id != nullptr &&
             ASN1_OCTET_STRING_set(id, reinterpret_cast<const unsigned char*>(sm2_distinguishing_id.data()),
                                   static_cast<int>(sm2_distinguishing_id.size())) == 1,
         "set the identity");
    X509_set0_distinguishing_id(certificate, id);  // takes it
}

}  // namespace qrgate
