// Storage with everything under it: the private PostgreSQL (when none is configured), connections,
// migrations, sealed fields. Used by App and by the operator's commands. Owned by its user; I/O thread. The
// one invariant: PostgreSQL of ours ends with this object, after every connection to it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Config;
class AuditLedger;
class Random;
class Storage;
struct Resealed;

class Database {
public:
    using Tell = std::function<void(std::string_view)>;  // one plain line for the operator
    // A statement's name, and how long it took.
    using Observe = std::function<void(std::string_view, std::chrono::steady_clock::duration)>;

    // Starts or finds PostgreSQL and reads the field keys. Blocks (about a second the first time). Throws
    // std::runtime_error with one plain line. A running server's private PostgreSQL is used as it is.
    Database(Executor executor, const Config& config, Random& random, Tell tell, Observe observe = {});
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Storage& storage() noexcept;
    AuditLedger& audit() noexcept;
    // Brings the schema to this build's; where this role may not, sees whether somebody has. Gives the run
    // role its rights (storage/pg_run_role): the private PostgreSQL's, `grant_to`, and those that had them.
    // The error text is one plain line.
    Task<boost::system::result<std::string, std::string>> migrate(std::string grant_to = {});
    // What the role may do that a server should not, as one plain line; empty: nothing.
    Task<std::string> excess_rights();
    Task<void> close();

    // After `qrgate keys rotate sealing`. The error text is one plain line; then nothing has changed.
    boost::system::result<void, std::string> read_field_keys_again();
    // The id of the key that seals from now on, when it is another than before.
    std::optional<int> look_at_the_time(WallTime now);
    // Seals anew some of what former keys sealed.
    Task<Result<Resealed>> reseal_some(int rows);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
