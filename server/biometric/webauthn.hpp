// Checks the answer of navigator.credentials.create() (W3C Web Authentication Level 2, 7.1) with libfido2:
// type, challenge and origin of the client data, the relying party's hash, that somebody was present (UP) and
// was verified by the phone (UV), and the attestation's signature where there is one. Formats: none, packed
// (own key or certificate). No attestation root is trusted (docs/decisions.md). Pure; costs up to a
// millisecond, so it belongs on the signature thread.
#pragma once

#include <optional>
#include <string>

#include "protocol/bytes.hpp"

namespace qrgate {

struct WebauthnAnswer {
    Bytes client_data = {};  // clientDataJSON
    Bytes attestation = {};  // attestationObject
};
struct WebauthnRules {
    std::string origin = {};     // ours; the relying party is its host
    std::string challenge = {};  // base64url, as the client data spells it
};
// What is kept of a right answer. No key and no credential id: it is never asked for again.
struct WebauthnFacts {
    std::string format = {};
    std::string aaguid = {};  // hex: the model of the authenticator, or zeros
    int algorithm = 0;        // COSE
};

// none: the answer does not count.
std::optional<WebauthnFacts> check_webauthn(const WebauthnAnswer& answer, const WebauthnRules& rules);

}  // namespace qrgate
