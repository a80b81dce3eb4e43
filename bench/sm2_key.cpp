#include "bench/sm2_key.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>

namespace qrgate::bench {

namespace {

constexpr std::string_view identity = "1234567812345678";

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

void need(bool fine) {
    if (!fine) throw std::runtime_error("OpenSSL refused an SM2 step");
}

// OpenSSL 3.0 has no default identity: it is set on both sides.
void set_identity(EVP_PKEY_CTX* parameters) {
    need(EVP_PKEY_CTX_set1_id(parameters, identity.data(), static_cast<int>(identity.size())) == 1);
}

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void Sm2Key::Free::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

Sm2Key Sm2Key::make() {
    Sm2Key made;
    made.key_.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "SM2"));
    need(made.key_ != nullptr);
    return made;
}

Sm2Key Sm2Key::from_pem(const std::string& text) {
    Memory in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
    Sm2Key read;
    read.key_.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    need(read.key_ != nullptr && EVP_PKEY_is_a(read.key_.get(), "SM2") == 1);
    return read;
}

std::vector<std::uint8_t> Sm2Key::sign(std::string_view text) const {
    Context context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    EVP_PKEY_CTX* parameters = nullptr;
    need(EVP_DigestSignInit(context.get(), &parameters, EVP_sm3(), nullptr, key_.get()) == 1);
    set_identity(parameters);
    std::size_t size = 0;
    need(EVP_DigestSign(context.get(), nullptr, &size, octets(text), text.size()) == 1);
    std::vector<std::uint8_t> signature(size);
    need(EVP_DigestSign(context.get(), signature.data(), &size, octets(text), text.size()) == 1);
    signature.resize(size);
    return signature;
}

bool Sm2Key::verify(std::string_view text, const std::vector<std::uint8_t>& signature) const {
    Context context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    EVP_PKEY_CTX* parameters = nullptr;
    need(EVP_DigestVerifyInit(context.get(), &parameters, EVP_sm3(), nullptr, key_.get()) == 1);
    set_identity(parameters);
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), octets(text), text.size()) ==
           1;
}

std::vector<std::uint8_t> Sm2Key::point() const {
    std::vector<std::uint8_t> out(65);
    std::size_t size = 0;
    need(EVP_PKEY_get_octet_string_param(key_.get(), "pub", out.data(), out.size(), &size) == 1);
    need(size == out.size() && out.front() == 4);
    return out;
}

std::string Sm2Key::pem() const {
    Memory out(BIO_new(BIO_s_mem()), BIO_free);
    need(PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

}  // namespace qrgate::bench
