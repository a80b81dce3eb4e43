// The published lists of revoked certificates, one for each generation of the CA: kept signed, made again
// when something was revoked or half its life has passed. Revocations by other processes (operators, other
// nodes) are seen within `look_every`. Owned by App; I/O thread; signing runs on the signature thread. A
// request never waits for more than one signature.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/time.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class CertificateAuthority;
class Clock;

struct SignedRevocations {
    Bytes der = {};
    WallTime this_update{};
    WallTime next_update{};
};

class RevocationList {
public:
    static constexpr std::chrono::hours life{24};
    static constexpr std::chrono::seconds look_every{10};

    RevocationList(Storage& storage, CertificateAuthority& authority, Clock& clock)
        : storage_(storage), authority_(authority), clock_(clock) {}

    // Of the generation with this id; empty: the first. Errors: not_found, storage's, busy. While the
    // database is away the last list is given as long as it is valid.
    Task<Result<std::shared_ptr<const SignedRevocations>>> current(std::string authority = {});
    // Something was revoked here: the next one who asks gets a new list.
    void changed() noexcept { ++changes_; }

private:
    struct Kept {
        std::shared_ptr<const SignedRevocations> list = {};
        std::vector<RevokedCertificate> revoked = {};  // what it was made of
        WallTime looked_at{};
        std::uint64_t seen_changes = 0;
    };
    bool is_fresh(const Kept& kept, WallTime now) const;
    // Reads each certificate once. One caller at a time, and what it read stays read should it not come to
    // the end; the others are `busy` until then.
    Task<Result<void>> learn_issuers(std::vector<RevokedCertificate> of);
    // Those of `revoked` that the generation issued; reads only when there is more than one generation.
    Task<Result<std::vector<RevokedCertificate>>> issued_by(std::string authority,
                                                            std::vector<RevokedCertificate> revoked);

    Storage& storage_;
    CertificateAuthority& authority_;
    Clock& clock_;
    std::map<std::string, Kept> kept_ = {};                      // by id; entries stay where they are
    std::unordered_map<std::string, std::string> issuers_ = {};  // of revoked certificates, by serial
    std::int64_t number_ = 0;
    std::uint64_t changes_ = 0;
    bool learns_ = false;
};

}  // namespace qrgate
