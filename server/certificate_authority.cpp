#include "server/certificate_authority.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

#include "server/secret_file.hpp"
#include "server/x509.hpp"

namespace qrgate {

struct CertificateAuthority::Keys {
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    KeyPtr key = {};
    X509Ptr certificate = {};
    Bytes der = {};
};

namespace {

constexpr auto ca_life = std::chrono::years{20};
// So that a machine whose clock is put right afterwards does not find its own CA to be of the future.
constexpr auto ca_head_start = std::chrono::days{1};

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

// An encrypted key file would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

KeyPtr parse_key(ByteView pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    forget_errors();
    return key;
}

std::string pem_of_key(const EVP_PKEY* key) {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::runtime_error("OpenSSL could not write the key of the CA");
    return text_of(bio.get());
}

X509Ptr certificate_of_pem(ByteView pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    forget_errors();
    return certificate;
}

Serial new_serial(Random& random) {
    Serial serial{};
    while (serial[0] == 0) {
        random.fill(serial);
        serial[0] &= 0x7f;  // positive in DER without a further octet
    }
    return serial;
}

KeyPtr read_or_make_key(const std::filesystem::path& file, KeyAlgorithm for_new) {
    auto pem = read_secret_file(file);
    if (!pem) {
        std::string fresh = pem_of_key(new_key(for_new).get());
        write_new_file(file, as_bytes(fresh), FileMode::secret);
        wipe(fresh);
        pem = read_secret_file(file);
    }
    KeyPtr key = pem ? parse_key(*pem) : nullptr;
    if (pem) wipe(*pem);
    if (!key)
        throw std::runtime_error(
            fmt::format("{} is not a private key in PKCS#8 PEM without passphrase", file.string()));
    return key;
}

X509Ptr self_signed(EVP_PKEY* key, KeyAlgorithm algorithm, Random& random, WallTime now) {
    CertificatePlan plan;
    plan.serial = new_serial(random);
    // Named after its key: made again from the key, it still stands above what was issued before.
    plan.common_name = "qrgate CA " + hex(sha256(point_of_key(algorithm, key))).substr(0, 8);
    plan.not_before = now - ca_head_start;
    plan.not_after = now + ca_life;
    plan.subject_key = key;
    plan.issuer_key = key;
    plan.issuer_algorithm = algorithm;
    return build_certificate(plan);
}

bool has_time_left(const X509* certificate, WallTime at) {
    std::time_t when = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
    return X509_cmp_time(X509_get0_notAfter(certificate), &when) > 0;
}

}  // namespace

std::unique_ptr<CertificateAuthority> CertificateAuthority::open(std::filesystem::path folder,
                                                                 KeyAlgorithm for_new, Random& random,
                                                                 WallTime now, Workers& workers) {
    const auto key_file = folder / "ca.key";
    const auto certificate_file = folder / "ca.crt";
    make_private_folder(folder);
    auto pem = read_public_file(certificate_file);
    if (pem && !std::filesystem::exists(key_file))
        throw std::runtime_error(fmt::format("{} is there but {} is not; put the key back",
                                             certificate_file.string(), key_file.string()));

    auto keys = std::make_shared<Keys>();
    keys->key = read_or_make_key(key_file, for_new);
    if (!is_key_of(KeyAlgorithm::sm2, keys->key.get()) && !is_key_of(KeyAlgorithm::p256, keys->key.get()))
        throw std::runtime_error(fmt::format("{} is neither an SM2 nor a P-256 key", key_file.string()));
    keys->algorithm = is_key_of(KeyAlgorithm::sm2, keys->key.get()) ? KeyAlgorithm::sm2 : KeyAlgorithm::p256;
    if (!pem) {  // first start, or a crash between the two files
        const auto made = self_signed(keys->key.get(), keys->algorithm, random, now);
        write_new_file(certificate_file, as_bytes(pem_of_certificate(der_of(made.get()))),
                       FileMode::readable);
        pem = read_public_file(certificate_file);
    }
    keys->certificate = pem ? certificate_of_pem(*pem) : nullptr;
    if (!keys->certificate)
        throw std::runtime_error(fmt::format("{} is not a certificate in PEM", certificate_file.string()));
    if (EVP_PKEY_eq(X509_get0_pubkey(keys->certificate.get()), keys->key.get()) != 1) {
        forget_errors();
        throw std::runtime_error(
            fmt::format("{} and {} do not belong together", certificate_file.string(), key_file.string()));
    }
    if (!has_time_left(keys->certificate.get(), now))
        throw std::runtime_error(fmt::format("{} has expired", certificate_file.string()));
    keys->der = der_of(keys->certificate.get());
    return std::unique_ptr<CertificateAuthority>(new CertificateAuthority(std::move(keys), random, workers));
}

CertificateAuthority::CertificateAuthority(std::shared_ptr<const Keys> keys, Random& random, Workers& workers)
    : keys_(std::move(keys)), random_(random), workers_(workers) {}

CertificateAuthority::~CertificateAuthority() = default;

asio::awaitable<Result<IssuedCertificate>> CertificateAuthority::issue(IssueRequest request) {
    struct Work {
        std::shared_ptr<const Keys> keys;
        Serial serial;
        IssueRequest request;
        IssuedCertificate issued = {};
    };
    auto work = std::make_shared<Work>(
        Work{.keys = keys_, .serial = new_serial(random_), .request = std::move(request)});
    std::function<void()> job = [work] {
        const IssueRequest& asked = work->request;
        const KeyPtr key = key_of_point(asked.algorithm, asked.public_key);
        if (!key) throw std::logic_error("a certificate was asked for what is no public key");
        CertificatePlan plan;
        plan.serial = work->serial;
        plan.common_name = asked.person_id;
        plan.not_before = asked.not_before;
        plan.not_after = asked.not_after;
        plan.subject_key = key.get();
        plan.issuer = work->keys->certificate.get();
        plan.issuer_key = work->keys->key.get();
        plan.issuer_algorithm = work->keys->algorithm;
        plan.crl_url = asked.crl_url;
        work->issued.der = der_of(build_certificate(plan).get());
        // The contract: the chain is checked at issue.
        if (!certificate_is_issued_by(work->issued.der, work->keys->der, asked.algorithm, asked.public_key,
                                      asked.not_before))
            throw std::runtime_error("the CA made a certificate that does not verify");
        work->issued.serial = hex(work->serial);
        work->issued.pem = pem_of_certificate(work->issued.der);
    };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();
    co_return std::move(work->issued);
}

asio::awaitable<Result<Bytes>> CertificateAuthority::sign_revocations(RevocationOrder order) {
    struct Work {
        std::shared_ptr<const Keys> keys;
        RevocationOrder order;
        Bytes der = {};
    };
    auto work = std::make_shared<Work>(Work{.keys = keys_, .order = std::move(order)});
    std::function<void()> job = [work] {
        CrlPlan plan;
        plan.issuer = work->keys->certificate.get();
        plan.issuer_key = work->keys->key.get();
        plan.issuer_algorithm = work->keys->algorithm;
        plan.number = work->order.number;
        plan.this_update = work->order.this_update;
        plan.next_update = work->order.next_update;
        plan.revoked = std::move(work->order.revoked);
        work->der = build_crl(plan);
    };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();
    co_return std::move(work->der);
}

const Bytes& CertificateAuthority::certificate() const noexcept {
    return keys_->der;
}

KeyAlgorithm CertificateAuthority::algorithm() const noexcept {
    return keys_->algorithm;
}

std::string pem_of_certificate(ByteView der) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio(bio.get(), PEM_STRING_X509, "", der.data(), static_cast<long>(der.size())) <= 0)
        throw std::runtime_error("OpenSSL could not write a certificate as PEM");
    return text_of(bio.get());
}

bool certificate_is_issued_by(ByteView der, ByteView ca, KeyAlgorithm algorithm, ByteView public_key,
                              WallTime at) {
    const X509Ptr leaf = parse_certificate(der);
    const X509Ptr issuer = parse_certificate(ca);
    if (!leaf || !issuer) return false;
    const auto issuer_algorithm = algorithm_of(issuer.get());
    if (!issuer_algorithm || algorithm_of(leaf.get()) != algorithm) return false;
    const Bytes point = point_of_key(algorithm, X509_get0_pubkey(leaf.get()));
    if (point.empty() || !std::equal(point.begin(), point.end(), public_key.begin(), public_key.end()))
        return false;

    expect_distinguishing_id(leaf.get(), *issuer_algorithm);
    expect_distinguishing_id(issuer.get(), *issuer_algorithm);
    const std::unique_ptr<X509_STORE, FreeX509> store(X509_STORE_new());
    const std::unique_ptr<X509_STORE_CTX, FreeX509> context(X509_STORE_CTX_new());
    bool right = store && context && X509_STORE_add_cert(store.get(), issuer.get()) == 1 &&
                 X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr) == 1;
    if (right) {
        X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
        X509_VERIFY_PARAM_set_time(
            rules, std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at)));
        X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
        X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_CLIENT);
        right = X509_verify_cert(context.get()) == 1;
    }
    forget_errors();
    return right;
}

CertificateNames names_of(ByteView der) {
    const X509Ptr certificate = parse_certificate(der);
    if (!certificate) return {};
    return {.subject = name_text(X509_get_subject_name(certificate.get())),
            .issuer = name_text(X509_get_issuer_name(certificate.get()))};
}

Bytes public_key_of(ByteView der) {
    const X509Ptr certificate = parse_certificate(der);
    const auto algorithm = certificate ? algorithm_of(certificate.get()) : std::nullopt;
    if (!algorithm) return {};
    return point_of_key(*algorithm, X509_get0_pubkey(certificate.get()));
}

}  // namespace qrgate
