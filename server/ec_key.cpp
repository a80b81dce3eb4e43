#include "server/ec_key.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace qrgate {

namespace {

const char* type_name(KeyAlgorithm algorithm) {
    return algorithm == KeyAlgorithm::sm2 ? "SM2" : "EC";
}
const char* group_name(KeyAlgorithm algorithm) {
    return algorithm == KeyAlgorithm::sm2 ? "SM2" : "prime256v1";
}

}  // namespace

KeyPtr key_of_point(KeyAlgorithm algorithm, ByteView point) {
    // Only the uncompressed form: the hybrid ones (06, 07) have the same size.
    if (point.size() != point_size || point[0] != 0x04) return nullptr;
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type_name(algorithm), nullptr));
    // OSSL_PARAM is not const-correct; fromdata only reads.
    std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(group_name(algorithm)),
                                         0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<std::uint8_t*>(point.data()),
                                          point.size()),
        OSSL_PARAM_construct_end()};
    EVP_PKEY* made = nullptr;
    const bool done = context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.data()) == 1;
    KeyPtr key(made);
    forget_errors();
    if (!done) return nullptr;
    return key;
}

Bytes point_of_key(KeyAlgorithm algorithm, const EVP_PKEY* key) {
    if (!is_key_of(algorithm, key)) return {};
    Bytes point(point_size);
    std::size_t size = 0;
    const bool done =
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) == 1;
    forget_errors();
    if (!done || size != point_size || point[0] != 0x04) return {};
    return point;
}

KeyPtr new_key(KeyAlgorithm algorithm) {
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type_name(algorithm), nullptr));
    EVP_PKEY* made = nullptr;
    const bool done = context && EVP_PKEY_keygen_init(context.get()) == 1 &&
                      EVP_PKEY_CTX_set_group_name(context.get(), group_name(algorithm)) == 1 &&
                      EVP_PKEY_generate(context.get(), &made) == 1;
    KeyPtr key(made);
    if (!done) throw std::runtime_error("OpenSSL could not make a key");
    return key;
}

bool is_key_of(KeyAlgorithm algorithm, const EVP_PKEY* key) {
    if (key == nullptr || EVP_PKEY_is_a(key, type_name(algorithm)) != 1) return false;
    std::array<char, 32> name{};
    std::size_t size = 0;
    const bool has_name = EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) == 1;
    forget_errors();
    return has_name && std::string_view(name.data(), size) == group_name(algorithm);
}

// Fetched once: the legacy EVP_sm3() and EVP_sha256() are looked up among the providers at every use.
const EVP_MD* digest_of(KeyAlgorithm algorithm) {
    static const std::unique_ptr<EVP_MD, FreeKey> sm3(EVP_MD_fetch(nullptr, "SM3", nullptr));
    static const std::unique_ptr<EVP_MD, FreeKey> sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    return algorithm == KeyAlgorithm::sm2 ? sm3.get() : sha256.get();
}

bool set_distinguishing_id(KeyAlgorithm algorithm, EVP_PKEY_CTX* context) {
    if (algorithm != KeyAlgorithm::sm2) return true;
    return EVP_PKEY_CTX_set1_id(context, sm2_distinguishing_id.data(),
                                static_cast<int>(sm2_distinguishing_id.size())) == 1;
}

void forget_errors() noexcept {
    ERR_clear_error();
}

}  // namespace qrgate
