// What computes: each legacy form by the library that knows it, compared in constant time.
#include <crypt.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <memory>

#include "server/legacy_hash.hpp"

namespace qrgate {

namespace {

constexpr std::uint64_t scrypt_memory = 80ULL << 20;  // what is allowed, and the blocks beside it

const EVP_MD* digest_of(LegacyDigest digest) {
    switch (digest) {
        case LegacyDigest::sha1:
            return EVP_sha1();
        case LegacyDigest::sha256:
            return EVP_sha256();
        case LegacyDigest::sha512:
            return EVP_sha512();
        case LegacyDigest::sm3:
            return EVP_sm3();
    }
    return nullptr;
}

struct Checker {
    const std::string& password;

    bool operator()(const CryptHash& it) const {
        // crypt() would compare what stands before a NUL.
        if (password.find('\0') != std::string::npos) return false;
        auto room = std::make_unique<crypt_data>();
        const char* made = crypt_rn(password.c_str(), it.text.c_str(), room.get(), sizeof(crypt_data));
        const bool right = made != nullptr && equal_in_constant_time(as_bytes(made), as_bytes(it.text));
        sodium_memzero(room.get(), sizeof(crypt_data));
        return right;
    }

    bool operator()(const Argon2Hash& it) const {
        return crypto_pwhash_str_verify(it.text.c_str(), password.data(), password.size()) == 0;
    }

    bool operator()(const Pbkdf2Hash& it) const {
        Bytes made(it.hash.size());
        const int done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), it.salt.data(),
                                           static_cast<int>(it.salt.size()), it.iterations,
                                           digest_of(it.digest), static_cast<int>(made.size()), made.data());
        return done == 1 && equal_in_constant_time(made, it.hash);
    }

    bool operator()(const ScryptHash& it) const {
        Bytes made(it.hash.size());
        const int done = EVP_PBE_scrypt(password.data(), password.size(), it.salt.data(), it.salt.size(),
                                        it.n, it.r, it.p, scrypt_memory, made.data(), made.size());
        return done == 1 && equal_in_constant_time(made, it.hash);
    }

    bool operator()(const SaltedHash& it) const {
        Bytes message;
        message.reserve(it.salt.size() + password.size());
        const ByteView typed = as_bytes(password);
        if (!it.salt_last) message.insert(message.end(), it.salt.begin(), it.salt.end());
        message.insert(message.end(), typed.begin(), typed.end());
        if (it.salt_last) message.insert(message.end(), it.salt.begin(), it.salt.end());
        Digest made{};
        unsigned size = 0;
        const int done =
            EVP_Digest(message.data(), message.size(), made.data(), &size, digest_of(it.digest), nullptr);
        wipe(message);
        return done == 1 && size == made.size() && equal_in_constant_time(made, it.hash);
    }
};

}  // namespace

bool check_legacy_hash(std::string_view stored, const std::string& password) {
    if (!is_legacy_hash(stored)) return false;
    const std::size_t form_end = stored.find(':', stored.find(':') + 1);
    if (form_end == std::string_view::npos) return false;
    const ReadLegacyHash read = read_legacy_hash(stored.substr(form_end + 1));
    if (!read.fault.empty()) return false;
    return std::visit(Checker{password}, read.hash);
}

}  // namespace qrgate
