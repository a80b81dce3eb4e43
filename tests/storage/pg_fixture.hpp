// A real PostgreSQL for tests: one private cluster per test executable, one fresh database per test.
// Nothing sleeps: `wait` runs the io_context until a coroutine has ended, `until` until a condition holds,
// both bounded by `patience`.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "storage/pg_database.hpp"
#include "storage/private_cluster.hpp"
#include "storage/task.hpp"

namespace qrgate {

inline constexpr std::chrono::seconds patience{30};

// A folder of our own under the temporary folder, removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "qrgate-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// What a spawned coroutine came to.
template <class T>
struct Running {
    std::optional<T> answer;
    std::exception_ptr thrown;
    bool done() const { return answer.has_value() || thrown; }
};

class TestLoop {
public:
    asio::io_context io;

    template <class T>
    std::shared_ptr<Running<T>> spawn(Task<T> operation) {
        auto running = std::make_shared<Running<T>>();
        asio::co_spawn(io, std::move(operation), [running](std::exception_ptr thrown, T answer) {
            running->thrown = thrown;
            if (!thrown) running->answer = std::move(answer);
        });
        return running;
    }
    void until(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error("the awaited did not happen");
            io.restart();
            io.run_one_for(std::chrono::milliseconds{5});
        }
    }
    template <class T>
    T wait(Task<T> operation) {
        auto running = spawn(std::move(operation));
        until([&] { return running->done(); });
        if (running->thrown) std::rethrow_exception(running->thrown);
        return std::move(*running->answer);
    }
    void wait(Task<void> operation) {
        bool done = false;
        asio::co_spawn(io, std::move(operation), [&done](std::exception_ptr thrown) {
            done = true;
            if (thrown) std::rethrow_exception(thrown);
        });
        until([&] { return done; });
    }
};

class PgFixture : public ::testing::Test, public TestLoop {
protected:
    PgFixture() {
        static int number = 0;
        name_ = "test_" + std::to_string(++number);
        admin("CREATE DATABASE " + name_);
    }
    ~PgFixture() override {
        io.restart();
        io.poll();
        admin("DROP DATABASE " + name_ + " WITH (FORCE)");
    }

    std::string connection_string() const {
        std::string text = cluster().connection_string();
        const std::string stock = "dbname=postgres";
        return text.replace(text.find(stock), stock.size(), "dbname=" + name_);
    }
    PgOptions options() const { return {.connection_string = connection_string(), .connections = 3}; }
    std::unique_ptr<PgDatabase> open(PgOptions options) {
        return open_pg_database(io.get_executor(), std::move(options));
    }
    std::unique_ptr<PgDatabase> open() { return open(options()); }
    // Runs a script by a lease and expects success.
    void script(PgDatabase& database, std::string sql) {
        auto lease = wait(database.lease());
        if (!lease) throw std::runtime_error("no lease");
        if (!wait((*lease)->script(sql))) throw std::runtime_error("refused: " + sql);
    }

    static PrivateCluster& cluster() {
        // The folder is destroyed last.
        static TemporaryFolder folder;
        static auto started =
            PrivateCluster::start(folder.path(), [](std::string_view) {}, {.careless = true});
        return *started;
    }

private:
    static void admin(std::string sql) {
        TestLoop loop;
        auto database = open_pg_database(
            loop.io.get_executor(),
            {.connection_string = cluster().connection_string(), .connections = 2, .deadline = patience});
        auto lease = loop.wait(database->lease());
        if (!lease || !loop.wait((*lease)->script(sql))) throw std::runtime_error("refused: " + sql);
        lease->reset();
        loop.wait(database->close(std::chrono::seconds{5}));
    }

    std::string name_;
};

}  // namespace qrgate
