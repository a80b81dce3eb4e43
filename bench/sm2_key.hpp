// An SM2 key pair as a phone makes it, and its signatures: SM2-with-SM3 under the identity 1234567812345678
// (GB/T 32918, GB/T 35276), DER. OpenSSL directly, on purpose not the server's own key code: a bench that
// shares it shares its faults. Owned by its phone; one thread. Errors: std::runtime_error when OpenSSL
// refuses, which is a fault of this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace qrgate::bench {

class Sm2Key {
public:
    static Sm2Key make();
    // The PKCS#8 PEM that pem() wrote.
    static Sm2Key from_pem(const std::string& text);

    std::vector<std::uint8_t> sign(std::string_view text) const;
    bool verify(std::string_view text, const std::vector<std::uint8_t>& signature) const;
    std::vector<std::uint8_t> point() const;  // 04‖X‖Y, 65 octets
    std::string pem() const;                  // the private key, in clear: keys of load tests only

private:
    struct Free {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    std::unique_ptr<evp_pkey_st, Free> key_{};
};

}  // namespace qrgate::bench
