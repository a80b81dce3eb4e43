#include "server/authority_files.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include <stdexcept>

#include "server/certificate_authority.hpp"
#include "server/secret_file.hpp"

namespace qrgate {

namespace {

constexpr auto ca_life = std::chrono::years{20};
// So that a machine whose clock is put right afterwards does not find its own CA to be of the future.
constexpr auto ca_head_start = std::chrono::days{1};
constexpr int most_generations = 99;
constexpr std::string_view used_from_line = "Issues from: ";

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

struct Files {
    std::filesystem::path key;
    std::filesystem::path certificate;
};

Files files_of(const std::filesystem::path& folder, int generation) {
    const std::string name = generation == 1 ? "ca" : fmt::format("ca-{}", generation);
    return {folder / (name + ".key"), folder / (name + ".crt")};
}

// An encrypted key file would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

KeyPtr parse_key(ByteView pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    forget_errors();
    return key;
}

Bytes pem_of_key(const EVP_PKEY* key) {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::runtime_error("OpenSSL could not write the key of the CA");
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, text + size};
}

X509Ptr certificate_of_pem(ByteView pem) {
    const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    forget_errors();
    return certificate;
}

// Named after its key: made again from the key, it still stands above what was issued before.
std::string id_of(KeyAlgorithm algorithm, const EVP_PKEY* key) {
    return hex(sha256(point_of_key(algorithm, key))).substr(0, 8);
}

KeyPtr read_or_make_key(const std::filesystem::path& file, KeyAlgorithm for_new) {
    auto pem = read_secret_file(file);
    if (!pem) {
        Bytes fresh = pem_of_key(new_key(for_new).get());
        write_new_file(file, fresh, FileMode::secret);
        wipe(fresh);
        pem = read_secret_file(file);
    }
    KeyPtr key = pem ? parse_key(*pem) : nullptr;
    if (pem) wipe(*pem);
    if (!key)
        throw std::runtime_error(
            fmt::format("{} is not a private key in PKCS#8 PEM without passphrase", file.string()));
    return key;
}

X509Ptr self_signed(EVP_PKEY* key, KeyAlgorithm algorithm, Random& random, WallTime now) {
    CertificatePlan plan;
    plan.serial = new_serial(random);
    plan.common_name = "qrgate CA " + id_of(algorithm, key);
    plan.not_before = now - ca_head_start;
    plan.not_after = now + ca_life;
    plan.subject_key = key;
    plan.issuer_key = key;
    plan.issuer_algorithm = algorithm;
    return build_certificate(plan);
}

bool has_time_left(const X509* certificate, WallTime at) {
    std::time_t when = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
    return X509_cmp_time(X509_get0_notAfter(certificate), &when) > 0;
}

// Without the line: in use since ever.
WallTime used_from_in(ByteView pem, const std::filesystem::path& file) {
    const std::string text(pem.begin(), pem.end());
    if (!text.starts_with(used_from_line)) return {};
    const std::size_t end = text.find('\n');
    const auto at = parse_time(text.substr(used_from_line.size(), end - used_from_line.size()));
    if (!at) throw std::runtime_error(fmt::format("{}: its first line names no time", file.string()));
    return *at;
}

Bytes name_of_subject(const X509* certificate) {
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(X509_get_subject_name(certificate), &der);
    if (size <= 0) throw std::runtime_error("OpenSSL could not write a name");
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
}

KeyAlgorithm algorithm_of_key(const EVP_PKEY* key, const std::filesystem::path& file) {
    if (is_key_of(KeyAlgorithm::sm2, key)) return KeyAlgorithm::sm2;
    if (is_key_of(KeyAlgorithm::p256, key)) return KeyAlgorithm::p256;
    throw std::runtime_error(fmt::format("{} is neither an SM2 nor a P-256 key", file.string()));
}

// Both files are there.
std::shared_ptr<const Authority> read_authority(const Files& files, int generation) {
    const auto pem = read_public_file(files.certificate);
    auto key_pem = read_secret_file(files.key);
    auto made = std::make_shared<Authority>();
    made->generation = generation;
    made->key = key_pem ? parse_key(*key_pem) : nullptr;
    if (key_pem) wipe(*key_pem);
    if (!made->key)
        throw std::runtime_error(
            fmt::format("{} is not a private key in PKCS#8 PEM without passphrase", files.key.string()));
    made->algorithm = algorithm_of_key(made->key.get(), files.key);
    made->certificate = pem ? certificate_of_pem(*pem) : nullptr;
    if (!made->certificate)
        throw std::runtime_error(fmt::format("{} is not a certificate in PEM", files.certificate.string()));
    if (EVP_PKEY_eq(X509_get0_pubkey(made->certificate.get()), made->key.get()) != 1) {
        forget_errors();
        throw std::runtime_error(
            fmt::format("{} and {} do not belong together", files.certificate.string(), files.key.string()));
    }
    made->used_from = used_from_in(*pem, files.certificate);
    made->id = id_of(made->algorithm, made->key.get());
    made->der = der_of(made->certificate.get());
    made->name = name_of_subject(made->certificate.get());
    return made;
}

void make_first(const Files& files, KeyAlgorithm for_new, Random& random, WallTime now) {
    const bool certified = std::filesystem::exists(files.certificate);
    if (certified && !std::filesystem::exists(files.key))
        throw std::runtime_error(fmt::format("{} is there but {} is not; put the key back",
                                             files.certificate.string(), files.key.string()));
    const KeyPtr key = read_or_make_key(files.key, for_new);
    const KeyAlgorithm algorithm = algorithm_of_key(key.get(), files.key);
    if (certified) return;
    // The first start, or a crash between the two files.
    const auto made = self_signed(key.get(), algorithm, random, now);
    write_new_file(files.certificate, as_bytes(pem_of_certificate(der_of(made.get()))), FileMode::readable);
}

}  // namespace

Serial new_serial(Random& random) {
    Serial serial{};
    while (serial[0] == 0) {
        random.fill(serial);
        serial[0] &= 0x7f;  // positive in DER without a further octet
    }
    return serial;
}

std::shared_ptr<const Authority> issuing_at(const Authorities& authorities, WallTime now) {
    auto found = authorities.front();
    for (const auto& each : authorities)
        if (each->used_from <= now) found = each;
    return found;
}

Authorities open_authorities(const std::filesystem::path& folder, KeyAlgorithm for_new, Random& random,
                             WallTime now) {
    make_private_folder(folder);
    make_first(files_of(folder, 1), for_new, random, now);
    Authorities all;
    for (int generation = 1; generation <= most_generations; ++generation) {
        const Files files = files_of(folder, generation);
        if (!std::filesystem::exists(files.certificate)) break;
        if (!std::filesystem::exists(files.key))
            throw std::runtime_error(fmt::format("{} is there but {} is not; put the key back",
                                                 files.certificate.string(), files.key.string()));
        all.push_back(read_authority(files, generation));
    }
    if (!has_time_left(issuing_at(all, now)->certificate.get(), now))
        throw std::runtime_error(fmt::format(
            "{} has expired", files_of(folder, issuing_at(all, now)->generation).certificate.string()));
    return all;
}

void rotate_authority(const std::filesystem::path& folder, KeyAlgorithm algorithm, Random& random,
                      WallTime now, WallTime used_from) {
    const FolderLock alone(folder);
    const Authorities all = open_authorities(folder, algorithm, random, now);
    const Authority& newest = *all.back();
    if (now < newest.used_from)
        throw std::runtime_error(
            fmt::format("the CA is being rotated already: the new one issues from {}",
                        format_time(std::chrono::floor<std::chrono::seconds>(newest.used_from))));
    if (newest.generation == most_generations)
        throw std::runtime_error("this CA was rotated 98 times; begin a new folder");
    const Files files = files_of(folder, newest.generation + 1);
    std::filesystem::remove(files.key);  // of a rotation that was interrupted: nothing was issued with it
    const KeyPtr key = new_key(algorithm);
    Bytes pem = pem_of_key(key.get());
    const bool written = write_new_file(files.key, pem, FileMode::secret);
    wipe(pem);
    if (!written) throw std::runtime_error("another process is rotating the CA");
    const auto made = self_signed(key.get(), algorithm, random, now);
    const std::string certificate = fmt::format(
        "{}{}\n{}", used_from_line, format_time(std::chrono::floor<std::chrono::seconds>(used_from)),
        pem_of_certificate(der_of(made.get())));
    if (!write_new_file(files.certificate, as_bytes(certificate), FileMode::readable))
        throw std::runtime_error("another process is rotating the CA");
}

}  // namespace qrgate
