#include "storage/pg_connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/local/stream_protocol.hpp>

#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;

PgTime in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

class PgConnectionTest : public PgFixture {
protected:
    std::unique_ptr<PgConnection> connect(PgConnectionSettings settings) {
        auto opened = wait(PgConnection::open(io.get_executor(), std::move(settings), in(10s), reason));
        return opened ? std::move(*opened) : nullptr;
    }
    std::unique_ptr<PgConnection> connect() { return connect({.connection_string = connection_string()}); }
    Result<PgRows> run(PgConnection& connection, PgStatement statement, PgValues values = {}) {
        return wait(connection.run(statement, std::move(values), in(10s)));
    }

    std::shared_ptr<std::string> reason = std::make_shared<std::string>();
};

TEST_F(PgConnectionTest, CarriesEveryKindOfValueThereAndBack) {
    auto connection = connect();
    const WallTime time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 7h + 50min + 54123456us;
    const Digest digest = sha256(as_bytes("x"));
    const Bytes octets{0, 1, 0xff, '\\'};

    const auto rows = run(*connection,
                          {"echo",
                           "SELECT $1::text, $2::bigint, $3::boolean, $4::bytea, $5::bytea, $6::timestamptz, "
                           "$7::text, $8::bytea, $9::text"},
                          {pg("公民'\"\\"), pg(std::int64_t{-9007199254740993}), pg(true), pg(octets),
                           pg(digest), pg(time), pg(std::optional<int>{}), pg(Bytes{}), pg("")})
                          .value();

    EXPECT_EQ(rows.text(0, 0), "公民'\"\\");
    EXPECT_EQ(rows.integer(0, 1), -9007199254740993);
    EXPECT_TRUE(rows.boolean(0, 2));
    EXPECT_EQ(rows.octets(0, 3), octets);
    EXPECT_EQ(rows.digest(0, 4), digest);
    EXPECT_EQ(rows.time(0, 5), time);
    EXPECT_TRUE(rows.is_null(0, 6));
    EXPECT_FALSE(rows.is_null(0, 7));
    EXPECT_TRUE(rows.octets(0, 7).empty());
    EXPECT_FALSE(rows.is_null(0, 8));
}

TEST_F(PgConnectionTest, ReadsTimesWithWholeSecondsAndBefore1970) {
    auto connection = connect();

    const auto rows =
        run(*connection, {"times", "SELECT '1969-12-31 23:59:59Z'::timestamptz, 'infinity'::timestamptz"})
            .value();

    EXPECT_EQ(rows.time(0, 0), WallTime{} - 1s);
    EXPECT_EQ(rows.time(0, 1), WallTime::max());
}

TEST_F(PgConnectionTest, SetsTheSessionUp) {
    auto connection = connect({.connection_string = connection_string() + " options='-c work_mem=5MB'",
                               .statement_timeout = 1234ms,
                               .idle_in_transaction_timeout = 4321ms});
    const auto setting = [&](std::string name) {
        return std::string{run(*connection, {"setting", "SELECT current_setting($1)"}, {pg(std::move(name))})
                               .value()
                               .text(0, 0)};
    };

    EXPECT_EQ(setting("statement_timeout"), "1234ms");
    EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "4321ms");
    EXPECT_EQ(setting("client_encoding"), "UTF8");
    EXPECT_EQ(setting("TimeZone"), "UTC");
    EXPECT_TRUE(setting("DateStyle").starts_with("ISO"));
    EXPECT_EQ(setting("application_name"), "qrgate");
    EXPECT_EQ(setting("work_mem"), "5MB");
    EXPECT_EQ(setting("synchronous_commit"), "on");
}

TEST_F(PgConnectionTest, CallsAUniqueViolationAConflictAndStaysUsable) {
    auto connection = connect();
    ASSERT_TRUE(wait(
        connection->script("CREATE TABLE t (v integer PRIMARY KEY); INSERT INTO t VALUES (1)", in(10s))));

    EXPECT_EQ(run(*connection, {"insert", "INSERT INTO t VALUES (1)"}).error(), Errc::conflict);

    EXPECT_TRUE(connection->idle_and_healthy());
    EXPECT_EQ(run(*connection, {"insert", "INSERT INTO t VALUES (1)"}).error(), Errc::conflict);
}

TEST_F(PgConnectionTest, GivesUpAStatementAtItsDeadlineAndIsNotUsedAgain) {
    auto connection = connect({.connection_string = connection_string(), .statement_timeout = 10s});

    EXPECT_EQ(wait(connection->run({"sleep", "SELECT pg_sleep(5)"}, {}, in(50ms))).error(), Errc::timed_out);

    EXPECT_FALSE(connection->usable());
    EXPECT_FALSE(connection->idle_and_healthy());
    EXPECT_EQ(run(*connection, {"one", "SELECT 1"}).error(), Errc::database_unavailable);
}

TEST_F(PgConnectionTest, LetsTheServerGiveUpAStatementAndIsUsedAgain) {
    auto connection = connect({.connection_string = connection_string(), .statement_timeout = 50ms});

    EXPECT_EQ(run(*connection, {"sleep", "SELECT pg_sleep(5)"}).error(), Errc::timed_out);

    EXPECT_EQ(run(*connection, {"one", "SELECT 1"}).value().integer(0, 0), 1);
}

TEST_F(PgConnectionTest, LeavesAStatementInDoubtWhenItsBackendIsKilled) {
    auto connection = connect();
    auto killer = connect();
    auto answer = spawn(connection->run({"sleep", "SELECT pg_sleep(60)"}, {}, in(20s)));
    constexpr PgStatement kill{
        "kill", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"};
    until([&] { return run(*killer, kill).value().size() == 1; });

    until([&] { return answer->done(); });

    EXPECT_EQ(answer->answer->error(), Errc::in_doubt);
    EXPECT_FALSE(connection->usable());
}

TEST_F(PgConnectionTest, DoesNotDeadlockWhenBothSidesSendMoreThanTheSocketHolds) {
    auto connection = connect();
    const std::string large(100'000, 'x');
    std::vector<PgCall> calls(200, PgCall{.statement = {"echo", "SELECT $1::text"}, .values = {pg(large)}});
    std::vector<PgSegment> segments(1);
    for (PgCall& call : calls)
        segments.front().calls.push_back(&call);

    auto sent = connection->run_pipeline(segments, in(20s));
    wait(std::move(sent));

    EXPECT_EQ(segments.front().end, PgSegment::End::committed);
    for (const PgCall& call : calls)
        ASSERT_EQ(call.answer.value().text(0, 0).size(), large.size());
}

TEST_F(PgConnectionTest, KeepsTheSegmentsOfAPipelineApart) {
    auto connection = connect();
    ASSERT_TRUE(wait(connection->script("CREATE TABLE t (v integer PRIMARY KEY)", in(10s))));
    constexpr PgStatement insert{"insert", "INSERT INTO t VALUES ($1)"};
    std::vector<PgCall> calls;
    for (int value : {1, 1, 2})
        calls.push_back({.statement = insert, .values = {pg(value)}});
    std::vector<PgSegment> segments{{.calls = {&calls[0]}}, {.calls = {&calls[1]}}, {.calls = {&calls[2]}}};

    wait(connection->run_pipeline(segments, in(10s)));

    EXPECT_EQ(segments[0].end, PgSegment::End::committed);
    EXPECT_EQ(segments[1].end, PgSegment::End::refused);
    EXPECT_EQ(calls[1].answer.error(), Errc::conflict);
    EXPECT_EQ(segments[2].end, PgSegment::End::committed);
}

TEST_F(PgConnectionTest, SaysWhyItCannotConnect) {
    EXPECT_EQ(connect({.connection_string = connection_string() + " dbname=missing"}), nullptr);

    EXPECT_NE(reason->find("\"missing\" does not exist"), std::string::npos) << *reason;
}

TEST_F(PgConnectionTest, StopsConnectingAtTheDeadlineWhenTheServerIsSilent) {
    TemporaryFolder folder;
    asio::local::stream_protocol::acceptor silent{io, {(folder.path() / ".s.PGSQL.5432").string()}};

    auto opened = wait(PgConnection::open(
        io.get_executor(), {.connection_string = "host=" + folder.path().string() + " user=x dbname=x"},
        in(50ms), reason));

    EXPECT_EQ(opened.error(), Errc::database_unavailable);
    EXPECT_EQ(*reason, "no answer in time");
}

TEST_F(PgConnectionTest, NoticesWhileIdleThatTheServerHasClosed) {
    auto connection = connect();
    auto killer = connect();
    const auto process = run(*connection, {"pid", "SELECT pg_backend_pid()"}).value().integer(0, 0);
    ASSERT_TRUE(run(*killer, {"kill", "SELECT pg_terminate_backend($1)"}, {pg(process)}));

    until([&] { return !connection->idle_and_healthy(); });

    // Nothing was sent, so nothing is in doubt.
    EXPECT_EQ(run(*connection, {"pid", "SELECT pg_backend_pid()"}).error(), Errc::database_unavailable);
}

// --- leases

constexpr PgStatement own_process{"own_process", "SELECT pg_backend_pid()"};

class PgLeaseTest : public PgFixture {
protected:
    std::int64_t process_of(PgLease& lease) { return wait(lease.run(own_process, {})).value().integer(0, 0); }
    std::unique_ptr<PgDatabase> with_connections(std::size_t connections,
                                                 std::chrono::milliseconds deadline) {
        auto limited = options();
        limited.connections = connections;
        limited.deadline = deadline;
        return open(limited);
    }
};

TEST_F(PgLeaseTest, IsUsedAgainWhenItComesBackHealthy) {
    auto database = with_connections(2, 5s);
    auto lease = wait(database->lease());
    const auto process = process_of(**lease);
    lease->reset();

    lease = wait(database->lease());

    EXPECT_EQ(process_of(**lease), process);
}

TEST_F(PgLeaseTest, IsClosedWhenItComesBackInATransaction) {
    auto database = with_connections(2, 5s);
    script(*database, "CREATE TABLE t (v integer)");
    auto lease = wait(database->lease());
    const auto process = process_of(**lease);
    ASSERT_TRUE(wait((*lease)->script("BEGIN; INSERT INTO t VALUES (1)")));
    lease->reset();

    lease = wait(database->lease());

    EXPECT_NE(process_of(**lease), process);
    EXPECT_EQ(wait((*lease)->run({"count", "SELECT count(*) FROM t"}, {})).value().integer(0, 0), 0);
}

TEST_F(PgLeaseTest, IsClosedWhenItComesBackWithAStatementInFlight) {
    auto database = with_connections(2, 5s);
    auto lease = wait(database->lease());
    const auto process = process_of(**lease);
    (*lease)->set_deadline(50ms);
    EXPECT_EQ(wait((*lease)->script("SELECT pg_sleep(3)")).error(), Errc::timed_out);
    lease->reset();

    lease = wait(database->lease());

    EXPECT_NE(process_of(**lease), process);
}

TEST_F(PgLeaseTest, IsGivenToWhoWaitsForIt) {
    auto database = with_connections(2, 20s);
    auto first = wait(database->lease());
    const auto process = process_of(**first);
    auto second = spawn(database->lease());
    io.restart();
    io.poll();
    EXPECT_FALSE(second->done());

    first->reset();
    until([&] { return second->done(); });

    EXPECT_EQ(process_of(***second->answer), process);
}

TEST_F(PgLeaseTest, IsRefusedWithBusyWhenAllAreOutUntilTheDeadline) {
    auto database = with_connections(2, 100ms);
    auto first = wait(database->lease());
    ASSERT_TRUE(first);

    EXPECT_EQ(wait(database->lease()).error(), Errc::busy);
}

TEST_F(PgLeaseTest, IsNewWhenTheOldConnectionsWereKilledWhileIdle) {
    auto database = with_connections(3, 5s);
    auto killer = wait(database->lease());
    script(*database, "SELECT 1");
    constexpr PgStatement kill{"kill",
                               "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()"};
    ASSERT_GE(wait((*killer)->run(kill, {})).value().size(), 1u);

    auto lease = wait(database->lease());

    EXPECT_TRUE(wait((*lease)->run(own_process, {})));
}

}  // namespace
}  // namespace qrgate
