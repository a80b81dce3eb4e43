#include "server/password_hasher.hpp"

#include <sodium.h>

#include <array>
#include <memory>
#include <new>
#include <stdexcept>
#include <string_view>

#include "protocol/bytes.hpp"
#include "server/legacy_hash.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory = 19456UL * 1024;
constexpr std::string_view form = "$argon2id$v=19$m=19456,t=2,p=1$";

void need_sodium() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used on this machine");
}

bool is_argon2id(const std::string& stored) {
    return stored.starts_with("$argon2id$");
}

bool verify_argon2id(const std::string& stored, const std::string& password) {
    return crypto_pwhash_argon2id_str_verify(stored.c_str(), password.data(), password.size()) == 0;
}

// The stored forms that we know. An old system's costs what it costs and the dummy on top: never less than
// ours, so that the cheap ones (one digest) cannot be told from ours by time.
bool verify(const std::string& stored, const std::string& dummy, const std::string& password) {
    if (is_argon2id(stored)) return verify_argon2id(stored, password);
    const bool right = check_legacy_hash(stored, password);
    verify_argon2id(dummy, password);
    return right;
}

// What a job owns. Shared with the coroutine, which may be gone before the job is.
struct Work {
    explicit Work(std::string s, std::string p = {}) : password(std::move(s)), stored(std::move(p)) {}
    ~Work() { wipe(password); }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    std::string password;
    std::string stored;
    std::string dummy = {};
    bool right = false;
};

}  // namespace

std::string hash_password(const std::string& password) {
    need_sodium();
    std::array<char, crypto_pwhash_argon2id_STRBYTES> out{};
    if (crypto_pwhash_argon2id_str(out.data(), password.data(), password.size(), passes, memory) != 0)
        throw std::bad_alloc();
    std::string stored(out.data());
    if (!stored.starts_with(form))
        throw std::logic_error("libsodium wrote another form of hash than asked for");
    return stored;
}

PasswordHasher::PasswordHasher(Workers& workers) : workers_(workers) {
    need_sodium();
    std::array<unsigned char, 32> secret{};
    randombytes_buf(secret.data(), secret.size());
    std::string nobody_knows = base64url(secret);
    dummy_ = hash_password(nobody_knows);
    wipe(nobody_knows);
    wipe(secret);
}

Task<Result<std::string>> PasswordHasher::hash(std::string password) {
    auto work = std::make_shared<Work>(password);
    wipe(password);
    std::function<void()> job = [work] { work->stored = hash_password(work->password); };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();
    co_return std::move(work->stored);
}

Task<Result<bool>> PasswordHasher::check(std::string stored, std::string password) {
    auto work = std::make_shared<Work>(password, std::move(stored));
    wipe(password);
    work->dummy = dummy_;
    std::function<void()> job = [work] { work->right = verify(work->stored, work->dummy, work->password); };
    auto ran = co_await workers_.run(std::move(job));
    if (!ran) co_return ran.error();
    co_return work->right;
}

}  // namespace qrgate
