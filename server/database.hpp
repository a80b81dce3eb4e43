// Storage with everything under it: the private PostgreSQL (when none is configured), connections,
// migrations, sealed fields. Used by App and by the operator's commands. Owned by its user; I/O thread. The
// one invariant: PostgreSQL of ours ends with this object, after every connection to it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/error.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Config;
class AuditLedger;
class Random;
class Storage;

class Database {
public:
    using Tell = std::function<void(std::string_view)>;  // one plain line for the operator
    // A statement's name, and how long it took.
    using Observe = std::function<void(std::string_view, std::chrono::steady_clock::duration)>;

    // Starts or finds PostgreSQL and reads the field keys. Blocks (about a second the first time). Throws
    // std::runtime_error with one plain line. A running server's private PostgreSQL is used as it is.
    Database(asio::any_io_executor executor, const Config& config, Random& random, Tell tell,
             Observe observe = {});
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    Storage& storage() noexcept;
    AuditLedger& audit() noexcept;
    // Brings the schema to this build's. The error text is one plain line.
    asio::awaitable<boost::system::result<std::string, std::string>> migrate();
    asio::awaitable<void> close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
