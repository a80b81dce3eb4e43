// Argon2id by libsodium (19 MiB, t=2, p=1; standard $argon2id$v=19$m=19456,t=2,p=1$… form), on worker
// threads. Every check costs the same whether or not there is an account: `check` with an empty hash burns a
// dummy hash of a random secret with the same parameters and says no. A form of another system
// (legacy_hash.hpp) is checked and burns the dummy too: until its owner's first login has made it ours, its
// check takes longer, never shorter. Owned by App; I/O thread.
#pragma once

#include <string>

#include "protocol/error.hpp"
#include "server/workers.hpp"
#include "storage/task.hpp"

namespace qrgate {

class PasswordHasher {
public:
    explicit PasswordHasher(Workers& workers);

    // The stored form of a new password. busy.
    Task<Result<std::string>> hash(std::string password);
    // Whether the password is the one of the stored form. Understands $argon2id$ and legacy:…; an empty or
    // unknown form is checked against the dummy. busy.
    Task<Result<bool>> check(std::string stored, std::string password);
    // Whether the line is full now: a password could only be refused, so nothing need be looked up for it
    // first.
    bool is_full() const noexcept { return workers_.waiting() + held_ >= workers_.queue_limit(); }

    // A place in the line, held while what the check needs is looked up: else all who came while one place
    // was free would be looked up for it. Given back by whoever then asks for the check.
    class Place {
    public:
        explicit Place(PasswordHasher& hasher) noexcept : hasher_(hasher) { ++hasher_.held_; }
        ~Place() { --hasher_.held_; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        PasswordHasher& hasher_;
    };

private:
    Workers& workers_;
    std::size_t held_ = 0;
    std::string dummy_;
};

// Without threads, for tools and demo seeding. Takes about 25 ms.
std::string hash_password(const std::string& password);

}  // namespace qrgate
