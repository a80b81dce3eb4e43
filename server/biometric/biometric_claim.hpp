// The `biometric` of a certificate's request (docs/protocol.md section 5): that the person stands in front of
// this phone. Read strictly, then checked against the challenge that binds it to this SMS code and this key.
// I/O thread; what costs runs on the signature thread.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "protocol/error.hpp"
#include "server/biometric/soter.hpp"
#include "server/biometric/webauthn.hpp"
#include "server/workers.hpp"
#include "storage/task.hpp"

namespace qrgate {

enum class BiometricKind : unsigned char { simulated, webauthn, soter, proofing };
std::string_view name_of(BiometricKind kind) noexcept;

struct BiometricClaim {
    BiometricKind kind = BiometricKind::simulated;
    WebauthnAnswer webauthn = {};
    SoterAnswer soter = {};
    std::string proofing_id = {};  // empty: any that counts
};

// none: an unknown kind, an unknown or missing member, or one of the wrong type.
std::optional<BiometricClaim> read_biometric(const boost::json::object& body);

// The challenge of create(), in base64url as the client data spells it: SHA-256 over "qrgate-biometric-v1",
// the challenge of the code and the new public key (base64url), one line each. So a finger vouches for one
// key.
std::string webauthn_challenge(std::string_view challenge, ByteView public_key);

struct BiometricRules {
    std::string origin = {};     // ours
    std::string challenge = {};  // of the code: what SOTER signs as it is
    Bytes public_key = {};       // the new key
};
// What was verified, as JSON for the evidence; biometric_failed, busy, timed_out. Kinds `webauthn` and
// `soter` only.
Task<Result<std::string>> check_biometric(BiometricClaim claim, BiometricRules rules, SoterCheck& soter,
                                          Workers& workers);

}  // namespace qrgate
