// Tickets that were scanned here lately, by the hash of their token, so that a confirm need not read again
// what its scan wrote a moment ago. What is kept decides nothing: the statement that confirms looks at
// ticket, nonce, person and certificate as they are then, and who is refused with a kept ticket is looked at
// again with the ticket as it is in the database. Bounded (about 900 octets each): the one that came first
// goes first. Owned by SignatureChecker; I/O thread. Invariant: `order_` names exactly the entries.
#pragma once

#include <cstddef>
#include <cstring>
#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "storage/storage.hpp"

namespace qrgate {

class ScannedTickets {
public:
    explicit ScannedTickets(std::size_t limit) : limit_(limit) {}

    void keep(const Ticket& ticket) {
        forget(ticket.token_hash);
        if (limit_ == 0) return;
        order_.push_back(ticket);
        known_.emplace(ticket.token_hash, std::prev(order_.end()));
        if (order_.size() > limit_) forget(order_.front().token_hash);
    }

    // A copy: what is kept may go while a handler waits.
    std::optional<Ticket> find(const Digest& token_hash) const {
        const auto found = known_.find(token_hash);
        if (found == known_.end()) return std::nullopt;
        return *found->second;
    }

    void forget(const Digest& token_hash) {
        const auto found = known_.find(token_hash);
        if (found == known_.end()) return;
        const auto place = found->second;
        known_.erase(found);
        order_.erase(place);
    }

    std::size_t size() const noexcept { return known_.size(); }

private:
    // A digest is as even as a hash can be.
    struct FirstOctets {
        std::size_t operator()(const Digest& digest) const noexcept {
            std::size_t number = 0;
            std::memcpy(&number, digest.data(), sizeof number);
            return number;
        }
    };

    std::size_t limit_;
    std::list<Ticket> order_{};
    std::unordered_map<Digest, std::list<Ticket>::iterator, FirstOctets> known_{};
};

}  // namespace qrgate
