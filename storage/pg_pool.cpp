#include "storage/pg_pool.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "storage/pool_plan.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr auto as_pair = asio::as_tuple(use_task);

PgTime now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

class PgPool::Lease : public PgLease {
public:
    Lease(std::shared_ptr<PgPool> pool, std::unique_ptr<PgConnection> connection)
        : pool_(std::move(pool)), connection_(std::move(connection)), deadline_(pool_->options_.deadline) {}
    ~Lease() override { pool_->take_back(std::move(connection_)); }

    Task<Result<PgRows>> run(PgStatement statement, PgValues values) override {
        const PgTime begun = now();
        auto rows = co_await connection_->run(statement, std::move(values), begun + deadline_);
        const auto& observe = pool_->options_.observe;
        if (observe) observe(statement.name, now() - begun);
        co_return rows;
    }
    Task<Result<void>> script(std::string sql) override {
        return connection_->script(std::move(sql), now() + deadline_);
    }
    void set_deadline(std::chrono::milliseconds deadline) override { deadline_ = deadline; }
    bool lost_a_race() const noexcept override { return connection_->lost_a_race(); }

private:
    std::shared_ptr<PgPool> pool_;
    std::unique_ptr<PgConnection> connection_;
    std::chrono::milliseconds deadline_;
};

PgPool::PgPool(Executor executor, PgOptions options, std::size_t limit)
    : executor_(executor), options_(std::move(options)), limit_(limit), wake_(executor), quiet_(executor) {}

void PgPool::start() {
    running_ = true;
    auto self = shared_from_this();
    auto ended = [self](std::exception_ptr thrown) {
        self->running_ = false;
        self->refuse_waiters();
        self->quiet_.cancel();
        if (thrown && !self->closing_) self->tell("the PostgreSQL pool has ended by an exception");
    };
    asio::co_spawn(executor_, work(), std::move(ended));
}

Task<Result<std::unique_ptr<PgLease>>> PgPool::lease() {
    auto self = shared_from_this();
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (!connection->idle_and_healthy()) continue;
        ++leased_;
        co_return std::make_unique<Lease>(self, std::move(connection));
    }
    if (closing_ || !running_ || (failing_ && leased_ == 0)) co_return Errc::database_unavailable;
    if (waiting() >= options_.waiting_limit) co_return Errc::busy;
    auto waiter = std::make_shared<Waiter>(executor_);
    waiter->bell.expires_at(now() + options_.deadline);
    waiters_.push_back(waiter);
    wake();

    co_await waiter->bell.async_wait(as_pair);
    waiter->gone = true;
    if (waiter->lease) co_return std::move(waiter->lease);
    co_return waiter->refused ? Errc::database_unavailable : Errc::busy;
}

void PgPool::retry_now() {
    retry_at_ = now();
    wake();
}

Task<void> PgPool::close(PgTime deadline) {
    auto self = shared_from_this();
    closing_ = true;
    refuse_waiters();
    wake();
    while ((leased_ > 0 || connecting_ > 0 || running_) && now() < deadline) {
        quiet_.expires_at(deadline);
        co_await quiet_.async_wait(as_pair);
    }
    abandon();
}

void PgPool::abandon() {
    closing_ = true;
    refuse_waiters();
    idle_.clear();
    wake();
}

Task<void> PgPool::work() {
    auto self = shared_from_this();
    while (!closing_) {
        const PoolView view{.limit = limit_,
                            .open = idle_.size() + leased_,
                            .connecting = connecting_,
                            .waiting = waiting(),
                            .failing = failing_,
                            .may_retry = now() >= retry_at_};
        for (auto missing = connections_to_open(view); missing > 0; --missing) {
            ++connecting_;
            asio::co_spawn(executor_, open_one(), [self](std::exception_ptr thrown) {
                --self->connecting_;
                if (thrown) self->failing_ = true;
                self->quiet_.cancel();
                self->wake();
            });
        }
        wake_.expires_at(failing_ && connecting_ == 0 ? retry_at_ : PgTime::max());
        co_await wake_.async_wait(as_pair);
    }
}

Task<void> PgPool::open_one() {
    auto self = shared_from_this();
    PgConnectionSettings settings{.tell = options_.tell,
                                  .connection_string = options_.connection_string,
                                  .statement_timeout = options_.deadline};
    auto reason = std::make_shared<std::string>();
    const PgTime deadline = now() + options_.connect_deadline;
    auto result = co_await PgConnection::open(executor_, std::move(settings), deadline, reason);
    opened(std::move(result), *reason);
}

void PgPool::opened(Result<std::unique_ptr<PgConnection>> result, const std::string& reason) {
    if (result) {
        failing_ = false;
        back_off_ = {};
        give(std::move(*result));
        return;
    }
    if (!failing_ && !closing_) tell(std::string("no further connection to PostgreSQL: ").append(reason));
    failing_ = true;
    back_off_ = next_back_off(back_off_, options_.back_off_first, options_.back_off_most);
    retry_at_ = now() + back_off_;
    if (leased_ == 0) refuse_waiters();
}

void PgPool::give(std::unique_ptr<PgConnection> connection) {
    if (closing_) return;
    while (!waiters_.empty()) {
        auto waiter = std::move(waiters_.front());
        waiters_.pop_front();
        if (waiter->gone) continue;
        ++leased_;
        waiter->lease = std::make_unique<Lease>(shared_from_this(), std::move(connection));
        waiter->bell.cancel();
        return;
    }
    idle_.push_back(std::move(connection));
}

void PgPool::take_back(std::unique_ptr<PgConnection> connection) {
    --leased_;
    if (connection->idle_and_healthy()) give(std::move(connection));
    quiet_.cancel();
    wake();
}

void PgPool::refuse_waiters() {
    for (const auto& waiter : std::exchange(waiters_, {})) {
        waiter->refused = true;
        waiter->bell.cancel();
    }
}

std::size_t PgPool::waiting() const {
    return static_cast<std::size_t>(
        std::count_if(waiters_.begin(), waiters_.end(), [](const auto& waiter) { return !waiter->gone; }));
}

void PgPool::wake() {
    wake_.cancel();
}

}  // namespace qrgate
