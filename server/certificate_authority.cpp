#include "server/certificate_authority.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

#include "server/authority_files.hpp"
#include "server/x509.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

std::string text_of(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

// Octets of a certificate in which its issuer's name is, whatever else they hold.
constexpr std::size_t certificate_head = 192;

// In DER an issuer's name stands whole, and it holds the hash of the issuer's key.
bool is_named_in(const Authority& authority, ByteView certificate) {
    const ByteView head = certificate.first(std::min(certificate.size(), certificate_head));
    return !std::ranges::search(head, authority.name).empty();
}

}  // namespace

struct CertificateAuthority::State {
    std::filesystem::path folder;
    KeyAlgorithm for_new = KeyAlgorithm::sm2;
    Authorities all = {};
    std::shared_ptr<const Authority> issuing = {};

    std::shared_ptr<const Authority> find(std::string_view id) const {
        if (id.empty()) return all.front();
        for (const auto& each : all)
            if (each->id == id) return each;
        return nullptr;
    }
};

std::unique_ptr<CertificateAuthority> CertificateAuthority::open(std::filesystem::path folder,
                                                                 KeyAlgorithm for_new, Random& random,
                                                                 WallTime now, Workers& workers) {
    auto state = std::make_unique<State>();
    state->all = open_authorities(folder, for_new, random, now);
    state->issuing = issuing_at(state->all, now);
    state->folder = std::move(folder);
    state->for_new = for_new;
    return std::unique_ptr<CertificateAuthority>(new CertificateAuthority(std::move(state), random, workers));
}

CertificateAuthority::CertificateAuthority(std::unique_ptr<State> state, Random& random, Workers& workers)
    : state_(std::move(state)), random_(random), workers_(workers) {}

CertificateAuthority::~CertificateAuthority() = default;

void CertificateAuthority::read_again(WallTime now) {
    // A folder that is away for a moment must not be filled with a new CA.
    if (!std::filesystem::exists(state_->folder / "ca.crt"))
        throw std::runtime_error((state_->folder / "ca.crt").string() + " is missing");
    state_->all = open_authorities(state_->folder, state_->for_new, random_, now);
    look_at_the_time(now);
}

bool CertificateAuthority::look_at_the_time(WallTime now) {
    auto issuing = issuing_at(state_->all, now);
    const bool other = issuing->id != state_->issuing->id;
    state_->issuing = std::move(issuing);
    return other;
}

Task<Result<IssuedCertificate>> CertificateAuthority::issue(IssueRequest request) {
    struct Work {
        std::shared_ptr<const Authority> authority;
        Serial serial;
        IssueRequest request;
        IssuedCertificate issued = {};
    };
    auto work = std::make_shared<Work>(
        Work{.authority = state_->issuing, .serial = new_serial(random_), .request = std::move(request)});
    std::function<void()> job = [work] {
        const IssueRequest& asked = work->request;
        const Authority& authority = *work->authority;
        const KeyPtr key = key_of_point(asked.algorithm, asked.public_key);
        if (!key) throw std::logic_error("a certificate was asked for what is no public key");
        CertificatePlan plan;
        plan.serial = work->serial;
        plan.common_name = asked.person_id;
        plan.not_before = asked.not_before;
        plan.not_after = asked.not_after;
        plan.subject_key = key.get();
        plan.issuer = authority.certificate.get();
        plan.issuer_key = authority.key.get();
        plan.issuer_algorithm = authority.algorithm;
        plan.crl_url = asked.crl_url;
        // What the first one issued names the plain address; each later one has a list of its own.
        if (!plan.crl_url.empty() && authority.generation > 1) plan.crl_url += "?ca=" + authority.id;
        work->issued.der = der_of(build_certificate(plan).get());
        // The contract: the chain is checked at issue.
        if (!is_named_in(authority, work->issued.der) ||
            !certificate_is_issued_by(work->issued.der, authority.der, asked.algorithm, asked.public_key,
                                      asked.not_before))
            throw std::runtime_error("the CA made a certificate that does not verify");
        work->issued.serial = hex(work->serial);
        work->issued.pem = pem_of_certificate(work->issued.der);
    };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();
    co_return std::move(work->issued);
}

Task<Result<Bytes>> CertificateAuthority::sign_revocations(std::string id, RevocationOrder order) {
    struct Work {
        std::shared_ptr<const Authority> authority;
        RevocationOrder order;
        Bytes der = {};
    };
    auto work = std::make_shared<Work>(Work{.authority = state_->find(id), .order = std::move(order)});
    if (!work->authority) co_return Errc::not_found;
    std::function<void()> job = [work] {
        const Authority& authority = *work->authority;
        CrlPlan plan;
        plan.issuer = authority.certificate.get();
        plan.issuer_key = authority.key.get();
        plan.issuer_algorithm = authority.algorithm;
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
    return state_->issuing->der;
}

const Bytes* CertificateAuthority::certificate_of(std::string_view id) const noexcept {
    const auto found = state_->find(id);
    return found ? &found->der : nullptr;
}

std::string CertificateAuthority::issuer_of(ByteView der) const {
    for (const auto& each : state_->all)
        if (is_named_in(*each, der)) return each->id;
    return {};
}

std::size_t CertificateAuthority::generations() const noexcept {
    return state_->all.size();
}

std::string CertificateAuthority::bundle() const {
    std::string pem;
    for (auto each = state_->all.rbegin(); each != state_->all.rend(); ++each)
        pem += pem_of_certificate((*each)->der);
    return pem;
}

KeyAlgorithm CertificateAuthority::algorithm() const noexcept {
    return state_->issuing->algorithm;
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
