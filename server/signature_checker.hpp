// Verifies SM2 (SM2-with-SM3, distinguishing id 1234567812345678, GB/T 32918) and P-256 (ECDSA-SHA-256)
// signatures on the signature thread. Signatures are strict DER: parsed, re-encoded and compared before
// anything else. Public keys are raw uncompressed points and must lie on the curve. Owned by App; I/O thread.
#pragma once

#include <memory>
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "server/certificate_keys.hpp"
#include "server/scanned_tickets.hpp"
#include "server/workers.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

class PublicKeyCache;

class SignatureChecker {
public:
    explicit SignatureChecker(Workers& workers);

    // false: well-formed or not, it is not a signature of `message` by this key. busy.
    Task<Result<bool>> check(KeyAlgorithm algorithm, Bytes public_key, std::string message, Bytes signature);

    // The thread, for other checks of signatures.
    Workers& workers() noexcept { return workers_; }

    // Of those that signed lately.
    CertificateKeys& certificate_keys() noexcept { return certificate_keys_; }
    // What they sign is made from these.
    ScannedTickets& scanned_tickets() noexcept { return scanned_tickets_; }

private:
    Workers& workers_;
    CertificateKeys certificate_keys_;
    ScannedTickets scanned_tickets_;
    std::shared_ptr<PublicKeyCache> keys_;  // shared with the jobs on the thread
};

// The same without a thread (tests, `receipt verify`), and with the key parsed before.
bool signature_is_right(KeyAlgorithm algorithm, ByteView public_key, ByteView message, ByteView signature);
bool signature_is_right(KeyAlgorithm algorithm, PublicKeyCache& keys, ByteView public_key, ByteView message,
                        ByteView signature);
// Whether these 65 octets are a point of the algorithm's curve (and not infinity).
bool is_public_key(KeyAlgorithm algorithm, ByteView public_key);
// ECDSA/SM2 signature in DER and nothing else: minimal lengths and integers, both positive, no trailing
// octet.
bool is_strict_der_signature(ByteView signature);

}  // namespace qrgate
