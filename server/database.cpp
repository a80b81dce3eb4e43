#include "server/database.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "protocol/random.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "storage/migrate.hpp"
#include "storage/pg_audit_ledger.hpp"
#include "storage/pg_database.hpp"
#include "storage/pg_reseal.hpp"
#include "storage/pg_run_role.hpp"
#include "storage/pg_storage.hpp"
#include "storage/private_cluster.hpp"
#include "storage/sealed_field.hpp"
#include "storage/task.hpp"

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
    State(Executor executor, const Config& config, Random& random, Tell tell, Observe observe)
        : executor_of_io(executor),
          key_folder(config.data_folder / "keys"),
          random_source(random),
          sealer(field_keys(config, random), suite_of(config), random) {
        sealer.look_at_the_time(SystemClock().now());
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
            // Migrations only; everything else goes by the role that can do less.
            owner = pg_options(config, connection_string, tell, {});
            if (auto fault = make_run_role(connection_string)) throw std::runtime_error(*fault);
            connection_string += " user=" + std::string(private_run_role);  // the last one counts
        }
        pg = open_pg_database(executor_of_io, pg_options(config, std::move(connection_string),
                                                         std::move(tell), std::move(observe)));
        storage = std::make_unique<PgStorage>(*pg, sealer);
        audit = std::make_unique<PgAuditLedger>(*pg);
        resealer = std::make_unique<Resealer>(*pg, sealer);
    }

    Executor executor_of_io;
    std::filesystem::path key_folder;
    Random& random_source;
    FieldSealer sealer;
    std::unique_ptr<PrivateCluster> cluster;  // none: a database of the operator's
    std::optional<PgOptions> owner;           // of the private one
    std::unique_ptr<PgDatabase> pg;
    std::unique_ptr<PgStorage> storage;
    std::unique_ptr<PgAuditLedger> audit;
    std::unique_ptr<Resealer> resealer;
};

Database::Database(Executor executor, const Config& config, Random& random, Tell tell, Observe observe)
    : state_(std::make_unique<State>(std::move(executor), config, random, std::move(tell),
                                     std::move(observe))) {}

Database::~Database() = default;

Storage& Database::storage() noexcept {
    return *state_->storage;
}

AuditLedger& Database::audit() noexcept {
    return *state_->audit;
}

namespace {

using Answer = boost::system::result<std::string, std::string>;

Answer refused(std::string text) {
    return Answer(boost::system::in_place_error, std::move(text));
}

Task<Answer> migrate_as_owner(PgDatabase& database, std::vector<std::string> roles) {
    auto report = co_await qrgate::migrate(database);
    if (!report)
        co_return refused(fmt::format("the database does not answer ({})", info(report.error()).code));
    if (!report->ready) co_return refused(report->text);
    if (auto begun = co_await PgAuditLedger(database).begin(); !begun)
        co_return refused(
            "the database was restored, and the audit must go on behind its last row: run "
            "`qrgate migrate` as the role that owns the schema");
    // New tables need new grants; a role without DDL has applied nothing.
    if (!report->applied.empty()) {
        auto before = co_await granted_run_roles(database);
        if (before) roles.insert(roles.end(), before->begin(), before->end());
    }
    for (const std::string& role : roles) {
        auto granted = co_await grant_run_role(database, role);
        if (!granted)
            co_return refused(
                fmt::format("the role {} cannot be given its rights ({}): is it there, and is this "
                            "the tables' owner?",
                            role, info(granted.error()).code));
    }
    std::string text = report->text;
    if (!roles.empty()) text += fmt::format("; {} has its rights", fmt::join(roles, ", "));
    co_return Answer(boost::system::in_place_value, std::move(text));
}

}  // namespace

Task<Answer> Database::migrate(std::string grant_to) {
    std::vector<std::string> roles;
    if (!grant_to.empty()) {
        if (!is_role_name(grant_to)) co_return refused(grant_to + " is no role's name in small letters");
        roles.push_back(std::move(grant_to));
    }
    if (!state_->owner) co_return co_await migrate_as_owner(*state_->pg, std::move(roles));
    roles.emplace_back(private_run_role);
    auto owner = open_pg_database(state_->executor_of_io, *state_->owner);
    auto done = co_await migrate_as_owner(*owner, std::move(roles));
    co_await owner->close(close_time);
    co_return done;
}

Task<std::string> Database::excess_rights() {
    auto excess = co_await excess_of_role(*state_->pg);
    if (!excess || !*excess) co_return std::string{};
    co_return fmt::format("the database's role {}: a server needs less; docs/operating.md, Database roles",
                          **excess);
}

boost::system::result<void, std::string> Database::read_field_keys_again() {
    // A folder that is away for a moment must not be filled with new keys.
    if (!std::filesystem::exists(state_->key_folder / "index.key"))
        return (state_->key_folder / "index.key").string() + " is missing";
    auto keys = load_field_keys(state_->key_folder, state_->random_source);
    if (!keys) return keys.error();
    state_->sealer.adopt(*keys);
    return {};
}

std::optional<int> Database::look_at_the_time(WallTime now) {
    if (!state_->sealer.look_at_the_time(now)) return std::nullopt;
    state_->resealer->begin();
    return state_->sealer.sealing_key();
}

Task<Result<Resealed>> Database::reseal_some(int rows) {
    // With one key nothing can be of another.
    if (!state_->sealer.has_former_keys()) co_return Resealed{.finished = true};
    co_return co_await state_->resealer->some(rows);
}

Task<void> Database::close() {
    co_await state_->pg->close(close_time);
    if (state_->cluster) state_->cluster->stop();
}

}  // namespace qrgate
