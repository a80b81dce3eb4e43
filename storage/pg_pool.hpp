// Connections for transactions of several statements. A lease is returned on destruction, and closed instead
// when it is not idle and healthy. Owned by the PgDatabase of open_pg_database; I/O thread only. Errors of
// lease(): database_unavailable (no connection can be had), busy (all are leased, and the deadline passed or
// the line is full).
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "storage/pg_connection.hpp"
#include "storage/pg_database.hpp"
#include "storage/task.hpp"

namespace qrgate {

class PgPool : public std::enable_shared_from_this<PgPool> {
public:
    PgPool(Executor executor, PgOptions options, std::size_t limit);
    void start();
    Task<Result<std::unique_ptr<PgLease>>> lease();
    // Does not wait for the back-off: somebody else has just reached PostgreSQL.
    void retry_now();
    Task<void> close(PgTime deadline);
    void abandon();

private:
    class Lease;
    struct Waiter {
        explicit Waiter(Executor executor) : bell(executor) {}
        Timer bell;
        std::unique_ptr<PgLease> lease = {};  // goes back by itself when the waiter has vanished
        bool refused = false;
        bool gone = false;
    };

    Task<void> work();
    Task<void> open_one();
    void opened(Result<std::unique_ptr<PgConnection>> result, const std::string& reason);
    void give(std::unique_ptr<PgConnection> connection);
    void take_back(std::unique_ptr<PgConnection> connection);
    void refuse_waiters();
    std::size_t waiting() const;
    void wake();

    Executor executor_;
    void tell(std::string_view line) const {
        if (options_.tell) options_.tell(line);
    }

    PgOptions options_;
    std::size_t limit_;
    std::vector<std::unique_ptr<PgConnection>> idle_;
    std::deque<std::shared_ptr<Waiter>> waiters_;
    Timer wake_;
    Timer quiet_;  // never rings; cancelled whenever a lease or an attempt ends
    std::size_t leased_ = 0;
    std::size_t connecting_ = 0;
    std::chrono::milliseconds back_off_{0};
    PgTime retry_at_{};
    bool failing_ = false;
    bool closing_ = false;
    bool running_ = false;
};

}  // namespace qrgate
