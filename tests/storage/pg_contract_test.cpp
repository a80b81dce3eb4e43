#include "storage/migrate.hpp"
#include "storage/pg_storage.hpp"
#include "tests/storage/contract.hpp"
#include "tests/storage/counting_random.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

// A fresh migrated database on the test executable's cluster, with four doors: four groups of connections
// that know nothing of each other, as four processes would be.
class PgBackend final : public PgFixture, public Backend {
public:
    PgBackend() : sealer_(keys(), SealSuite::sm4_ctr_hmac_sm3, random_) {
        for (int i = 0; i < 4; ++i)
            databases_.push_back(open(patient()));
        auto report = wait(migrate(*databases_.front()));
        if (!report || !report->ready) throw std::runtime_error("the schema could not be made");
        for (auto& database : databases_)
            doors_.push_back(std::make_unique<PgStorage>(*database, sealer_));
    }
    ~PgBackend() override {
        for (auto& database : databases_)
            wait(database->close(std::chrono::seconds(5)));
    }
    asio::io_context& io() override { return TestLoop::io; }
    Storage& door(std::size_t number) override { return *doors_[number % doors_.size()]; }
    void TestBody() override {}

private:
    PgOptions patient() const {
        PgOptions wide = options();
        wide.deadline = patience;  // a busy machine is no failure here
        wide.connections = 5;      // with readers of their own
        return wide;
    }
    static FieldKeys keys() {
        FieldKeys it;
        it.masters[1] = digest("field key");
        it.index = digest("index key");
        return it;
    }

    CountingRandom random_;
    FieldSealer sealer_;
    std::vector<std::unique_ptr<PgDatabase>> databases_;
    std::vector<std::unique_ptr<PgStorage>> doors_;
};

const auto postgres =
    ::testing::Values(NamedBackend{"postgres", [] { return std::make_unique<PgBackend>(); }});
INSTANTIATE_TEST_SUITE_P(Postgres, StorageContract, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, WithTypedCode, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Registration, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, AccountContract, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, CodeLogin, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, ImportContract, postgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Rights, postgres);

}  // namespace
}  // namespace qrgate
