// Certificates and their keys in DER: what is read is one whole certificate that is written the same; nothing
// counts as issued by our CA; lists and names never break.
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "server/certificate_authority.hpp"
#include "server/ec_key.hpp"
#include "server/x509.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

const Bytes& our_ca() {
    static const Bytes der = [] {
        const KeyPtr key = new_key(KeyAlgorithm::p256);
        CertificatePlan plan;
        plan.serial = {1};
        plan.common_name = "CA of this fuzz target";
        plan.not_after = WallTime{} + std::chrono::hours(24 * 365 * 80);
        plan.subject_key = key.get();
        plan.issuer_key = key.get();
        plan.issuer_algorithm = KeyAlgorithm::p256;
        return der_of(build_certificate(plan).get());
    }();
    return der;
}

struct FreeCrl {
    void operator()(X509_CRL* list) const noexcept { X509_CRL_free(list); }
    void operator()(X509_REQ* request) const noexcept { X509_REQ_free(request); }
};

// Formats that only OpenSSL reads here, so that what it is linked with is looked at too.
void read_by_openssl(const std::uint8_t* data, std::size_t size) {
    const std::uint8_t* at = data;
    const std::unique_ptr<X509_CRL, FreeCrl> list(d2i_X509_CRL(nullptr, &at, static_cast<long>(size)));
    at = data;
    const std::unique_ptr<X509_REQ, FreeCrl> request(d2i_X509_REQ(nullptr, &at, static_cast<long>(size)));
    forget_errors();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const X509Ptr read = parse_certificate(input);
    const CertificateNames names = names_of(input);
    const Bytes point = public_key_of(input);
    must(read != nullptr || (names.subject.empty() && point.empty()), "what is none has nothing");
    if (read) {
        const Bytes again = der_of(read.get());
        must(parse_certificate(again) != nullptr, "what was written can be read");
        must(names.subject.find('\n') == std::string::npos, "a name is one line");
        const auto algorithm = algorithm_of(read.get());
        must(algorithm.has_value() == !point.empty(), "a key of ours has its point");
        must(point.empty() || point.size() == point_size, "of one size");
        for (const KeyAlgorithm each : {KeyAlgorithm::sm2, KeyAlgorithm::p256})
            must(!certificate_is_issued_by(input, our_ca(), each, point, WallTime{} + std::chrono::hours(1)),
                 "our CA did not issue it");
        if (!input.empty()) {
            Bytes longer(input.begin(), input.end());
            longer.push_back(0);
            must(parse_certificate(longer) == nullptr, "one whole certificate and nothing behind it");
        }
    }
    read_by_openssl(data, size);
    return 0;
}
