// What OpenSSL's keys need to be told on the two curves we use, in one place for the signature checker and
// the CA. Private to them (includes OpenSSL). Pure; any thread. Every function empties OpenSSL's error queue
// behind it where a failure is expected, so that an old error is never read as a new one.
#pragma once

#include <openssl/evp.h>

#include <memory>

#include "protocol/bytes.hpp"
#include "storage/storage.hpp"

namespace qrgate {

// GB/T 35276's default identity. OpenSSL 3.0 has none: without it verifying fails and signing uses an empty
// one.
inline constexpr std::string_view sm2_distinguishing_id = "1234567812345678";

struct FreeKey {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreeKey>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreeKey>;

inline constexpr std::size_t point_size = 65;  // 04‖X‖Y

// The key of a raw uncompressed point; null unless it lies on the curve.
KeyPtr key_of_point(KeyAlgorithm algorithm, ByteView point);
// The raw point of a key of this algorithm; empty for any other key.
Bytes point_of_key(KeyAlgorithm algorithm, const EVP_PKEY* key);
KeyPtr new_key(KeyAlgorithm algorithm);  // throws std::runtime_error
// Whether the key is of this algorithm (by name and group; EVP_PKEY_get_id is -1 for keys read from DER).
bool is_key_of(KeyAlgorithm algorithm, const EVP_PKEY* key);

const EVP_MD* digest_of(KeyAlgorithm algorithm);
// SM2: our distinguishing id on the context; P-256: nothing to do.
bool set_distinguishing_id(KeyAlgorithm algorithm, EVP_PKEY_CTX* context);
void forget_errors() noexcept;

}  // namespace qrgate
