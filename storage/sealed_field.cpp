#include "storage/sealed_field.hpp"

#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace qrgate {

namespace {

struct FreeCrypto {
    void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCrypto>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeCrypto>;

}  // namespace

// Each use has its own key, expanded from the master (HKDF-Expand, RFC 5869, one block: the master is
// uniform).
struct FieldSealer::Derived {
    std::array<std::uint8_t, 16> sm4{};
    MacContext mac{};  // with its key
    Digest aes{};
    ~Derived() {
        wipe(sm4);
        wipe(aes);
    }
};

namespace {

constexpr std::size_t head_size = 2;
constexpr std::size_t iv_size = 16;
constexpr std::size_t mac_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

// OpenSSL without SM4, SM3 or memory is a machine that must not serve: a bug, not an outcome.
void must(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

Digest expand(const Digest& master, std::string_view label) {
    std::string message = "qrgate field 1 " + std::string(label) + '\x01';
    return hmac_sha256(master, as_bytes(message));
}

void append_length(Bytes& out, std::size_t size) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(size >> shift));
}

void append_part(Bytes& out, std::string_view part) {
    append_length(out, part.size());
    out.insert(out.end(), part.begin(), part.end());
}

// What both suites authenticate beside the ciphertext; lengths in front, so that no two places read the same.
Bytes bound_to(SealSuite suite, std::uint8_t key_id, FieldPlace place) {
    Bytes out{static_cast<std::uint8_t>(suite), key_id};
    append_part(out, place.table);
    append_part(out, place.column);
    append_part(out, place.row);
    return out;
}

// A context that holds the key: it is copied for each use, because setting a key costs as much as a MAC, and
// looking SM3 up costs more.
MacContext keyed_hmac_sm3(ByteView key) {
    static const std::unique_ptr<EVP_MAC, FreeCrypto> hmac{EVP_MAC_fetch(nullptr, "HMAC", nullptr)};
    must(hmac != nullptr, "no HMAC");
    MacContext context{EVP_MAC_CTX_new(hmac.get())};
    char digest[] = "SM3";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                 OSSL_PARAM_construct_end()};
    must(context && EVP_MAC_init(context.get(), key.data(), key.size(), params) == 1, "no HMAC-SM3");
    return context;
}

Digest hmac_sm3(const EVP_MAC_CTX* keyed, ByteView first, ByteView second) {
    const MacContext context{EVP_MAC_CTX_dup(keyed)};
    Digest out{};
    std::size_t size = 0;
    must(context && EVP_MAC_update(context.get(), first.data(), first.size()) == 1 &&
             EVP_MAC_update(context.get(), second.data(), second.size()) == 1 &&
             EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == out.size(),
         "HMAC-SM3 failed");
    return out;
}

// CTR: the same call encrypts and decrypts.
Bytes sm4_ctr(const std::array<std::uint8_t, 16>& key, ByteView iv, ByteView in) {
    static const std::unique_ptr<EVP_CIPHER, FreeCrypto> sm4{EVP_CIPHER_fetch(nullptr, "SM4-CTR", nullptr)};
    must(sm4 != nullptr, "no SM4-CTR");
    const Cipher context{EVP_CIPHER_CTX_new()};
    Bytes out(in.size());
    int size = 0;
    must(context && EVP_EncryptInit_ex2(context.get(), sm4.get(), key.data(), iv.data(), nullptr) == 1,
         "no SM4-CTR");
    if (in.empty()) return out;
    must(EVP_EncryptUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1,
         "SM4-CTR failed");
    return out;
}

Bytes aes_gcm_seal(const Digest& key, ByteView nonce, ByteView aad, ByteView clear) {
    const Cipher context{EVP_CIPHER_CTX_new()};
    Bytes out(clear.size() + tag_size);
    int size = 0;
    must(context &&
             EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1 &&
             EVP_EncryptUpdate(context.get(), nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1,
         "no AES-256-GCM");
    if (!clear.empty())
        must(EVP_EncryptUpdate(context.get(), out.data(), &size, clear.data(),
                               static_cast<int>(clear.size())) == 1,
             "AES-256-GCM failed");
    must(EVP_EncryptFinal_ex(context.get(), out.data() + clear.size(), &size) == 1 &&
             EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size),
                                 out.data() + clear.size()) == 1,
         "AES-256-GCM failed");
    return out;
}

std::optional<Bytes> aes_gcm_open(const Digest& key, ByteView nonce, ByteView aad, ByteView body) {
    const ByteView cipher = body.first(body.size() - tag_size);
    Bytes tag(body.end() - tag_size, body.end());
    const Cipher context{EVP_CIPHER_CTX_new()};
    Bytes out(cipher.size() + 1);  // never empty: OpenSSL reads a null output as "this is AAD"
    int size = 0;
    must(context &&
             EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1 &&
             EVP_DecryptUpdate(context.get(), nullptr, &size, aad.data(), static_cast<int>(aad.size())) == 1,
         "no AES-256-GCM");
    if (!cipher.empty())
        must(EVP_DecryptUpdate(context.get(), out.data(), &size, cipher.data(),
                               static_cast<int>(cipher.size())) == 1,
             "AES-256-GCM failed");
    must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size), tag.data()) ==
             1,
         "AES-256-GCM failed");
    int rest = 0;
    const bool right = EVP_DecryptFinal_ex(context.get(), out.data() + cipher.size(), &rest) == 1;
    if (!right) {
        wipe(out);
        return std::nullopt;
    }
    out.resize(cipher.size());
    return out;
}

}  // namespace

std::optional<SealSuite> seal_suite(std::string_view name) noexcept {
    if (name == "sm4") return SealSuite::sm4_ctr_hmac_sm3;
    if (name == "aes") return SealSuite::aes_256_gcm;
    return std::nullopt;
}

std::string_view name_of(SealSuite suite) noexcept {
    return suite == SealSuite::sm4_ctr_hmac_sm3 ? "sm4" : "aes";
}

FieldSealer::FieldSealer(FieldKeys keys, SealSuite suite, Random& random)
    : index_key_(keys.index), suite_(suite), random_(random) {
    must(!keys.masters.empty(), "no field key");
    adopt(keys);
    seals_ = keys_.rbegin()->first;
}

void FieldSealer::adopt(const FieldKeys& keys) {
    used_from_ = keys.used_from;
    for (const auto& [id, master] : keys.masters) {
        if (keys_.contains(id)) continue;
        auto derived = std::make_unique<Derived>();
        Digest sm4 = expand(master, "sm4-ctr");
        std::copy_n(sm4.begin(), derived->sm4.size(), derived->sm4.begin());
        wipe(sm4);
        Digest mac = expand(master, "hmac-sm3");
        derived->mac = keyed_hmac_sm3(mac);
        wipe(mac);
        derived->aes = expand(master, "aes-256-gcm");
        keys_.emplace(id, std::move(derived));
    }
}

FieldSealer::~FieldSealer() {
    wipe(index_key_);
}

bool FieldSealer::look_at_the_time(WallTime now) noexcept {
    const std::uint8_t before = seals_;
    seals_ = keys_.begin()->first;
    for (const auto& [id, key] : keys_) {
        const auto from = used_from_.find(id);
        if (from == used_from_.end() || from->second <= now) seals_ = id;
    }
    return seals_ != before;
}

std::optional<std::uint8_t> FieldSealer::key_of(ByteView sealed) noexcept {
    if (sealed.size() < head_size) return std::nullopt;
    return sealed[1];
}

Bytes FieldSealer::seal(FieldPlace place, ByteView clear) const {
    const std::uint8_t id = seals_;
    const Derived* key = keys_.at(id).get();
    const Bytes bound = bound_to(suite_, id, place);
    Bytes out{static_cast<std::uint8_t>(suite_), id};
    if (suite_ == SealSuite::aes_256_gcm) {
        const auto nonce = random_.bytes<nonce_size>();
        const Bytes body = aes_gcm_seal(key->aes, nonce, bound, clear);
        out.insert(out.end(), nonce.begin(), nonce.end());
        out.insert(out.end(), body.begin(), body.end());
        return out;
    }
    const auto iv = random_.bytes<iv_size>();
    const Bytes cipher = sm4_ctr(key->sm4, iv, clear);
    out.insert(out.end(), iv.begin(), iv.end());
    out.insert(out.end(), cipher.begin(), cipher.end());
    const Digest mac = hmac_sm3(key->mac.get(), bound, ByteView(out).subspan(head_size));
    out.insert(out.end(), mac.begin(), mac.end());
    return out;
}

Result<Bytes> FieldSealer::open(FieldPlace place, ByteView sealed) const {
    if (sealed.size() < head_size) return Errc::internal_error;
    const auto suite = static_cast<SealSuite>(sealed[0]);
    const auto found = keys_.find(sealed[1]);
    if (found == keys_.end()) return Errc::internal_error;
    const Derived& key = *found->second;
    const Bytes bound = bound_to(suite, found->first, place);
    const ByteView rest = sealed.subspan(head_size);
    if (suite == SealSuite::aes_256_gcm) {
        if (rest.size() < nonce_size + tag_size) return Errc::internal_error;
        auto clear = aes_gcm_open(key.aes, rest.first(nonce_size), bound, rest.subspan(nonce_size));
        if (!clear) return Errc::internal_error;
        return std::move(*clear);
    }
    if (suite != SealSuite::sm4_ctr_hmac_sm3 || rest.size() < iv_size + mac_size) return Errc::internal_error;
    const ByteView signed_part = rest.first(rest.size() - mac_size);
    if (!equal_in_constant_time(hmac_sm3(key.mac.get(), bound, signed_part), rest.last(mac_size)))
        return Errc::internal_error;
    return sm4_ctr(key.sm4, signed_part.first(iv_size), signed_part.subspan(iv_size));
}

Bytes FieldSealer::seal_text(FieldPlace place, std::string_view clear) const {
    return seal(place, as_bytes(clear));
}

Result<std::string> FieldSealer::open_text(FieldPlace place, ByteView sealed) const {
    auto clear = open(place, sealed);
    if (!clear) return clear.error();
    std::string text(clear->begin(), clear->end());
    wipe(*clear);
    return text;
}

Digest FieldSealer::index(std::string_view purpose, PersonKind kind, std::string_view value) const {
    Bytes message;
    append_part(message, "qrgate index 1");
    append_part(message, purpose);
    append_part(message, name_of(kind));
    append_part(message, value);
    const Digest out = hmac_sha256(index_key_, message);
    wipe(message);
    return out;
}

}  // namespace qrgate
