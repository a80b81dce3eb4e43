// The server's own CA: makes its key and self-signed certificate at first start (SM2 by default, P-256 by
// config; key file 0600 in the data folder), and issues end-entity certificates for public keys whose
// possession was proved; signs the lists of revoked ones. After `qrgate keys rotate ca` there is more than
// one generation (server/authority_files): the newest whose time has come issues, and each signs the list of
// what it issued. Signing (0.5 ms) runs on the signature thread. Owned by App.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"
#include "server/workers.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct IssueRequest {
    std::string person_id = {};  // becomes the subject's CN; no number and no name goes into a certificate
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    Bytes public_key = {};  // checked with is_public_key before
    WallTime not_before{};
    WallTime not_after{};
    std::string crl_url = {};  // where the first generation's list of revoked ones is; empty: not named
};

struct RevocationOrder {
    std::int64_t number = 0;  // grows with every list
    WallTime this_update{};
    WallTime next_update{};
    std::vector<RevokedCertificate> revoked = {};
};

struct IssuedCertificate {
    std::string serial = {};  // lower-case hex of 16 random octets, first bit 0, first octet not 0
    Bytes der = {};
    std::string pem = {};
};

class CertificateAuthority {
public:
    // Opens the CA of the folder, or makes one. Throws std::runtime_error with one plain line when it cannot
    // (unreadable, wrong mode, key and certificate that do not belong together).
    static std::unique_ptr<CertificateAuthority> open(std::filesystem::path folder, KeyAlgorithm for_new,
                                                      Random& random, WallTime now, Workers& workers);
    ~CertificateAuthority();

    // Takes over what was added to the folder. Throws as open does; then nothing has changed.
    void read_again(WallTime now);
    // Whether another generation issues from now on.
    bool look_at_the_time(WallTime now);

    Task<Result<IssuedCertificate>> issue(IssueRequest request);
    // The CRL, DER, by the generation with this id; empty: the first, whose certificates name the list
    // without an id. not_found: there is none.
    Task<Result<Bytes>> sign_revocations(std::string id, RevocationOrder order);
    const Bytes& certificate() const noexcept;  // of the generation that issues now, DER
    const Bytes* certificate_of(std::string_view id) const noexcept;  // as above; null: none
    std::string issuer_of(ByteView der) const;                        // its id; empty: none of ours
    std::size_t generations() const noexcept;
    std::string bundle() const;  // all generations, PEM, newest first
    KeyAlgorithm algorithm() const noexcept;

private:
    struct State;
    CertificateAuthority(std::unique_ptr<State> state, Random& random, Workers& workers);
    std::unique_ptr<State> state_;
    Random& random_;
    Workers& workers_;
};

std::string pem_of_certificate(ByteView der);
// Whether `der` was issued by `ca` for that key and was within its validity at `at`: for `receipt verify` and
// for issue.
bool certificate_is_issued_by(ByteView der, ByteView ca, KeyAlgorithm algorithm, ByteView public_key,
                              WallTime at);
// Who it is for and who issued it, as text; empty for what is no certificate.
struct CertificateNames {
    std::string subject = {};
    std::string issuer = {};
};
CertificateNames names_of(ByteView der);
// The raw point inside a certificate; empty when it is neither SM2 nor P-256.
Bytes public_key_of(ByteView der);

}  // namespace qrgate
