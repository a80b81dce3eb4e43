// Signatures: only strict DER is one (GB/T 35276, SEC 1), read here a second time octet by octet; what
// OpenSSL takes and we refuse is no matter, what we take has one spelling; and no input is a signature of our
// text by our key, but for the ones in the corpus that were made with it.
#include <openssl/ecdsa.h>

#include <memory>
#include <string>

#include "server/ec_key.hpp"
#include "server/signature_checker.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

// One INTEGER that is positive and has no octet too many; 0: there is none.
std::size_t integer_size(ByteView der) {
    if (der.size() < 3 || der[0] != 0x02 || der[1] == 0 || der[1] > 127) return 0;
    const std::size_t size = der[1];
    if (der.size() < 2 + size || (der[2] & 0x80U) != 0) return 0;
    if (size > 1 && der[2] == 0 && (der[3] & 0x80U) == 0) return 0;
    if (size == 1 && der[2] == 0) return 0;
    return 2 + size;
}

bool strict_again(ByteView der) {
    constexpr std::size_t longest = 72;  // two integers of 33 octets: so the short form of lengths is enough
    if (der.size() < 2 || der.size() > longest || der[0] != 0x30 || der.size() != 2U + der[1]) return false;
    const std::size_t first = integer_size(der.subspan(2));
    return first != 0 && first != der[1] && first + integer_size(der.subspan(2 + first)) == der[1];
}

struct FreeSignature {
    void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};

void has_one_spelling(ByteView der) {
    const std::uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, FreeSignature> read(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    must(read != nullptr && at == der.data() + der.size(), "OpenSSL reads what we take, whole");
    unsigned char* again = nullptr;
    const int size = i2d_ECDSA_SIG(read.get(), &again);
    must(size == static_cast<int>(der.size()) && std::equal(again, again + size, der.begin()),
         "and writes it the same");
    OPENSSL_free(again);
}

// Two keys that everybody knows: the curves' base points, whose private key is 1.
const Bytes& point_of_one(KeyAlgorithm algorithm) {
    static const Bytes sm2 = from_hex(
                                 "0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
                                 "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0")
                                 .value();
    static const Bytes p256 = from_hex(
                                  "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                                  "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
                                  .value();
    return algorithm == KeyAlgorithm::sm2 ? sm2 : p256;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const bool strict = is_strict_der_signature(input);
    must(strict == strict_again(input), "two readings of strict DER agree");
    if (strict) has_one_spelling(input);
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::sm2, KeyAlgorithm::p256}) {
        const Bytes& point = point_of_one(algorithm);
        const bool right = signature_is_right(algorithm, point, as_bytes("qrgate"), input);
        must(!right || strict, "only strict DER is a signature");
        must(!right || !signature_is_right(algorithm, point, as_bytes("qrgatf"), input),
             "of one message only");
        const KeyAlgorithm other = algorithm == KeyAlgorithm::sm2 ? KeyAlgorithm::p256 : KeyAlgorithm::sm2;
        must(!right || !signature_is_right(other, point_of_one(other), as_bytes("qrgate"), input),
             "on one curve only");
        // The input as a key.
        const bool key = is_public_key(algorithm, input);
        must(!key || (size == point_size && data[0] == 4), "a key is an uncompressed point");
        must(!key || !is_public_key(other, input), "and lies on one curve");
        if (const KeyPtr read = key_of_point(algorithm, input))
            must(point_of_key(algorithm, read.get()) == Bytes(input.begin(), input.end()),
                 "read and written");
    }
    return 0;
}
