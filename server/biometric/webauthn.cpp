#include "server/biometric/webauthn.hpp"

#include <cbor.h>
#include <fido.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <memory>

#include "server/biometric/cbor_shape.hpp"
#include "server/ec_key.hpp"

namespace qrgate {

namespace {

// Authenticator data (6.1): 32 octets of the relying party's hash, one of flags, four of counter, then the
// credential (6.5.1): 16 of the model, two of the length of its id, the id, its key, and extensions if any.
constexpr std::size_t flags_at = 32;
constexpr std::size_t id_length_at = 53;
constexpr std::size_t id_at = 55;
constexpr std::uint8_t user_present = 0x01;
constexpr std::uint8_t user_verified = 0x04;
constexpr std::uint8_t has_credential = 0x40;
constexpr std::uint8_t has_extensions = 0x80;

struct FreeItem {
    void operator()(cbor_item_t* item) const noexcept { cbor_decref(&item); }
};
using Item = std::unique_ptr<cbor_item_t, FreeItem>;

struct FreeCredential {
    void operator()(fido_cred_t* credential) const noexcept { fido_cred_free(&credential); }
};
using Credential = std::unique_ptr<fido_cred_t, FreeCredential>;

bool client_data_is_right(const Bytes& client_data, const WebauthnRules& rules) {
    boost::system::error_code error;
    const std::string_view text(reinterpret_cast<const char*>(client_data.data()), client_data.size());
    const boost::json::value parsed = boost::json::parse(text, error);
    if (error || !parsed.is_object()) return false;
    const boost::json::object& data = parsed.get_object();
    const auto is = [&](std::string_view key, std::string_view wanted) {
        const boost::json::value* value = data.if_contains(key);
        return value != nullptr && value->is_string() && value->get_string() == wanted;
    };
    // A page of ours inside a foreign one is no place for a finger.
    const boost::json::value* foreign_frame = data.if_contains("crossOrigin");
    const bool alone = foreign_frame == nullptr || (foreign_frame->is_bool() && !foreign_frame->get_bool());
    return alone && is("type", "webauthn.create") && is("challenge", rules.challenge) &&
           is("origin", rules.origin);
}

std::string relying_party(std::string_view origin) {
    const std::size_t scheme = origin.find("://");
    std::string_view host = scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
    if (!host.starts_with('[')) host = host.substr(0, host.find(':'));
    return std::string(host);
}

struct Attestation {
    std::string format = {};
    Bytes authenticator_data = {};
    Bytes statement = {};  // CBOR, as libfido2 takes it
    bool signed_ = false;  // the statement is not empty
    bool with_certificate = false;
};

std::string text_of(const cbor_item_t* item) {
    if (item == nullptr || !cbor_isa_string(item) || !cbor_string_is_definite(item)) return {};
    return {reinterpret_cast<const char*>(cbor_string_handle(item)), cbor_string_length(item)};
}

const cbor_item_t* member(const cbor_item_t* map, std::string_view name) {
    const std::span pairs(cbor_map_handle(map), cbor_map_size(map));
    const auto found =
        std::ranges::find_if(pairs, [&](const cbor_pair& pair) { return text_of(pair.key) == name; });
    return found == pairs.end() ? nullptr : found->value;
}

std::optional<Attestation> read_attestation(const Bytes& octets) {
    if (octets.empty() || cbor_item_size(octets) != octets.size()) return std::nullopt;
    cbor_load_result loaded{};
    const Item item(cbor_load(octets.data(), octets.size(), &loaded));
    if (!item || loaded.read != octets.size() || !cbor_isa_map(item.get())) return std::nullopt;
    const cbor_item_t* data = member(item.get(), "authData");
    const cbor_item_t* statement = member(item.get(), "attStmt");
    if (data == nullptr || !cbor_isa_bytestring(data) || !cbor_bytestring_is_definite(data))
        return std::nullopt;
    if (statement == nullptr || !cbor_isa_map(statement)) return std::nullopt;

    Attestation out;
    out.format = text_of(member(item.get(), "fmt"));
    const std::uint8_t* begin = cbor_bytestring_handle(data);
    out.authenticator_data.assign(begin, begin + cbor_bytestring_length(data));
    out.signed_ = cbor_map_size(statement) != 0;
    out.with_certificate = member(statement, "x5c") != nullptr;
    out.statement.resize(octets.size() + 16);
    out.statement.resize(cbor_serialize(statement, out.statement.data(), out.statement.size()));
    return out;
}

bool somebody_was_verified(const Bytes& authenticator_data, std::string_view relying_party_id) {
    if (authenticator_data.size() < id_at) return false;
    constexpr std::uint8_t wanted = user_present | user_verified | has_credential;
    const Digest hash = sha256(as_bytes(relying_party_id));
    return (authenticator_data[flags_at] & wanted) == wanted &&
           std::equal(hash.begin(), hash.end(), authenticator_data.begin());
}

// libfido2 hands what follows the credential's id to libcbor as it came.
bool credential_is_readable(ByteView authenticator_data) {
    const std::size_t id_length =
        authenticator_data[id_length_at] * 256U + authenticator_data[id_length_at + 1];
    if (authenticator_data.size() - id_at < id_length) return false;
    ByteView rest = authenticator_data.subspan(id_at + id_length);
    const std::size_t key = cbor_item_size(rest);
    rest = rest.subspan(key);
    const bool extended = (authenticator_data[flags_at] & has_extensions) != 0;
    return key > 0 && (extended ? cbor_item_size(rest) : 0) == rest.size() && extended == !rest.empty();
}

// The algorithm has to be named before the key is read; whichever reads it is the key's.
Credential credential_of(const Attestation& attestation, int algorithm, const std::string& relying_party_id,
                         const Digest& client_data_hash) {
    Credential it(fido_cred_new());
    const Bytes& data = attestation.authenticator_data;
    const bool read = it && fido_cred_set_type(it.get(), algorithm) == FIDO_OK &&
                      fido_cred_set_rp(it.get(), relying_party_id.c_str(), nullptr) == FIDO_OK &&
                      fido_cred_set_uv(it.get(), FIDO_OPT_TRUE) == FIDO_OK &&
                      fido_cred_set_clientdata_hash(it.get(), client_data_hash.data(),
                                                    client_data_hash.size()) == FIDO_OK &&
                      fido_cred_set_authdata_raw(it.get(), data.data(), data.size()) == FIDO_OK &&
                      fido_cred_id_len(it.get()) > 0 && fido_cred_pubkey_len(it.get()) > 0;
    return read ? std::move(it) : nullptr;
}

bool statement_is_right(fido_cred_t* credential, const Attestation& attestation) {
    if (attestation.format == "none") return !attestation.signed_;
    if (attestation.format != "packed") return false;
    if (fido_cred_set_fmt(credential, "packed") != FIDO_OK ||
        fido_cred_set_attstmt(credential, attestation.statement.data(), attestation.statement.size()) !=
            FIDO_OK)
        return false;
    return (attestation.with_certificate ? fido_cred_verify(credential)
                                         : fido_cred_verify_self(credential)) == FIDO_OK;
}

}  // namespace

std::optional<WebauthnFacts> check_webauthn(const WebauthnAnswer& answer, const WebauthnRules& rules) {
    if (!client_data_is_right(answer.client_data, rules)) return std::nullopt;
    const auto attestation = read_attestation(answer.attestation);
    const std::string id = relying_party(rules.origin);
    if (!attestation || !somebody_was_verified(attestation->authenticator_data, id) ||
        !credential_is_readable(attestation->authenticator_data))
        return std::nullopt;

    const Digest client_data_hash = sha256(answer.client_data);
    for (const int algorithm : {COSE_ES256, COSE_EDDSA, COSE_RS256}) {
        const Credential credential = credential_of(*attestation, algorithm, id, client_data_hash);
        const bool right = credential && statement_is_right(credential.get(), *attestation);
        forget_errors();
        if (!right) continue;
        const std::uint8_t* aaguid = fido_cred_aaguid_ptr(credential.get());
        return WebauthnFacts{.format = attestation->format,
                             .aaguid = hex({aaguid, fido_cred_aaguid_len(credential.get())}),
                             .algorithm = algorithm};
    }
    return std::nullopt;
}

}  // namespace qrgate
