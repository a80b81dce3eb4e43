// The captcha that asks nothing of a person: their browser looks for a number, which takes it a moment.
// Format: ALTCHA proof of work v2 (altcha-lib 2.8.0), PBKDF2/SHA-256. Password: nonce and a 32-bit big-endian
// counter; the counter is found when the key begins with keyPrefix. We pick it, so making a challenge costs
// one derivation, on a thread of its own behind a bounded queue; checking one costs two HMACs. A challenge is
// bound to its holder (data.holder, whose last octet says how much work it is), counts until expiresAt, once.
// Keys live as long as the process. Owned by App; I/O thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"
#include "server/workers.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct AltchaParameters {
    std::uint32_t cost = 0;
    std::string holder = {};
    std::int64_t expires_at = 0;  // Unix seconds
    std::string key_prefix = {};  // this and all below: lower-case hex
    std::string key_signature = {};
    std::string nonce = {};
    std::string salt = {};
};
struct AltchaKeys {
    std::string challenges = {};
    std::string solutions = {};
};
struct AltchaSolution {
    AltchaParameters parameters = {};
    std::string signature = {};
    Bytes derived_key = {};
};

// What is signed: keys A–Z, no spaces.
std::string canonical(const AltchaParameters& parameters);
// {"parameters":…,"signature":"…"}.
std::string signed_challenge(const AltchaParameters& parameters, const AltchaKeys& keys);
Bytes derive_altcha_key(ByteView nonce, ByteView salt, std::uint32_t counter, std::uint32_t cost);
// base64 of {"challenge":…,"solution":…}; nullopt where it is anything else.
std::optional<AltchaSolution> read_altcha(std::string_view payload);
// Whether both signatures are ours: the challenge's, and that of the key that was to be found.
bool is_solved(const AltchaSolution& solution, const AltchaKeys& keys);

class Altcha {
public:
    Altcha(Executor home, std::uint32_t cost, std::chrono::seconds life, std::size_t limit, Random& random);

    // busy.
    // `work`: × the usual search of the client (server/risk.hpp); making it costs the same.
    Task<Result<std::string>> challenge(Digest holder, WallTime now, int patience = 1, int work = 1);
    // How much work it was, for a solved live challenge of this holder that was not used before.
    std::optional<int> take(std::string_view payload, const Digest& holder, WallTime now);
    void stop() { workers_.stop(); }

private:
    std::string name_of(const Digest& holder) const;

    AltchaKeys keys_;
    std::set<std::pair<std::int64_t, std::string>> used_ = {};  // expires_at, nonce
    std::uint32_t cost_;
    std::chrono::seconds life_;
    std::size_t limit_;
    Random& random_;
    Workers workers_;
};

}  // namespace qrgate
