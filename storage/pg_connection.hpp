// One connection to PostgreSQL over raw libpq, never blocking. The only file that calls libpq's network
// functions. Owned by PgGroup or by a lease; I/O thread only; one operation at a time. Errors:
// database_unavailable (not sent), in_doubt (sent, connection lost), timed_out (sent, deadline passed, or the
// server's statement_timeout), conflict (23505), internal_error (refused; logged with SQLSTATE and name, no
// values). Invariant: after a lost connection or a passed deadline it is not usable() and is only good for
// destruction.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/error.hpp"
#include "storage/pg_database.hpp"
#include "storage/stream_descriptor.hpp"
#include "storage/task.hpp"

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
    static Task<Result<std::unique_ptr<PgConnection>>> open(Executor executor, PgConnectionSettings settings,
                                                            PgTime deadline,
                                                            std::shared_ptr<std::string> reason);
    ~PgConnection();
    PgConnection(const PgConnection&) = delete;
    PgConnection& operator=(const PgConnection&) = delete;

    // Not in pipeline mode: a statement and its commit, or a statement inside a transaction begun by
    // script().
    Task<Result<PgRows>> run(PgStatement statement, PgValues values, PgTime deadline);
    Task<Result<void>> script(std::string sql, PgTime deadline);
    // Sends all segments at once, each with its own Sync, and fills in answers and ends. `segments` outlives
    // the call.
    Task<void> run_pipeline(std::vector<PgSegment>& segments, PgTime deadline);

    // Returns when the server closed or said something, or after interrupt().
    Task<void> wait_while_idle();
    void interrupt();
    // Ends what runs: its statements become in_doubt.
    void abort();

    bool usable() const noexcept { return !broken_ && !stale_; }
    // Whether the last refusal of run() or script() was a deadlock or a serialization failure.
    bool lost_a_race() const noexcept { return lost_a_race_; }
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
    // Names of statements, found without making a string of them.
    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept {
            return std::hash<std::string_view>{}(name);
        }
    };
    using Names = std::unordered_set<std::string, NameHash, std::equal_to<>>;

    PgConnection(Executor executor, pg_conn* connection);

    Task<bool> finish_connecting();
    Task<bool> wait(bool writing);
    std::optional<Taken> take_ready(bool& unsent);
    Task<bool> wait_for_more(bool unsent);
    Task<Taken> next_result();
    Next lost();
    Task<Result<PgRows>> collect(std::string name);
    bool take_answer(const Expected& expected, const std::shared_ptr<pg_result>& result, bool& refused);
    Task<PgSegment::End> read_segment(PgSegment& segment, std::vector<Expected> expected);
    bool send_segment(const PgSegment& segment, Names& announced, std::vector<Expected>& expected);
    bool send_execute(const std::string& name, const PgValues& values);
    bool still_there();

    pg_conn* connection_;
    PgTell tell_ = [](std::string_view) {};
    StreamDescriptor descriptor_;
    Timer bell_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::uint64_t turn_ = 0;  // of the bell: a ring that was queued before it was set anew does not count
    bool expired_ = false;
    bool broken_ = false;
    bool lost_a_race_ = false;
    bool stale_ = false;  // its prepared statements no longer fit the schema
    Names prepared_;
    // Of the statement that is being sent; kept so that each does not make its own.
    std::vector<const char*> texts_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

}  // namespace qrgate
