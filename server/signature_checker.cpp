#include "server/signature_checker.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <memory>

#include "server/ec_key.hpp"
#include "server/public_key_cache.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

// About 2.3 kB each (measured). Who logs in again within the time in which so many others do is not parsed
// again.
constexpr std::size_t keys_most = 2048;
constexpr std::size_t tickets_most = 8192;

struct Work {
    KeyAlgorithm algorithm;
    Bytes public_key;
    std::string message;
    Bytes signature;
    bool right = false;
};

struct FreeSignature {
    void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};

bool is_signed_by(KeyAlgorithm algorithm, EVP_PKEY* key, ByteView message, ByteView signature) {
    const DigestContextPtr context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
    bool right = context &&
                 EVP_DigestVerifyInit(context.get(), &parameters, digest_of(algorithm), nullptr, key) == 1 &&
                 set_distinguishing_id(algorithm, parameters);
    // 1 is yes; 0 is no and -1 is nonsense: both are no.
    right = right && EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                      message.size()) == 1;
    forget_errors();
    return right;
}

}  // namespace

SignatureChecker::SignatureChecker(Workers& workers)
    : workers_(workers),
      certificate_keys_(keys_most),
      scanned_tickets_(tickets_most),
      keys_(std::make_shared<PublicKeyCache>(keys_most)) {}

Task<Result<bool>> SignatureChecker::check(KeyAlgorithm algorithm, Bytes public_key, std::string message,
                                           Bytes signature) {
    // Shared with the coroutine, which may be gone before the job is.
    auto work = std::make_shared<Work>();
    work->algorithm = algorithm;
    work->public_key = std::move(public_key);
    work->message = std::move(message);
    work->signature = std::move(signature);
    std::function<void()> job = [work, keys = keys_] {
        work->right = signature_is_right(work->algorithm, *keys, work->public_key, as_bytes(work->message),
                                         work->signature);
    };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();
    co_return work->right;
}

bool signature_is_right(KeyAlgorithm algorithm, ByteView public_key, ByteView message, ByteView signature) {
    if (!is_strict_der_signature(signature)) return false;
    const KeyPtr key = key_of_point(algorithm, public_key);
    return key && is_signed_by(algorithm, key.get(), message, signature);
}

bool signature_is_right(KeyAlgorithm algorithm, PublicKeyCache& keys, ByteView public_key, ByteView message,
                        ByteView signature) {
    if (!is_strict_der_signature(signature)) return false;
    const KeyPtr key = keys.key(algorithm, public_key);
    return key && is_signed_by(algorithm, key.get(), message, signature);
}

bool is_public_key(KeyAlgorithm algorithm, ByteView public_key) {
    return key_of_point(algorithm, public_key) != nullptr;
}

bool is_strict_der_signature(ByteView signature) {
    constexpr std::size_t longest = 72;  // two 33-octet integers with their heads
    if (signature.empty() || signature.size() > longest) return false;
    const unsigned char* at = signature.data();
    const std::unique_ptr<ECDSA_SIG, FreeSignature> parsed(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size())));
    forget_errors();
    if (!parsed) return false;

    const BIGNUM* r = ECDSA_SIG_get0_r(parsed.get());
    const BIGNUM* s = ECDSA_SIG_get0_s(parsed.get());
    if (BN_is_zero(r) || BN_is_negative(r) || BN_is_zero(s) || BN_is_negative(s)) return false;

    // d2i is lenient in places and ignores what follows; only what encodes back to the same octets is DER.
    unsigned char* encoded = nullptr;
    const int size = i2d_ECDSA_SIG(parsed.get(), &encoded);
    const bool same = size > 0 && std::equal(signature.begin(), signature.end(), encoded, encoded + size);
    OPENSSL_free(encoded);
    return same;
}

}  // namespace qrgate
