#include "storage/pg_database.hpp"

#include <algorithm>
#include <utility>

#include "storage/pg_group.hpp"
#include "storage/pg_pool.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

// A text parameter ends at its first NUL for libpq: cutting it silently would store another value than asked
// for.
bool can_be_sent(const PgValues& values) {
    return std::none_of(values.begin(), values.end(), [](const PgValue& value) {
        const auto* text = std::get_if<std::string>(&value);
        return text != nullptr && text->find('\0') != std::string::npos;
    });
}

// How many of the connections are for what; a database that gives few still has all three ways.
constexpr std::size_t enough_for_readers = 4;
constexpr std::size_t enough_for_two_readers = 5;

std::size_t readers_of(std::size_t connections) {
    if (connections < enough_for_readers) return 0;
    return connections < enough_for_two_readers ? 1 : 2;
}

class Database : public PgDatabase {
public:
    Database(Executor executor, const PgOptions& options)
        : writers_(std::make_shared<PgGroup>(executor, options, PgUse::write)),
          pool_(std::make_shared<PgPool>(
              executor, options,
              std::max<std::size_t>(options.connections, 2) - 1 - readers_of(options.connections))) {
        for (std::size_t i = 0; i < readers_of(options.connections); ++i)
            readers_.push_back(std::make_shared<PgGroup>(executor, options, PgUse::read));
        pool_->start();
        writers_->start([pool = std::weak_ptr<PgPool>(pool_)] {
            if (auto held = pool.lock()) held->retry_now();
        });
        for (const auto& reader : readers_)
            reader->start([] {});
    }
    ~Database() override {
        writers_->abandon();
        for (const auto& reader : readers_)
            reader->abandon();
        pool_->abandon();
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Task<Result<PgRows>> submit(PgStatement statement, PgValues values) override {
        if (!can_be_sent(values)) co_return Errc::bad_request;
        auto group = statement.use == PgUse::read ? reader() : writers_;
        co_return co_await group->submit(statement, std::move(values));
    }
    Task<Result<std::unique_ptr<PgLease>>> lease() override { return pool_->lease(); }
    Task<void> close(std::chrono::milliseconds within) override {
        const PgTime deadline = std::chrono::steady_clock::now() + within;
        auto writers = writers_;
        auto readers = readers_;
        auto pool = pool_;
        co_await writers->close(deadline);
        for (const auto& one : readers)
            co_await one->close(deadline);
        co_await pool->close(deadline);
    }

private:
    // The least busy of those that are connected: while one waits for PostgreSQL, what comes meanwhile is
    // already on its way by the other.
    std::shared_ptr<PgGroup> reader() const {
        if (readers_.empty()) return writers_;
        const auto cost = [](const std::shared_ptr<PgGroup>& one) {
            return std::pair(!one->connected(), one->load());
        };
        return *std::min_element(readers_.begin(), readers_.end(),
                                 [&](const auto& a, const auto& b) { return cost(a) < cost(b); });
    }

    std::shared_ptr<PgGroup> writers_;
    std::vector<std::shared_ptr<PgGroup>> readers_;  // none where connections are few: the writers read too
    std::shared_ptr<PgPool> pool_;
};

}  // namespace

std::unique_ptr<PgDatabase> open_pg_database(Executor executor, PgOptions options) {
    return std::make_unique<Database>(executor, options);
}

}  // namespace qrgate
