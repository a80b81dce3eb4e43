// The keys of certificates that signed lately, by serial: what a certificate says about its owner and key
// never changes, so it is not read again for each login. Whether it may be used now is not kept: storage
// decides that in the statement that confirms. Bounded: the one that came first goes first. Owned by
// SignatureChecker; I/O thread. Invariant: `order_` names exactly the entries.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "storage/storage.hpp"

namespace qrgate {

struct CertificateKey {
    std::string person_id = {};
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    Bytes public_key = {};
    std::string issuer = {};  // the generation of the CA, by id
    bool operator==(const CertificateKey&) const = default;
};

class CertificateKeys {
public:
    explicit CertificateKeys(std::size_t limit) : limit_(limit) {}

    // Null: not known; read it. Until the next keep().
    const CertificateKey* find(const std::string& serial) const {
        const auto found = known_.find(serial);
        return found == known_.end() ? nullptr : &found->second;
    }

    void keep(const std::string& serial, CertificateKey key) {
        if (limit_ == 0) return;
        const auto [place, is_new] = known_.insert_or_assign(serial, std::move(key));
        if (!is_new) return;
        order_.push_back(serial);
        if (order_.size() <= limit_) return;
        known_.erase(order_.front());
        order_.pop_front();
    }

    std::size_t size() const noexcept { return known_.size(); }

private:
    std::size_t limit_;
    std::unordered_map<std::string, CertificateKey> known_{};
    std::deque<std::string> order_{};
};

}  // namespace qrgate
