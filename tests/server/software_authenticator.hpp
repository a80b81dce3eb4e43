// What a browser and a phone's fingerprint reader answer to navigator.credentials.create(), made with
// OpenSSL. Right unless a test bends a field.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "server/biometric/webauthn.hpp"
#include "server/ec_key.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {

inline Bytes operator+(Bytes left, const Bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}
inline Bytes octets_of(std::string_view text) {
    return {text.begin(), text.end()};
}

struct SoftwareAuthenticator {
    std::string origin = "https://login.example";
    std::string relying_party = "login.example";
    std::string type = "webauthn.create";
    std::string format = "none";
    std::uint8_t flags = 0x45;  // present, verified, with a credential
    bool cross_origin = false;
    bool signs_wrongly = false;

    WebauthnAnswer answer(std::string_view challenge) const {
        const KeyPtr key = new_key(KeyAlgorithm::p256);
        WebauthnAnswer out;
        out.client_data = octets_of(boost::json::serialize(boost::json::object{
            {"type", type}, {"challenge", challenge}, {"origin", origin}, {"crossOrigin", cross_origin}}));
        const Bytes data = authenticator_data(key.get());
        out.attestation = Bytes{0xa3, 0x63} + octets_of("fmt") + text(format) + Bytes{0x67} +
                          octets_of("attStmt") + statement(key.get(), data, out.client_data) + Bytes{0x68} +
                          octets_of("authData") + blob(data);
        return out;
    }
    boost::json::object body(std::string_view challenge) const {
        const WebauthnAnswer made = answer(challenge);
        return {{"kind", "webauthn"},
                {"client_data", base64url(made.client_data)},
                {"attestation", base64url(made.attestation)}};
    }

private:
    static Bytes text(const std::string& it) {
        return Bytes{static_cast<std::uint8_t>(0x60 + it.size())} + octets_of(it);
    }
    static Bytes blob(const Bytes& it) {
        return Bytes{0x59, static_cast<std::uint8_t>(it.size() >> 8U),
                     static_cast<std::uint8_t>(it.size() & 0xffU)} +
               it;
    }
    Bytes authenticator_data(EVP_PKEY* key) const {
        const Digest party = sha256(as_bytes(relying_party));
        const Bytes point = point_of_key(KeyAlgorithm::p256, key);
        Bytes data(party.begin(), party.end());
        data = data + Bytes{flags, 0, 0, 0, 1} + Bytes(16, 0);
        if ((flags & 0x40U) == 0) return data;
        return data + Bytes{0, 16} + Bytes(16, 5) + Bytes{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20} +
               Bytes(point.begin() + 1, point.begin() + 33) + Bytes{0x22, 0x58, 0x20} +
               Bytes(point.begin() + 33, point.end());
    }
    Bytes statement(EVP_PKEY* key, const Bytes& data, const Bytes& client_data) const {
        if (format == "none") return signs_wrongly ? Bytes{0xa1, 0x61, 'x', 0x01} : Bytes{0xa0};
        const Digest hash = sha256(client_data);
        Bytes signed_octets = data + Bytes(hash.begin(), hash.end());
        if (signs_wrongly) signed_octets.push_back(0);
        const Bytes signature =
            sign_with(KeyAlgorithm::p256, key,
                      {reinterpret_cast<const char*>(signed_octets.data()), signed_octets.size()});
        return Bytes{0xa2, 0x63} + octets_of("alg") + Bytes{0x26, 0x63} + octets_of("sig") + blob(signature);
    }
};

}  // namespace qrgate::tests
