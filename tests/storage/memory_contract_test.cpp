#include "storage/memory_storage.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

class MemoryBackend final : public Backend {
public:
    asio::io_context& io() override { return io_; }
    Storage& door(std::size_t) override { return storage_; }

private:
    asio::io_context io_;
    MemoryStorage storage_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StorageContract,
                         ::testing::Values(NamedBackend{"memory", [] { return std::make_unique<MemoryBackend>(); }}));

}  // namespace
}  // namespace qrgate
