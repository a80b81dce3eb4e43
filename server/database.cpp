#include "server/database.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "protocol/random.hpp"
#include "server/config.hpp"
#include "storage/migrate.hpp"
#include "storage/pg_audit_ledger.hpp"
#include "storage/pg_database.hpp"
#include "storage/pg_storage.hpp"
#include "storage/private_cluster.hpp"
#include "storage/sealed_field.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds close_time{5};

PgOptions pg_options(const Config& config, std::string connection_string, Database::Tell tell,
                     Database::Observe observe) {
    PgOptions options;
    options.tell = std::move(tell);
    options.observe = std::move(observe);
    options.connection_string = std::move(connection_string);
    options.connections = config.database_connections;
    options.deadline = config.database_deadline;
    return options;
}

FieldKeys field_keys(const Config& config, Random& random) {
    auto keys = load_field_keys(config.data_folder / "keys", random);
    if (!keys) throw std::runtime_error(keys.error());
    return std::move(*keys);
}

SealSuite suite_of(const Config& config) {
    return config.field_suite == FieldSuite::aes_256_gcm ? SealSuite::aes_256_gcm
                                                         : SealSuite::sm4_ctr_hmac_sm3;
}

}  // namespace

struct Database::State {
    State(asio::any_io_executor executor, const Config& config, Random& random, Tell tell, Observe observe)
        : sealer(field_keys(config, random), suite_of(config), random) {
        std::string connection_string = config.database;
        if (connection_string.empty()) {
            std::filesystem::path folder = config.data_folder / "postgresql";
            // An operator's command beside a running server uses that server's PostgreSQL.
            if (auto running = PrivateCluster::running(folder)) {
                connection_string = *running;
            } else {
                cluster = PrivateCluster::start(folder, tell);
                cluster->watch(executor);
                connection_string = cluster->connection_string();
            }
        }
        pg = open_pg_database(std::move(executor), pg_options(config, std::move(connection_string),
                                                              std::move(tell), std::move(observe)));
        storage = std::make_unique<PgStorage>(*pg, sealer);
        audit = std::make_unique<PgAuditLedger>(*pg);
    }

    FieldSealer sealer;
    std::unique_ptr<PrivateCluster> cluster;  // none: a database of the operator's
    std::unique_ptr<PgDatabase> pg;
    std::unique_ptr<PgStorage> storage;
    std::unique_ptr<PgAuditLedger> audit;
};

Database::Database(asio::any_io_executor executor, const Config& config, Random& random, Tell tell,
                   Observe observe)
    : state_(std::make_unique<State>(std::move(executor), config, random, std::move(tell),
                                     std::move(observe))) {}

Database::~Database() = default;

Storage& Database::storage() noexcept {
    return *state_->storage;
}

AuditLedger& Database::audit() noexcept {
    return *state_->audit;
}

asio::awaitable<boost::system::result<std::string, std::string>> Database::migrate() {
    using Answer = boost::system::result<std::string, std::string>;
    auto report = co_await qrgate::migrate(*state_->pg);
    if (!report) {
        co_return Answer(boost::system::in_place_error,
                         fmt::format("the database does not answer ({})", info(report.error()).code));
    }
    if (!report->ready) co_return Answer(boost::system::in_place_error, report->text);
    if (auto begun = co_await state_->audit->begin(); !begun) {
        co_return Answer(boost::system::in_place_error,
                         "the database was restored, and the audit must go on behind its last row: run "
                         "`qrgate migrate` as the role that owns the schema");
    }
    co_return Answer(boost::system::in_place_value, report->text);
}

asio::awaitable<void> Database::close() {
    co_await state_->pg->close(close_time);
    if (state_->cluster) state_->cluster->stop();
}

}  // namespace qrgate
