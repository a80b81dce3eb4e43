// The published list of revoked certificates: kept signed, made again when something was revoked or half its
// life has passed. Revocations by other processes (operators, other nodes) are seen within `look_every`.
// Owned by App; I/O thread; signing runs on the signature thread. A request never waits for more than one
// signature.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/time.hpp"
#include "storage/storage.hpp"

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

    // Errors: storage's, busy. While the database is away the last list is given as long as it is valid.
    asio::awaitable<Result<std::shared_ptr<const SignedRevocations>>> current();
    // Something was revoked here: the next one who asks gets a new list.
    void changed() noexcept { ++changes_; }

private:
    bool is_fresh(WallTime now) const;
    bool says_the_same(const std::vector<RevokedCertificate>& revoked) const;

    Storage& storage_;
    CertificateAuthority& authority_;
    Clock& clock_;
    std::shared_ptr<const SignedRevocations> list_ = {};
    std::vector<RevokedCertificate> revoked_ = {};  // what list_ was made of
    WallTime looked_at_{};
    std::int64_t number_ = 0;
    std::uint64_t changes_ = 0;
    std::uint64_t seen_changes_ = 0;
};

}  // namespace qrgate
