#include "server/readiness.hpp"

#include "server/workers.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

Task<std::vector<std::string>> Readiness::reasons_against() {
    std::vector<std::string> reasons;
    if (stopping_) reasons.emplace_back("stopping");
    auto database = co_await storage_.ready();
    if (!database) reasons.emplace_back("database");
    if (hashing_.waiting() >= hashing_.queue_limit()) reasons.emplace_back("hash_queue_full");
    if (signing_.waiting() >= signing_.queue_limit()) reasons.emplace_back("signature_queue_full");
    co_return reasons;
}

}  // namespace qrgate
