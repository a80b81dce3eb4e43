#include "storage/private_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr PgStatement count{"count", "SELECT count(*) FROM t"};

// A process that nobody has reaped yet has ended all the same.
bool has_ended(pid_t process) {
    std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
    std::string text;
    if (!std::getline(file, text)) return true;
    return text.find(") Z") != std::string::npos;
}

std::string whole_file(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

class PrivateClusterTest : public ::testing::Test, public TestLoop {
protected:
    std::unique_ptr<PrivateCluster> start(const fs::path& where, PrivateClusterOptions more = {}) {
        more.careless = true;
        return PrivateCluster::start(
            where, [this](std::string_view line) { lines += std::string{line} + "\n"; }, more);
    }
    // The line with which it refuses to start; empty when it starts.
    std::string refusal(PrivateClusterOptions more = {}) {
        try {
            start(folder.path(), std::move(more));
        } catch (const PrivateClusterError& error) {
            return error.what();
        }
        return {};
    }
    // Copies one that was made once, because initdb takes a second.
    void use_a_made_database() {
        static TemporaryFolder made;
        if (!fs::exists(made.path() / "data")) start(made.path());
        const std::string copy = "cp -a '" + made.path().string() + "/.' '" + folder.path().string() + "'";
        ASSERT_EQ(std::system(copy.c_str()), 0);
    }
    std::unique_ptr<PgDatabase> open(const PrivateCluster& cluster) {
        return open_pg_database(io.get_executor(), {.connection_string = cluster.connection_string()});
    }
    Result<PgRows> ask(PgDatabase& database, PgStatement statement) {
        return wait(database.submit(statement, {}));
    }

    TemporaryFolder folder;
    std::string lines;
};

TEST_F(PrivateClusterTest, KeepsItsDataWhenItIsStartedAgain) {
    auto cluster = start(folder.path());
    auto database = open(*cluster);
    ASSERT_TRUE(ask(*database, {"make", "CREATE TABLE t AS SELECT generate_series(1, 7)"}));
    wait(database->close(1s));
    cluster.reset();

    cluster = start(folder.path());
    database = open(*cluster);

    EXPECT_EQ(ask(*database, count).value().integer(0, 0), 7);
    cluster->stop();
}

TEST_F(PrivateClusterTest, FailsStatementsWhileItIsStoppedAndServesThemWhenItIsBack) {
    use_a_made_database();
    auto cluster = start(folder.path());
    auto database = open(*cluster);
    ASSERT_TRUE(ask(*database, {"make", "CREATE TABLE t AS SELECT generate_series(1, 7)"}));
    ASSERT_TRUE(wait(database->lease()));

    cluster.reset();
    // What was submitted before the loss was noticed is not in doubt either: it was never sent.
    EXPECT_EQ(ask(*database, count).error(), Errc::database_unavailable);
    EXPECT_EQ(ask(*database, count).error(), Errc::database_unavailable);
    EXPECT_EQ(wait(database->lease()).error(), Errc::database_unavailable);

    cluster = start(folder.path());
    until([&] { return ask(*database, count).has_value(); });
    until([&] { return wait(database->lease()).has_value(); });
    wait(database->close(1s));
}

TEST_F(PrivateClusterTest, TellsASecondOwnerPlainly) {
    use_a_made_database();
    auto cluster = start(folder.path());

    EXPECT_THAT(refusal(), HasSubstr("another qrgate is running with the folder " + folder.path().string()));
}

TEST_F(PrivateClusterTest, StartsPostgresAgainThatWasKilled) {
    use_a_made_database();
    auto cluster = start(folder.path(), {.back_off_first = 10ms});
    cluster->watch(io.get_executor());
    auto database = open(*cluster);
    ASSERT_TRUE(ask(*database, {"make", "CREATE TABLE t AS SELECT generate_series(1, 7)"}));
    const pid_t first = cluster->process();

    ASSERT_EQ(kill(first, SIGKILL), 0);
    until([&] { return cluster->process() > 0 && cluster->process() != first; });
    until([&] { return ask(*database, count).has_value(); });

    EXPECT_THAT(lines, HasSubstr("starting it again"));
    wait(database->close(1s));
    cluster->stop();
    EXPECT_EQ(cluster->process(), -1);
}

TEST_F(PrivateClusterTest, EndsWhenItsOwnerIsKilledAndServesTheNextOwner) {
    int answers[2];
    ASSERT_EQ(pipe(answers), 0);
    const pid_t owner = fork();
    if (owner == 0) {
        auto cluster = start(folder.path());
        const pid_t process = cluster->process();
        if (write(answers[1], &process, sizeof process) != sizeof process) _exit(1);
        for (;;)
            pause();
    }
    pid_t process = 0;
    ASSERT_EQ(read(answers[0], &process, sizeof process), static_cast<ssize_t>(sizeof process));
    close(answers[0]);
    close(answers[1]);
    ASSERT_FALSE(has_ended(process));

    kill(owner, SIGKILL);
    waitpid(owner, nullptr, 0);
    auto next = start(folder.path());

    EXPECT_TRUE(has_ended(process));
    auto database = open(*next);
    EXPECT_TRUE(ask(*database, {"one", "SELECT 1"}));
}

TEST_F(PrivateClusterTest, InheritsNeitherDescriptorsNorEnvironment) {
    use_a_made_database();
    int leaked[2];
    ASSERT_EQ(pipe(leaked), 0);  // not CLOEXEC
    setenv("PGDATA", "/nonexistent", 1);
    setenv("QRGATE_SECRET", "s3cret", 1);
    const fs::path marker = fs::read_symlink("/proc/self/fd/" + std::to_string(leaked[0]));

    auto cluster = start(folder.path());

    const fs::path process = "/proc/" + std::to_string(cluster->process());
    for (const auto& entry : fs::directory_iterator(process / "fd")) {
        EXPECT_NE(fs::read_symlink(entry.path()), marker);
    }
    EXPECT_THAT(whole_file(process / "environ"), Not(HasSubstr("s3cret")));
    unsetenv("PGDATA");
    unsetenv("QRGATE_SECRET");
    close(leaked[0]);
    close(leaked[1]);
}

TEST_F(PrivateClusterTest, ListensOnASocketInAPrivateFolderOnly) {
    use_a_made_database();
    auto cluster = start(folder.path());
    auto database = open(*cluster);

    EXPECT_EQ(ask(*database, {"show", "SHOW listen_addresses"}).value().text(0, 0), "");
    struct stat found{};
    ASSERT_EQ(stat((cluster->home() / "socket").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0700u);
}

TEST_F(PrivateClusterTest, CompilesNoStatementsToMachineCode) {
    use_a_made_database();
    auto cluster = start(folder.path());
    auto database = open(*cluster);

    EXPECT_EQ(ask(*database, {"show", "SHOW jit"}).value().text(0, 0), "off");
}

TEST_F(PrivateClusterTest, PutsTheSocketElsewhereWhenThePathIsTooLong) {
    const fs::path deep = folder.path() / std::string(120, 'd');
    chmod(folder.path().c_str(), 0711);
    auto cluster = start(deep);
    auto database = open(*cluster);

    EXPECT_TRUE(ask(*database, {"one", "SELECT 1"}));
    EXPECT_THAT(cluster->connection_string(), Not(HasSubstr("dddd")));
}

TEST_F(PrivateClusterTest, PutsTheDataElsewhereWhenItsUserCannotEnterTheFolder) {
    if (geteuid() != 0) GTEST_SKIP() << "only root has another user run PostgreSQL";
    const fs::path closed = folder.path() / "closed";
    ASSERT_EQ(mkdir(closed.c_str(), 0700), 0);
    chmod(folder.path().c_str(), 0711);
    auto cluster = start(closed / "database", {.fallback_root = folder.path() / "fallback"});
    auto database = open(*cluster);
    ASSERT_TRUE(ask(*database, {"make", "CREATE TABLE t AS SELECT generate_series(1, 7)"}));
    wait(database->close(1s));
    EXPECT_THAT(lines, HasSubstr("cannot be entered"));
    EXPECT_TRUE(cluster->home().string().starts_with((folder.path() / "fallback").string()));
    cluster.reset();

    cluster = start(closed / "database", {.fallback_root = folder.path() / "fallback"});
    database = open(*cluster);

    EXPECT_EQ(ask(*database, count).value().integer(0, 0), 7);
}

TEST_F(PrivateClusterTest, MakesTheDatabaseAnewAfterAnInterruptedFirstStart) {
    fs::create_directories(folder.path() / "data.new" / "base");
    std::ofstream{folder.path() / "data.new" / "PG_VERSION"} << "15\n";
    if (geteuid() == 0) chmod(folder.path().c_str(), 0777);

    auto cluster = start(folder.path());

    EXPECT_FALSE(fs::exists(folder.path() / "data.new"));
}

TEST_F(PrivateClusterTest, SaysWhichPostgresIsMissing) {
    use_a_made_database();
    std::ofstream{folder.path() / "data" / "PG_VERSION"} << "9\n";

    EXPECT_THAT(refusal(), HasSubstr("made by PostgreSQL 9"));
}

TEST_F(PrivateClusterTest, RefusesADatabaseThatBelongsToRootInsteadOfMakingAnother) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give it to root";
    use_a_made_database();
    ASSERT_EQ(chown((folder.path() / "data").c_str(), 0, 0), 0);

    EXPECT_THAT(refusal(), HasSubstr("belongs to root"));
}

TEST_F(PrivateClusterTest, SaysWhyPostgresEnded) {
    use_a_made_database();

    EXPECT_THAT(refusal({.settings = {"max_connections=nonsense"}}), HasSubstr("max_connections"));
}

TEST_F(PrivateClusterTest, IgnoresAPidFileThatNamesSomebodyElsesProcess) {
    use_a_made_database();
    auto cluster = start(folder.path());
    cluster.reset();
    std::ofstream{folder.path() / "data" / "postmaster.pid"} << getpid() << "\n";

    cluster = start(folder.path());

    EXPECT_GT(cluster->process(), 0);
}

}  // namespace
}  // namespace qrgate
