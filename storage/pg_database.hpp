// The door from SQL to PostgreSQL: what pg_storage and migrate use, and nothing else does.
// Two ways in: `submit` for single statements that are safe to re-run alone (group commit: statements
// submitted within one turn share one pipelined Sync; results are released only after it), and `lease` for
// everything else. Statements that write share one connection, so that no two groups of a process can wait
// for each other; those that only read have one or two of their own and never wait for a commit. I/O thread
// only; owned by App through PgStorage. Errors: database_unavailable (not done: no connection), busy (not
// done: the queue was full or too slow), in_doubt (sent, the connection was lost), timed_out (sent, its
// deadline passed), conflict (unique violation, SQLSTATE 23505), bad_request (a text with NUL, never sent),
// internal_error (any other refusal; logged with SQLSTATE and statement name, never with values).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

enum class PgUse : unsigned char {
    write,
    read  // changes nothing and locks no row: refused by PostgreSQL if it tries
};

struct PgJoined;

// Constants of pg_storage: the name is the prepared statement's name on every connection.
struct PgStatement {
    std::string_view name;
    std::string_view sql;
    PgUse use = PgUse::write;
    const PgJoined* joined = nullptr;  // what does the same for many at once (pg_joined.hpp)
};

// One parameter: null, text (also numbers, booleans and times, in PostgreSQL's text form) or octets (bytea).
using PgValue = std::variant<std::monostate, std::string, Bytes>;
using PgValues = std::vector<PgValue>;

PgValue pg(std::string text);
PgValue pg(std::string_view text);
PgValue pg(const char* text);
PgValue pg(bool value);
PgValue pg(int value);
PgValue pg(std::int64_t value);
PgValue pg(WallTime value);  // timestamptz with microseconds
PgValue pg(Bytes octets);
PgValue pg(const Digest& digest);
template <class T>
PgValue pg(std::optional<T> value) {
    return value ? pg(std::move(*value)) : PgValue{};
}

// The rows of one result. Owns its memory; views are valid as long as it lives. Columns by position, as in
// the SQL. A column that is of another type than asked for is a bug of the SQL or of its reader, and thrown.
class PgRows {
public:
    PgRows() = default;
    explicit PgRows(std::shared_ptr<void> result);  // a PGresult, binary format

    // The one row as a result of its own; shares the memory.
    PgRows only(std::size_t row) const;

    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    bool is_null(std::size_t row, int column) const noexcept;
    std::string_view text(std::size_t row, int column) const;  // empty for null
    std::int64_t integer(std::size_t row, int column) const;
    bool boolean(std::size_t row, int column) const;
    Bytes octets(std::size_t row, int column) const;  // bytea
    Digest digest(std::size_t row, int column) const;
    WallTime time(std::size_t row, int column) const;  // timestamptz
    std::size_t affected() const noexcept;             // rows an UPDATE or DELETE without RETURNING touched

private:
    int place(std::size_t row) const noexcept { return static_cast<int>(row + first_); }
    std::string_view value(std::size_t row, int column) const;

    std::shared_ptr<void> result_;
    std::size_t first_ = 0;
    std::optional<std::size_t> count_;  // unset: all of the result
};

// A connection for a transaction of several statements. Returned on destruction; a connection that is not
// idle and healthy then is closed instead.
class PgLease {
public:
    virtual ~PgLease() = default;
    // Runs one statement (prepared on first use).
    virtual Task<Result<PgRows>> run(PgStatement statement, PgValues values) = 0;
    // Runs text that may hold several statements, without parameters (migrations, BEGIN, COMMIT).
    virtual Task<Result<void>> script(std::string sql) = 0;
    // For what follows on this lease, instead of PgOptions::deadline. The server's own statement_timeout
    // stays.
    virtual void set_deadline(std::chrono::milliseconds) {}
    // Whether the last refusal on it was a deadlock or a serialization failure: once rolled back, the whole
    // transaction is worth another run.
    virtual bool lost_a_race() const noexcept { return false; }
};

class PgDatabase {
public:
    virtual ~PgDatabase() = default;
    virtual Task<Result<PgRows>> submit(PgStatement statement, PgValues values) = 0;
    virtual Task<Result<std::unique_ptr<PgLease>>> lease() = 0;
    // Closes everything; waits for what runs, at most `within`.
    virtual Task<void> close(std::chrono::milliseconds within) = 0;
};

// One plain line for the operator: lost, back, refused. Never values. Unset: nobody hears it.
using PgTell = std::function<void(std::string_view line)>;
// Each answered statement: its name, and how long it took from submitted to durable (or to its answer on a
// lease).
using PgObserve = std::function<void(std::string_view name, std::chrono::steady_clock::duration took)>;

struct PgOptions {
    PgTell tell = {};
    PgObserve observe = {};
    std::string connection_string = {};  // full: host (a socket folder or an address), port, dbname, user
    // One for groups that write, from four on one for groups that read, from five on two; the others for
    // leases.
    std::size_t connections = 5;
    std::size_t waiting_limit = 2048;  // statements queued; more → busy
    std::size_t group_limit = 64;      // statements that share a Sync
    std::chrono::milliseconds connect_deadline{2000};
    std::chrono::milliseconds deadline{3000};  // of a statement, its wait in the queue included
    std::chrono::milliseconds back_off_first{100};
    std::chrono::milliseconds back_off_most{1000};
};

// Connects in the background and keeps trying; statements while it cannot fail with database_unavailable at
// once.
std::unique_ptr<PgDatabase> open_pg_database(Executor executor, PgOptions options);

}  // namespace qrgate
