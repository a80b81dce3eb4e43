// Lists of revoked certificates (RFC 5280, 5).
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

#include "server/x509.hpp"

namespace qrgate {

namespace {

struct FreeCrl {
    void operator()(X509_CRL* list) const noexcept { X509_CRL_free(list); }
    void operator()(X509_REVOKED* line) const noexcept { X509_REVOKED_free(line); }
    // Times, integers and enumerated values are all this one type.
    void operator()(ASN1_STRING* value) const noexcept { ASN1_STRING_free(value); }
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeCrl>;

void need(bool done, std::string_view what) {
    if (done) return;
    forget_errors();
    throw std::runtime_error(fmt::format("OpenSSL could not {} of a list of revoked certificates", what));
}

Owned<ASN1_TIME> time_of(WallTime time) {
    Owned<ASN1_TIME> made(ASN1_TIME_set(
        nullptr, std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time))));
    need(made != nullptr, "set a time");
    return made;
}

struct Reason {
    std::string_view ours;
    long code;
};
// The code says what the outside may know; a reason without a row stays out, as RFC 5280 (5.3.1) asks.
constexpr std::array<Reason, 4> reasons{{{"superseded", CRL_REASON_SUPERSEDED},
                                         {"owner", CRL_REASON_CESSATION_OF_OPERATION},
                                         {"operator", CRL_REASON_PRIVILEGE_WITHDRAWN},
                                         {"passphrase_wrong", CRL_REASON_PRIVILEGE_WITHDRAWN}}};

void add_reason(X509_REVOKED* line, std::string_view reason) {
    for (const Reason& known : reasons) {
        if (known.ours != reason) continue;
        const Owned<ASN1_ENUMERATED> code(ASN1_ENUMERATED_new());
        need(code && ASN1_ENUMERATED_set(code.get(), known.code) == 1 &&
                 X509_REVOKED_add1_ext_i2d(line, NID_crl_reason, code.get(), 0, 0) == 1,
             "give the reason");
    }
}

void add_line(X509_CRL* list, const RevokedCertificate& revoked) {
    BIGNUM* hex_number = nullptr;
    BN_hex2bn(&hex_number, revoked.serial.c_str());
    const Owned<BIGNUM> number(hex_number);
    need(number != nullptr, "read a serial");
    const Owned<ASN1_INTEGER> serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
    Owned<X509_REVOKED> line(X509_REVOKED_new());
    need(line && serial && X509_REVOKED_set_serialNumber(line.get(), serial.get()) == 1 &&
             X509_REVOKED_set_revocationDate(line.get(), time_of(revoked.revoked_at).get()) == 1,
         "write a line");
    add_reason(line.get(), revoked.reason);
    need(X509_CRL_add0_revoked(list, line.get()) == 1, "add a line");
    [[maybe_unused]] X509_REVOKED* const taken = line.release();
}

void add_extensions(X509_CRL* list, const CrlPlan& plan) {
    const Owned<ASN1_INTEGER> number(ASN1_INTEGER_new());
    need(number && ASN1_INTEGER_set_int64(number.get(), plan.number) == 1 &&
             X509_CRL_add1_ext_i2d(list, NID_crl_number, number.get(), 0, 0) == 1,
         "set the number");
    X509V3_CTX context{};
    X509V3_set_ctx(&context, plan.issuer, nullptr, nullptr, list, 0);
    X509_EXTENSION* key =
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always");
    const bool done = key != nullptr && X509_CRL_add_ext(list, key, -1) == 1;
    X509_EXTENSION_free(key);
    need(done, "name the key");
}

void sign(X509_CRL* list, const CrlPlan& plan) {
    const DigestContextPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
    need(context &&
             EVP_DigestSignInit(context.get(), &parameters, digest_of(plan.issuer_algorithm), nullptr,
                                plan.issuer_key) == 1 &&
             set_distinguishing_id(plan.issuer_algorithm, parameters) &&
             X509_CRL_sign_ctx(list, context.get()) > 0,
         "make the signature");
}

}  // namespace

Bytes build_crl(const CrlPlan& plan) {
    const Owned<X509_CRL> list(X509_CRL_new());
    need(list && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
             X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(plan.issuer)) == 1 &&
             X509_CRL_set1_lastUpdate(list.get(), time_of(plan.this_update).get()) == 1 &&
             X509_CRL_set1_nextUpdate(list.get(), time_of(plan.next_update).get()) == 1,
         "write the head");
    for (const RevokedCertificate& revoked : plan.revoked)
        add_line(list.get(), revoked);
    X509_CRL_sort(list.get());
    add_extensions(list.get(), plan);
    sign(list.get(), plan);

    unsigned char* encoded = nullptr;
    const int size = i2d_X509_CRL(list.get(), &encoded);
    need(size > 0, "write the octets");
    Bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    return der;
}

std::string name_text(const X509_NAME* name) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace qrgate
