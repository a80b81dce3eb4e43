// What a kept public key saves: one check of a signature with the key parsed from its point each time, and
// with the key kept (server/public_key_cache.hpp).
#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <stdexcept>
#include <string>

#include "server/ec_key.hpp"
#include "server/public_key_cache.hpp"
#include "server/signature_checker.hpp"

namespace qrgate {
namespace {

struct Signed {
    explicit Signed(KeyAlgorithm algorithm) {
        const KeyPtr key = new_key(algorithm);
        point = point_of_key(algorithm, key.get());
        const DigestContextPtr context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* parameters = nullptr;  // belongs to the context
        std::size_t size = 128;
        signature.resize(size);
        const ByteView octets = as_bytes(text);
        const bool done =
            EVP_DigestSignInit(context.get(), &parameters, digest_of(algorithm), nullptr, key.get()) == 1 &&
            set_distinguishing_id(algorithm, parameters) &&
            EVP_DigestSign(context.get(), signature.data(), &size, octets.data(), octets.size()) == 1;
        if (!done) throw std::runtime_error("OpenSSL could not sign");
        signature.resize(size);
    }

    std::string text = std::string(300, 'x');
    Bytes point = {};
    Bytes signature = {};
};

void check_with_a_parsed_key(benchmark::State& state, KeyAlgorithm algorithm) {
    const Signed it(algorithm);
    for (auto _ : state) {
        if (!signature_is_right(algorithm, it.point, as_bytes(it.text), it.signature))
            state.SkipWithError("refused");
    }
}
BENCHMARK_CAPTURE(check_with_a_parsed_key, sm2, KeyAlgorithm::sm2);
BENCHMARK_CAPTURE(check_with_a_parsed_key, p256, KeyAlgorithm::p256);

void check_with_a_kept_key(benchmark::State& state, KeyAlgorithm algorithm) {
    const Signed it(algorithm);
    PublicKeyCache keys(16);
    for (auto _ : state) {
        if (!signature_is_right(algorithm, keys, it.point, as_bytes(it.text), it.signature))
            state.SkipWithError("refused");
    }
}
BENCHMARK_CAPTURE(check_with_a_kept_key, sm2, KeyAlgorithm::sm2);
BENCHMARK_CAPTURE(check_with_a_kept_key, p256, KeyAlgorithm::p256);

}  // namespace
}  // namespace qrgate
