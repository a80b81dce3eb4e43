// One connection to PostgreSQL over raw libpq, never blocking. The only file that calls libpq's network
// functions. Owned by PgGroup or by a lease; I/O thread only; one operation at a time. Errors:
// database_unavailable (not sent), in_doubt (sent, connection lost), timed_out (sent, deadline passed, or the
// server's statement_timeout), conflict (23505), internal_error (refused; logged with SQLSTATE and name, no
// values). Invariant: after a lost connection or a passed deadline it is not usable() and is only good for
// destruction.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/error.hpp"
#include "storage/pg_database.hpp"

struct pg_conn;
struct pg_result;

namespace qrgate {

using PgTime = std::chrono::steady_clock::time_point;

struct PgConnectionSettings {
    PgTell tell = {};
    std::string connection_string = {};
    std::chrono::milliseconds statement_timeout{3000};  // the server gives up too, when nobody waits any more
    std::chrono::milliseconds idle_in_transaction_timeout{10000};
};

// One statement of a pipeline, and what became of it. The answer may be shown only when its segment is
// committed.
struct PgCall {
    PgStatement statement = {};
    PgValues values = {};
    Result<PgRows> answer = Errc::database_unavailable;
    std::string sqlstate = {};  // of the refusal
};

// The statements that share one Sync, hence one transaction.
struct PgSegment {
    enum class End : std::uint8_t { not_sent, lost, late, refused, committed };

    std::vector<PgCall*> calls = {};
    End end = End::not_sent;
};

class PgConnection {
public:
    // database_unavailable, with one plain line in `reason`.
    static asio::awaitable<Result<std::unique_ptr<PgConnection>>> open(asio::any_io_executor executor,
                                                                       PgConnectionSettings settings,
                                                                       PgTime deadline,
                                                                       std::shared_ptr<std::string> reason);
    ~PgConnection();
    PgConnection(const PgConnection&) = delete;
    PgConnection& operator=(const PgConnection&) = delete;

    // Not in pipeline mode: a statement and its commit, or a statement inside a transaction begun by
    // script().
    asio::awaitable<Result<PgRows>> run(PgStatement statement, PgValues values, PgTime deadline);
    asio::awaitable<Result<void>> script(std::string sql, PgTime deadline);
    // Sends all segments at once, each with its own Sync, and fills in answers and ends. `segments` outlives
    // the call.
    asio::awaitable<void> run_pipeline(std::vector<PgSegment>& segments, PgTime deadline);

    // Returns when the server closed or said something, or after interrupt().
    asio::awaitable<void> wait_while_idle();
    void interrupt();
    // Ends what runs: its statements become in_doubt.
    void abort();

    bool usable() const noexcept { return !broken_ && !stale_; }
    // Usable, outside any transaction, nothing in flight; looks at the socket without waiting.
    bool idle_and_healthy();

private:
    enum class Next : std::uint8_t { result, end, lost, late };
    struct Taken {
        Next next = Next::lost;
        std::shared_ptr<pg_result> result = {};
    };
    struct Refusal {
        Errc errc = Errc::internal_error;
        std::string sqlstate = {};
        bool fatal = false;  // the server ended the connection with it
    };
    // What a sent message will be answered for.
    struct Expected {
        PgCall* call = nullptr;
        bool prepare = false;
    };
    class Deadline;

    PgConnection(asio::any_io_executor executor, pg_conn* connection);

    asio::awaitable<bool> finish_connecting();
    asio::awaitable<bool> wait(bool writing);
    asio::awaitable<Taken> next_result();
    asio::awaitable<Result<PgRows>> collect(std::string name);
    bool take_answer(const Expected& expected, const std::shared_ptr<pg_result>& result, bool& refused);
    asio::awaitable<PgSegment::End> read_segment(PgSegment& segment, std::vector<Expected> expected);
    bool send_segment(const PgSegment& segment, std::unordered_set<std::string>& announced,
                      std::vector<Expected>& expected);
    bool send_execute(const PgStatement& statement, const PgValues& values);
    bool still_there();

    pg_conn* connection_;
    PgTell tell_ = [](std::string_view) {};
    asio::posix::stream_descriptor descriptor_;
    asio::steady_timer bell_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::uint64_t turn_ = 0;  // of the bell: a ring that was queued before it was set anew does not count
    bool expired_ = false;
    bool broken_ = false;
    bool stale_ = false;  // its prepared statements no longer fit the schema
    std::unordered_set<std::string> prepared_;
};

}  // namespace qrgate
