#include "server/public_key_cache.hpp"

#include <openssl/evp.h>

namespace qrgate {

namespace {

KeyPtr another_reference(EVP_PKEY* key) {
    EVP_PKEY_up_ref(key);
    return KeyPtr(key);
}

std::string name_of(KeyAlgorithm algorithm, ByteView point) {
    std::string name(1, static_cast<char>(algorithm));
    name.append(reinterpret_cast<const char*>(point.data()), point.size());
    return name;
}

}  // namespace

KeyPtr PublicKeyCache::key(KeyAlgorithm algorithm, ByteView point) {
    if (point.size() != point_size) return nullptr;
    const std::lock_guard lock(mutex_);
    std::string name = name_of(algorithm, point);
    if (const auto known = known_.find(name); known != known_.end()) {
        entries_.splice(entries_.begin(), entries_, known->second);
        return another_reference(known->second->key.get());
    }
    KeyPtr made = key_of_point(algorithm, point);
    if (!made || limit_ == 0) return made;
    if (entries_.size() >= limit_) {
        known_.erase(entries_.back().name);
        entries_.pop_back();
    }
    entries_.push_front({std::move(name), another_reference(made.get())});
    known_.emplace(entries_.front().name, entries_.begin());
    return made;
}

std::size_t PublicKeyCache::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace qrgate
