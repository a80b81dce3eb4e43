// May this process get traffic? Asked by GET /readyz. Owned by App; I/O thread.
#pragma once

#include <string>
#include <vector>

#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;
class Workers;

class Readiness {
public:
    Readiness(Storage& storage, const Workers& hashing, const Workers& signing)
        : storage_(storage), hashing_(hashing), signing_(signing) {}

    // Words for operators, empty when ready: database, hash_queue_full, signature_queue_full, stopping.
    Task<std::vector<std::string>> reasons_against();
    void stopping() noexcept { stopping_ = true; }

private:
    Storage& storage_;
    const Workers& hashing_;
    const Workers& signing_;
    bool stopping_ = false;
};

}  // namespace qrgate
