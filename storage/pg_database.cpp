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

class Database : public PgDatabase {
public:
    Database(asio::any_io_executor executor, const PgOptions& options)
        : group_(std::make_shared<PgGroup>(executor, options)),
          pool_(std::make_shared<PgPool>(executor, options,
                                         std::max<std::size_t>(options.connections, 2) - 1)) {
        pool_->start();
        group_->start([pool = std::weak_ptr<PgPool>(pool_)] {
            if (auto held = pool.lock()) held->retry_now();
        });
    }
    ~Database() override {
        group_->abandon();
        pool_->abandon();
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    asio::awaitable<Result<PgRows>> submit(PgStatement statement, PgValues values) override {
        if (!can_be_sent(values)) co_return Errc::bad_request;
        co_return co_await group_->submit(statement, std::move(values));
    }
    asio::awaitable<Result<std::unique_ptr<PgLease>>> lease() override { return pool_->lease(); }
    asio::awaitable<void> close(std::chrono::milliseconds within) override {
        const PgTime deadline = std::chrono::steady_clock::now() + within;
        auto group = group_;
        auto pool = pool_;
        co_await group->close(deadline);
        co_await pool->close(deadline);
    }

private:
    std::shared_ptr<PgGroup> group_;
    std::shared_ptr<PgPool> pool_;
};

}  // namespace

std::unique_ptr<PgDatabase> open_pg_database(asio::any_io_executor executor, PgOptions options) {
    return std::make_unique<Database>(executor, options);
}

}  // namespace qrgate
