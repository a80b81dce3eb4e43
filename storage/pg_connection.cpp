#include "storage/pg_connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace qrgate {
namespace {
constexpr auto as_pair = asio::as_tuple(asio::use_awaitable);

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
    options += " -c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex";
    return options;
}

PGconn* start_connecting(const PgConnectionSettings& settings) {
    const std::string options = session_options(settings);
    const char* const keywords[] = {"dbname", "client_encoding", "application_name", "options", nullptr};
    const char* const values[] = {settings.connection_string.c_str(), "UTF8", "qrgate", options.c_str(),
                                  nullptr};
    return PQconnectStartParams(keywords, values, 1);
}

std::shared_ptr<PGresult> own(PGresult* result) {
    return {result, &PQclear};
}

std::string_view field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

// libpq's own words have no severity: then the connection is lost. FATAL and PANIC end it too.
bool ends_connection(const PGresult* message) {
    const auto severity = field(message, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity.empty() || severity == "FATAL" || severity == "PANIC";
}

Errc errc_of(std::string_view sqlstate) {
    if (sqlstate == "23505") return Errc::conflict;
    if (sqlstate == "57014") return Errc::timed_out;             // statement_timeout
    if (sqlstate == "25006") return Errc::database_unavailable;  // a standby: not done, another host may
    return Errc::internal_error;
}

// The message of the server may quote values, except where it is about the statement's own text (class 42).
void tell_refusal(const PgTell& tell, const PGresult* result, std::string_view name) {
    const auto sqlstate = field(result, PG_DIAG_SQLSTATE);
    const auto about = sqlstate.starts_with("42") ? field(result, PG_DIAG_MESSAGE_PRIMARY)
                                                  : field(result, PG_DIAG_CONSTRAINT_NAME);
    tell(fmt::format("PostgreSQL refused {}: SQLSTATE {} {}", name, sqlstate, about));
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

PgConnection::PgConnection(asio::any_io_executor executor, PGconn* connection)
    : connection_(connection), descriptor_(executor), bell_(executor) {}

PgConnection::~PgConnection() {
    // The descriptor belongs to libpq: it must not be closed twice.
    if (descriptor_.is_open()) descriptor_.release();
    PQfinish(connection_);
}

asio::awaitable<Result<std::unique_ptr<PgConnection>>> PgConnection::open(
    asio::any_io_executor executor, PgConnectionSettings settings, PgTime deadline,
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
asio::awaitable<bool> PgConnection::finish_connecting() {
    if (PQstatus(connection_) == CONNECTION_BAD) co_return false;
    auto step = PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK) {
        if (step == PGRES_POLLING_FAILED || expired_) co_return false;
        const auto direction = step == PGRES_POLLING_READING ? asio::posix::stream_descriptor::wait_read
                                                             : asio::posix::stream_descriptor::wait_write;
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

asio::awaitable<bool> PgConnection::wait(bool writing) {
    if (expired_ || broken_) co_return false;
    if (!writing) {
        auto [error] = co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, as_pair);
        co_return !error && !expired_ && !broken_;
    }
    auto either = asio::experimental::make_parallel_group(
        descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, asio::deferred),
        descriptor_.async_wait(asio::posix::stream_descriptor::wait_write, asio::deferred));
    auto [order, read_error, write_error] =
        co_await either.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    co_return (!read_error || !write_error) && !expired_ && !broken_;
}

asio::awaitable<PgConnection::Taken> PgConnection::next_result() {
    for (;;) {
        // While the server cannot take more it may itself wait for us to read, so both go on side by side.
        const int unsent = PQflush(connection_);
        if (unsent == 0 && PQisBusy(connection_) == 0) {
            auto result = own(PQgetResult(connection_));
            if (result) co_return Taken{Next::result, std::move(result)};
            if (PQstatus(connection_) == CONNECTION_BAD) break;
            co_return Taken{Next::end, {}};
        }
        if (unsent < 0) break;
        const bool ready = co_await wait(unsent == 1);
        if (!ready) break;
        if (PQconsumeInput(connection_) == 0) break;
    }
    broken_ = true;
    co_return Taken{expired_ ? Next::late : Next::lost, {}};
}

// The answer of everything sent outside pipeline mode: the first refusal, or the last result.
asio::awaitable<Result<PgRows>> PgConnection::collect(std::string name) {
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

bool PgConnection::send_execute(const PgStatement& statement, const PgValues& values) {
    std::vector<const char*> texts;
    std::vector<int> lengths;
    std::vector<int> formats;
    texts.reserve(values.size());
    lengths.reserve(values.size());
    formats.reserve(values.size());
    for (const PgValue& value : values) {
        const auto* text = std::get_if<std::string>(&value);
        const auto* octets = std::get_if<Bytes>(&value);
        // An empty vector's data() may be null, which libpq would send as NULL.
        const char* data =
            octets == nullptr || octets->empty() ? "" : reinterpret_cast<const char*>(octets->data());
        if (text != nullptr) data = text->c_str();
        texts.push_back(text == nullptr && octets == nullptr ? nullptr : data);
        lengths.push_back(octets == nullptr ? 0 : static_cast<int>(octets->size()));
        formats.push_back(octets == nullptr ? 0 : 1);
    }
    return PQsendQueryPrepared(connection_, std::string{statement.name}.c_str(),
                               static_cast<int>(values.size()), texts.data(), lengths.data(), formats.data(),
                               0) == 1;
}

asio::awaitable<Result<PgRows>> PgConnection::run(PgStatement statement, PgValues values, PgTime deadline) {
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
    if (!send_execute(statement, values)) {
        broken_ = true;
        co_return Errc::database_unavailable;
    }
    co_return co_await collect(std::move(name));
}

asio::awaitable<Result<void>> PgConnection::script(std::string sql, PgTime deadline) {
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

bool PgConnection::send_segment(const PgSegment& segment, std::unordered_set<std::string>& announced,
                                std::vector<Expected>& expected) {
    for (PgCall* call : segment.calls) {
        const std::string name{call->statement.name};
        if (!prepared_.contains(name) && announced.insert(name).second) {
            const std::string sql{call->statement.sql};
            if (PQsendPrepare(connection_, name.c_str(), sql.c_str(), 0, nullptr) != 1) return false;
            expected.push_back({call, true});
        }
        if (!send_execute(call->statement, call->values)) return false;
        expected.push_back({call, false});
    }
    return PQpipelineSync(connection_) == 1;
}

// In pipeline mode a NULL follows every statement's results and none follows the Sync. A Sync that never
// comes (the server died) shows as NULL after NULL.
asio::awaitable<PgSegment::End> PgConnection::read_segment(PgSegment& segment,
                                                           std::vector<Expected> expected) {
    bool refused = false;
    std::size_t at = 0;
    int ends_in_a_row = 0;
    while (ends_in_a_row < 3) {
        Taken taken = co_await next_result();
        if (taken.next == Next::lost) co_return PgSegment::End::lost;
        if (taken.next == Next::late) co_return PgSegment::End::late;
        if (taken.next == Next::end) {
            ++ends_in_a_row;
            if (at < expected.size()) ++at;
            continue;
        }
        ends_in_a_row = 0;
        if (PQresultStatus(taken.result.get()) == PGRES_PIPELINE_SYNC) {
            co_return refused ? PgSegment::End::refused : PgSegment::End::committed;
        }
        // After the last statement only the commit itself can be refused (deferred constraints). That is the
        // fault of no member in particular, unless there is only one.
        PgCall commit{.statement = {.name = "commit", .sql = {}}};
        const Expected whose = at < expected.size()        ? expected[at]
                               : segment.calls.size() == 1 ? Expected{segment.calls.front(), false}
                                                           : Expected{&commit, false};
        if (!take_answer(whose, taken.result, refused)) break;
    }
    broken_ = true;
    co_return PgSegment::End::lost;
}

asio::awaitable<void> PgConnection::run_pipeline(std::vector<PgSegment>& segments, PgTime deadline) {
    if (!still_there()) co_return;
    if (PQpipelineStatus(connection_) == PQ_PIPELINE_OFF && PQenterPipelineMode(connection_) != 1) {
        broken_ = true;
        co_return;
    }
    const Deadline guard{*this, deadline};
    std::vector<std::vector<Expected>> expected(segments.size());
    std::unordered_set<std::string> announced;
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

asio::awaitable<void> PgConnection::wait_while_idle() {
    auto [error] = co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, as_pair);
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
