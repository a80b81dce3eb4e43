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

const auto memory =
    ::testing::Values(NamedBackend{"memory", [] { return std::make_unique<MemoryBackend>(); }});
INSTANTIATE_TEST_SUITE_P(Memory, StorageContract, memory);
INSTANTIATE_TEST_SUITE_P(Memory, WithTypedCode, memory);
INSTANTIATE_TEST_SUITE_P(Memory, Registration, memory);
INSTANTIATE_TEST_SUITE_P(Memory, AccountContract, memory);
INSTANTIATE_TEST_SUITE_P(Memory, CodeLogin, memory);
INSTANTIATE_TEST_SUITE_P(Memory, ImportContract, memory);
INSTANTIATE_TEST_SUITE_P(Memory, Rights, memory);

}  // namespace
}  // namespace qrgate
