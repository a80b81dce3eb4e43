#include "bench/bench_database.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <boost/asio/this_coro.hpp>

#include "bench/options.hpp"
#include "server/config.hpp"
#include "server/random.hpp"
#include "storage/migrate.hpp"
#include "storage/pg_database.hpp"
#include "storage/pg_storage.hpp"
#include "storage/private_cluster.hpp"
#include "storage/sealed_field.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;

// As in tests, but with fsync: the folder may be entered by PostgreSQL's user when we are root.
class OwnFolder {
public:
    OwnFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "qrgate-bench-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw CannotMeasure("no temporary folder can be made");
        path_ = name;
        ::chmod(path_.c_str(), 0711);
    }
    ~OwnFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    OwnFolder(const OwnFolder&) = delete;
    OwnFolder& operator=(const OwnFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

FieldKeys random_keys(Random& random) {
    FieldKeys keys;
    keys.masters[1] = random.bytes<32>();
    keys.index = random.bytes<32>();
    return keys;
}

constexpr PgStatement durability{"bench_durability",
                                 "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', "
                                 "'full_page_writes', 'synchronous_commit') AND setting IN ('off')"};
constexpr PgStatement count_confirmed{"bench_confirmed", "SELECT count(*) FROM evidence"};

// $1 how many people.
constexpr std::string_view people_sql = R"(
INSERT INTO person (id, kind, number, number_index, name, level, level_evidence, level_since, state, password_hash,
                    password_set_at, created_at, changed_at)
SELECT g::text, 'personal', '\x00', sha256(g::text::bytea), '\x00', 3, 'bench', now(), 'active', '', now(), now(), now()
FROM generate_series(0, {0} - 1) g;
INSERT INTO certificate (serial, person_id, algorithm, public_key, der, not_before, not_after, state, state_since,
                         device_hash, unlock_verifier_hash, unlock_secret, biometric, phone_session_id, issued_at)
SELECT g::text, g::text, 'sm2', decode(repeat('04', 65), 'hex'), decode(repeat('30', 600), 'hex'),
       now() - interval '1 day', now() + interval '1 year', 'active', now(), sha256('device'), sha256('verifier'),
       decode(repeat('00', 81), 'hex'), 'simulated', 'session', now()
FROM generate_series(0, {0} - 1) g;
ANALYZE person, certificate)";

constexpr std::string_view tickets_sql = R"(
ALTER TABLE audit DISABLE TRIGGER audit_not_emptied;
TRUNCATE ticket, evidence, audit;
INSERT INTO ticket (token_hash, token, state, deadline, pre_session_hash, person_id, phone_session_id, certificate,
                    nonce, browser_family, browser_os, browser_address, browser_place, browser_started_at, origin,
                    scanned_at, signing_expires_at, easy)
SELECT decode(lpad(to_hex(g), 64, '0'), 'hex'), lpad(g::text, 32, 'T'), 'scanned', now() + interval '1 hour',
       sha256(g::text::bytea), (g % {1})::text, 'session', (g % {1})::text, 'nonce', 'Firefox', 'Linux', '127.0.0.1',
       '', now(), 'http://localhost:8080', now(), now() + interval '1 hour', false
FROM generate_series(1, {0}) g;
ANALYZE ticket)";

}  // namespace

struct BenchDatabase::State {
    State(Executor executor, std::vector<std::string> settings)
        : sealer(random_keys(random), SealSuite::sm4_ctr_hmac_sm3, random) {
        PrivateClusterOptions options;
        options.settings = std::move(settings);
        cluster = PrivateCluster::start(folder.path() / "postgresql", [](std::string_view) {}, options);
        // As server/database.cpp sets it up.
        const Config config;
        PgOptions product;
        product.connection_string = cluster->connection_string();
        product.connections = config.database_connections;
        product.deadline = config.database_deadline;
        pg = open_pg_database(executor, product);
        PgOptions patient = product;
        patient.connections = 2;
        patient.deadline = std::chrono::minutes(3);
        loader = open_pg_database(executor, patient);
        storage = std::make_unique<PgStorage>(*pg, sealer);
    }

    Task<std::unique_ptr<PgLease>> lease() {
        const auto deadline = Clock::now() + std::chrono::seconds(15);
        for (;;) {
            auto leased = co_await loader->lease();
            if (leased) co_return std::move(*leased);
            if (Clock::now() > deadline) throw CannotMeasure("the bench's PostgreSQL gives no connection");
            Timer soon(co_await asio::this_coro::executor, std::chrono::milliseconds(20));
            co_await soon.async_wait(use_task);
        }
    }
    Task<void> script(std::string sql) {
        auto leased = co_await lease();
        if (!co_await leased->script(std::move(sql)))
            throw CannotMeasure("the bench's PostgreSQL refused to be filled");
    }

    OwnFolder folder{};
    SystemRandom random{};
    FieldSealer sealer;
    std::unique_ptr<PrivateCluster> cluster{};
    std::unique_ptr<PgDatabase> pg{};
    std::unique_ptr<PgDatabase> loader{};
    std::unique_ptr<PgStorage> storage{};
};

BenchDatabase::BenchDatabase(Executor executor, std::vector<std::string> settings)
    : state_(std::make_unique<State>(std::move(executor), std::move(settings))) {}

BenchDatabase::~BenchDatabase() {
    state_->cluster->stop();
    const std::filesystem::path home = state_->cluster->home();
    std::error_code ignored;
    std::filesystem::remove_all(home, ignored);
}

Task<void> BenchDatabase::prepare() {
    {
        auto leased = co_await state_->lease();
        auto off = co_await leased->run(durability, {});
        if (!off) throw CannotMeasure("the bench's PostgreSQL does not say its settings");
        if (!off->empty()) {
            throw CannotMeasure(
                fmt::format("{} is {}: what is acknowledged would not be kept, so nothing is "
                            "measured",
                            off->text(0, 0), off->text(0, 1)));
        }
    }
    auto migrated = co_await migrate(*state_->loader);
    if (!migrated || !migrated->ready) throw CannotMeasure("the bench's PostgreSQL takes no schema");
    co_await state_->script(fmt::format(fmt::runtime(people_sql), people));
    // The product's own connections must be there before anything is timed.
    const auto deadline = Clock::now() + std::chrono::seconds(15);
    while (!co_await state_->storage->ready()) {
        if (Clock::now() > deadline) throw CannotMeasure("storage does not become ready");
        Timer soon(co_await asio::this_coro::executor, std::chrono::milliseconds(20));
        co_await soon.async_wait(use_task);
    }
}

Task<void> BenchDatabase::fill(std::uint64_t tickets) {
    co_await state_->script(fmt::format(fmt::runtime(tickets_sql), tickets, people));
    // Both sides of a comparison begin after a checkpoint.
    co_await state_->script("CHECKPOINT");
}

Task<std::int64_t> BenchDatabase::confirmed() {
    auto leased = co_await state_->lease();
    auto rows = co_await leased->run(count_confirmed, {});
    if (!rows) throw CannotMeasure("the bench's PostgreSQL does not count");
    co_return rows->integer(0, 0);
}

Task<void> BenchDatabase::close() {
    co_await state_->loader->close(std::chrono::seconds(5));
    co_await state_->pg->close(std::chrono::seconds(5));
}

Storage& BenchDatabase::storage() noexcept {
    return *state_->storage;
}

const std::string& BenchDatabase::connection_string() const noexcept {
    return state_->cluster->connection_string();
}

std::filesystem::path BenchDatabase::folder() const {
    return state_->cluster->home();
}

Digest ticket_hash(std::uint64_t ticket) {
    Digest hash{};
    for (std::size_t i = 0; i < 8; ++i)
        hash[hash.size() - 1 - i] = static_cast<std::uint8_t>(ticket >> (8 * i));
    return hash;
}

std::string certificate_serial(std::uint64_t number) {
    return std::to_string(number % BenchDatabase::people);
}

Confirmation confirmation_of(std::uint64_t ticket, WallTime at) {
    Confirmation it;
    it.token_hash = ticket_hash(ticket);
    it.person_id = certificate_serial(ticket);
    it.phone_session_id = "session";
    it.certificate = certificate_serial(ticket);
    it.nonce = "nonce";
    it.text = std::string(420, 'x');
    it.signature = Bytes(71, 0x30);
    it.chain = Bytes(520, 0x30);
    it.at = at;
    it.redeem_until = at + std::chrono::seconds(60);
    return it;
}

}  // namespace qrgate::bench
