#include "storage/pg_database.hpp"

#include <algorithm>
#include <utility>

#include "storage/pg_group.hpp"
#include "storage/pg_pool.hpp"

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

class Database : public PgDatabase {
public:
    Database(asio::any_io_executor executor, const PgOptions& options)
        : writers_(std::make_shared<PgGroup>(executor, options, PgUse::write)),
          readers_(options.connections < enough_for_readers
                       ? writers_
                       : std::make_shared<PgGroup>(executor, options, PgUse::read)),
          pool_(std::make_shared<PgPool>(
              executor, options,
              std::max<std::size_t>(options.connections, 2) - (writers_ == readers_ ? 1 : 2))) {
        pool_->start();
        writers_->start([pool = std::weak_ptr<PgPool>(pool_)] {
            if (auto held = pool.lock()) held->retry_now();
        });
        if (readers_ != writers_) readers_->start([] {});
    }
    ~Database() override {
        writers_->abandon();
        readers_->abandon();
        pool_->abandon();
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    asio::awaitable<Result<PgRows>> submit(PgStatement statement, PgValues values) override {
        if (!can_be_sent(values)) co_return Errc::bad_request;
        auto& group = statement.use == PgUse::read ? readers_ : writers_;
        co_return co_await group->submit(statement, std::move(values));
    }
    asio::awaitable<Result<std::unique_ptr<PgLease>>> lease() override { return pool_->lease(); }
    asio::awaitable<void> close(std::chrono::milliseconds within) override {
        const PgTime deadline = std::chrono::steady_clock::now() + within;
        auto writers = writers_;
        auto readers = readers_;
        auto pool = pool_;
        co_await writers->close(deadline);
        co_await readers->close(deadline);
        co_await pool->close(deadline);
    }

private:
    std::shared_ptr<PgGroup> writers_;
    std::shared_ptr<PgGroup> readers_;  // the writers, where connections are few
    std::shared_ptr<PgPool> pool_;
};

}  // namespace

std::unique_ptr<PgDatabase> open_pg_database(asio::any_io_executor executor, PgOptions options) {
    return std::make_unique<Database>(executor, options);
}

}  // namespace qrgate
