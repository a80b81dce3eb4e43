// Connections for transactions of several statements. A lease is returned on destruction, and closed instead
// when it is not idle and healthy. Owned by the PgDatabase of open_pg_database; I/O thread only. Errors of
// lease(): database_unavailable (no connection can be had), busy (all are leased, and the deadline passed or
// the line is full).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "storage/pg_connection.hpp"
#include "storage/pg_database.hpp"

namespace qrgate {

class PgPool : public std::enable_shared_from_this<PgPool> {
public:
    PgPool(asio::any_io_executor executor, PgOptions options, std::size_t limit);
    void start();
    asio::awaitable<Result<std::unique_ptr<PgLease>>> lease();
    // Does not wait for the back-off: somebody else has just reached PostgreSQL.
    void retry_now();
    asio::awaitable<void> close(PgTime deadline);
    void abandon();

private:
    class Lease;
    struct Waiter {
        explicit Waiter(asio::any_io_executor executor) : bell(executor) {}
        asio::steady_timer bell;
        std::unique_ptr<PgLease> lease = {};  // goes back by itself when the waiter has vanished
        bool refused = false;
        bool gone = false;
    };

    asio::awaitable<void> work();
    asio::awaitable<void> open_one();
    void opened(Result<std::unique_ptr<PgConnection>> result, const std::string& reason);
    void give(std::unique_ptr<PgConnection> connection);
    void take_back(std::unique_ptr<PgConnection> connection);
    void refuse_waiters();
    std::size_t waiting() const;
    void wake();

    asio::any_io_executor executor_;
    void tell(std::string_view line) const {
        if (options_.tell) options_.tell(line);
    }

    PgOptions options_;
    std::size_t limit_;
    std::vector<std::unique_ptr<PgConnection>> idle_;
    std::deque<std::shared_ptr<Waiter>> waiters_;
    asio::steady_timer wake_;
    asio::steady_timer quiet_;  // never rings; cancelled whenever a lease or an attempt ends
    std::size_t leased_ = 0;
    std::size_t connecting_ = 0;
    std::chrono::milliseconds back_off_{0};
    PgTime retry_at_{};
    bool failing_ = false;
    bool closing_ = false;
    bool running_ = false;
};

}  // namespace qrgate
