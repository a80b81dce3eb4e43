#include "storage/pg_connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include "storage/pg_result.hpp"
#include "storage/task.hpp"

namespace qrgate {

using namespace pg_result;

namespace {
constexpr auto as_pair = asio::as_tuple(use_task);

struct ConninfoDeleter {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

std::string first_line(std::string_view text) {
    return std::string{text.substr(0, text.find('\n'))};
}

// The operator's own `options` stay, ours come after and win.
std::string session_options(const PgConnectionSettings& settings) {
    std::string options;
    const std::unique_ptr<PQconninfoOption, ConninfoDeleter> parsed{
        PQconninfoParse(settings.connection_string.c_str(), nullptr)};
    for (const auto* option = parsed.get(); option != nullptr && option->keyword != nullptr; ++option) {
        if (std::string_view{option->keyword} == "options" && option->val != nullptr) options = option->val;
    }
    options += " -c statement_timeout=" + std::to_string(settings.statement_timeout.count());
    options += " -c idle_in_transaction_session_timeout=" +
               std::to_string(settings.idle_in_transaction_timeout.count());
    options += " -c TimeZone=UTC -c DateStyle=ISO";
    // Plans are made once, many of them while a table is all but empty, and must be good when it is full: by
    // its indexes. What has to read a whole table may still; the price that is then put on it must not start
    // a compiler.
    options += " -c enable_seqscan=off -c jit=off";
    return options;
}

PGconn* start_connecting(const PgConnectionSettings& settings) {
    const std::string options = session_options(settings);
    const char* const keywords[] = {"dbname", "client_encoding", "application_name", "options", nullptr};
    const char* const values[] = {settings.connection_string.c_str(), "UTF8", "qrgate", options.c_str(),
                                  nullptr};
    return PQconnectStartParams(keywords, values, 1);
}

}  // namespace

// Rings once: then what waits on the socket stops waiting and finds `expired_`.
class PgConnection::Deadline {
public:
    Deadline(PgConnection& owner, PgTime when) : owner_(owner) {
        owner_.expired_ = false;
        owner_.bell_.expires_at(when);
        auto ring = [connection = &owner_, alive = std::weak_ptr<bool>(owner_.alive_),
                     turn = ++owner_.turn_](boost::system::error_code error) {
            if (error || alive.expired() || turn != connection->turn_) return;
            connection->expired_ = true;
            connection->interrupt();
        };
        owner_.bell_.async_wait(std::move(ring));
    }
    ~Deadline() {
        ++owner_.turn_;
        owner_.bell_.cancel();
    }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

private:
    PgConnection& owner_;
};

PgConnection::PgConnection(Executor executor, PGconn* connection)
    : connection_(connection), descriptor_(executor), bell_(executor) {}

PgConnection::~PgConnection() {
    // The descriptor belongs to libpq: it must not be closed twice.
    if (descriptor_.is_open()) descriptor_.release();
    PQfinish(connection_);
}

Task<Result<std::unique_ptr<PgConnection>>> PgConnection::open(Executor executor,
                                                               PgConnectionSettings settings, PgTime deadline,
                                                               std::shared_ptr<std::string> reason) {
    PGconn* started = start_connecting(settings);
    if (started == nullptr) throw std::bad_alloc{};
    std::unique_ptr<PgConnection> made{new PgConnection(executor, started)};
    if (settings.tell) made->tell_ = settings.tell;
    // Notices are for nobody, but the farewell of a server that closes an idle connection comes as one.
    const auto receiver = [](void* self, const PGresult* notice) {
        if (ends_connection(notice)) static_cast<PgConnection*>(self)->broken_ = true;
    };
    PQsetNoticeReceiver(started, receiver, made.get());
    bool connected = false;
    {
        const Deadline guard{*made, deadline};
        connected = co_await made->finish_connecting();
    }
    if (!connected) {
        *reason = made->expired_ ? "no answer in time" : first_line(PQerrorMessage(started));
        co_return Errc::database_unavailable;
    }
    co_return std::move(made);
}

// PQconnectPoll may replace the socket, often by one of the same number, so that the reactor must be told
// anew before every wait.
Task<bool> PgConnection::finish_connecting() {
    if (PQstatus(connection_) == CONNECTION_BAD) co_return false;
    auto step = PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK) {
        if (step == PGRES_POLLING_FAILED || expired_) co_return false;
        const auto direction =
            step == PGRES_POLLING_READING ? StreamDescriptor::wait_read : StreamDescriptor::wait_write;
        descriptor_.assign(PQsocket(connection_));
        auto [error] = co_await descriptor_.async_wait(direction, as_pair);
        descriptor_.release();
        if (error) co_return false;
        step = PQconnectPoll(connection_);
    }
    if (PQsetnonblocking(connection_, 1) != 0) co_return false;
    descriptor_.assign(PQsocket(connection_));
    co_return true;
}

Task<bool> PgConnection::wait(bool writing) {
    if (expired_ || broken_) co_return false;
    if (!writing) {
        auto [error] = co_await descriptor_.async_wait(StreamDescriptor::wait_read, as_pair);
        co_return !error && !expired_ && !broken_;
    }
    auto either = asio::experimental::make_parallel_group(
        descriptor_.async_wait(StreamDescriptor::wait_read, asio::deferred),
        descriptor_.async_wait(StreamDescriptor::wait_write, asio::deferred));
    auto [order, read_error, write_error] =
        co_await either.async_wait(asio::experimental::wait_for_one(), use_task);
    co_return (!read_error || !write_error) && !expired_ && !broken_;
}

// What has come already is taken without a wait: in a group that is nearly everything.
std::optional<PgConnection::Taken> PgConnection::take_ready(bool& unsent) {
    const int rest = PQflush(connection_);
    unsent = rest == 1;
    if (rest < 0) return Taken{lost(), {}};
    if (unsent || PQisBusy(connection_) != 0) return std::nullopt;
    auto result = own(PQgetResult(connection_));
    if (result) return Taken{Next::result, std::move(result)};
    return Taken{PQstatus(connection_) == CONNECTION_BAD ? lost() : Next::end, {}};
}

// While the server cannot take more it may itself wait for us to read, so both go on side by side.
Task<bool> PgConnection::wait_for_more(bool unsent) {
    const bool ready = co_await wait(unsent);
    co_return ready&& PQconsumeInput(connection_) != 0;
}

Task<PgConnection::Taken> PgConnection::next_result() {
    bool unsent = false;
    for (;;) {
        if (auto taken = take_ready(unsent)) co_return std::move(*taken);
        const bool more = co_await wait_for_more(unsent);
        if (!more) co_return Taken{lost(), {}};
    }
}

PgConnection::Next PgConnection::lost() {
    broken_ = true;
    return expired_ ? Next::late : Next::lost;
}

// The answer of everything sent outside pipeline mode: the first refusal, or the last result.
Task<Result<PgRows>> PgConnection::collect(std::string name) {
    lost_a_race_ = false;
    Result<PgRows> answer = PgRows{};
    for (;;) {
        Taken taken = co_await next_result();
        if (taken.next == Next::lost) co_return Errc::in_doubt;
        if (taken.next == Next::late) co_return Errc::timed_out;
        if (taken.next == Next::end) co_return answer;
        if (!answer) continue;
        PgCall call{.statement = {.name = name, .sql = {}}};
        bool refused = false;
        if (!take_answer({&call, false}, taken.result, refused)) {
            broken_ = true;
            co_return Errc::in_doubt;
        }
        if (refused) lost_a_race_ = pg_result::lost_a_race(call.sqlstate);
        answer = std::move(call.answer);
    }
}

// False: the connection is gone, or speaks something else than we asked for.
bool PgConnection::take_answer(const Expected& expected, const std::shared_ptr<PGresult>& result,
                               bool& refused) {
    PgCall& call = *expected.call;
    switch (PQresultStatus(result.get())) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
            if (expected.prepare) {
                prepared_.emplace(call.statement.name);
            } else {
                call.answer = PgRows{result};
            }
            return true;
        case PGRES_PIPELINE_ABORTED:
            refused = true;
            return true;
        case PGRES_FATAL_ERROR: {
            refused = true;
            if (ends_connection(result.get())) return false;
            call.sqlstate = field(result.get(), PG_DIAG_SQLSTATE);
            call.answer = errc_of(call.sqlstate);
            if (call.sqlstate == "0A000" || call.sqlstate == "26000") stale_ = true;
            if (call.answer.error() == Errc::internal_error)
                tell_refusal(tell_, result.get(), call.statement.name);
            return true;
        }
        default:
            tell_(fmt::format("PostgreSQL answered {} unexpectedly: {}", call.statement.name,
                              PQresStatus(PQresultStatus(result.get()))));
            return false;
    }
}

// Looks whether the server has closed meanwhile: what is not sent then is not in doubt.
bool PgConnection::still_there() {
    if (!broken_ && PQconsumeInput(connection_) == 0) broken_ = true;
    if (!broken_) PQisBusy(connection_);  // reads what has come
    return !broken_;
}

Task<Result<PgRows>> PgConnection::run(PgStatement statement, PgValues values, PgTime deadline) {
    if (!still_there()) co_return Errc::database_unavailable;
    const Deadline guard{*this, deadline};
    std::string name{statement.name};
    if (!prepared_.contains(name)) {
        const std::string sql{statement.sql};
        if (PQsendPrepare(connection_, name.c_str(), sql.c_str(), 0, nullptr) != 1) {
            broken_ = true;
            co_return Errc::database_unavailable;
        }
        auto prepared = co_await collect(name);
        // Preparing changes nothing, so a connection lost here leaves no doubt.
        if (!prepared)
            co_return prepared.error() == Errc::in_doubt ? Errc::database_unavailable : prepared.error();
        prepared_.insert(name);
    }
    if (!send_execute(name, values)) {
        broken_ = true;
        co_return Errc::database_unavailable;
    }
    co_return co_await collect(std::move(name));
}

Task<Result<void>> PgConnection::script(std::string sql, PgTime deadline) {
    if (!still_there()) co_return Errc::database_unavailable;
    const Deadline guard{*this, deadline};
    if (PQsendQuery(connection_, sql.c_str()) != 1) {
        broken_ = true;
        co_return Errc::database_unavailable;
    }
    auto answer = co_await collect("script");
    if (!answer) co_return answer.error();
    co_return Result<void>{};
}

Task<void> PgConnection::run_pipeline(std::vector<PgSegment>& segments, PgTime deadline) {
    if (!still_there()) co_return;
    if (PQpipelineStatus(connection_) == PQ_PIPELINE_OFF && PQenterPipelineMode(connection_) != 1) {
        broken_ = true;
        co_return;
    }
    const Deadline guard{*this, deadline};
    std::vector<std::vector<Expected>> expected(segments.size());
    Names announced;
    std::size_t sent = 0;
    while (sent < segments.size() && send_segment(segments[sent], announced, expected[sent])) {
        segments[sent++].end = PgSegment::End::lost;
    }
    if (sent < segments.size()) {
        broken_ = true;
        co_return;
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        segments[i].end = co_await read_segment(segments[i], std::move(expected[i]));
        if (!broken_) continue;
        for (std::size_t rest = i + 1; rest < segments.size(); ++rest)
            segments[rest].end = segments[i].end;
        co_return;
    }
}

Task<void> PgConnection::wait_while_idle() {
    auto [error] = co_await descriptor_.async_wait(StreamDescriptor::wait_read, as_pair);
    if (!error) still_there();
}

void PgConnection::interrupt() {
    boost::system::error_code ignored;
    if (descriptor_.is_open()) descriptor_.cancel(ignored);
}

void PgConnection::abort() {
    broken_ = true;
    interrupt();
}

bool PgConnection::idle_and_healthy() {
    return still_there() && !stale_ && PQisBusy(connection_) == 0 && PQstatus(connection_) == CONNECTION_OK &&
           PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

}  // namespace qrgate
