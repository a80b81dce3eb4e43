// Public keys of certificates as OpenSSL wants them, so that a certificate in use is not parsed for every
// check. Bounded: the one used longest ago goes first. Owned by SignatureChecker; any thread (in fact the
// signature thread, so the lock is free). Invariant: a kept key is a point of its curve, and belongs to
// exactly the octets it is asked for by.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/ec_key.hpp"

namespace qrgate {

class PublicKeyCache {
public:
    explicit PublicKeyCache(std::size_t limit) : limit_(limit) {}

    // The caller's own reference; null unless the octets are a point of the curve, which is not kept.
    KeyPtr key(KeyAlgorithm algorithm, ByteView point);

    std::size_t size() const;

private:
    struct Entry {
        std::string name;  // the algorithm's number and the point
        KeyPtr key;
    };

    std::size_t limit_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;                                                // under mutex; used last, first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> known_;  // under mutex; views of names
};

}  // namespace qrgate
