// A PostgreSQL of our own in a folder: what serves when no database is configured. No TCP port; trust inside
// a socket folder of mode 0700. Owned by App, which starts it before and stops it after everything that uses
// it. I/O thread only (its death signal is tied to the thread that forks). start() blocks: about 1 s the
// first time. Errors: PrivateClusterError with one plain line for the operator. Invariant: at most one owner
// per folder; PostgreSQL does not outlive its owner, even one killed by SIGKILL.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/installed_postgres.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

struct PrivateClusterOptions {
    std::filesystem::path programs = {};  // folder of initdb and postgres; empty: looked for
    std::filesystem::path fallback_root =
        "/var/lib/qrgate";                          // as root, when the folder cannot be entered otherwise
    std::vector<std::string> settings = {};         // more `name=value` of postgresql.conf
    bool careless = false;                          // tests: no fsync
    std::chrono::milliseconds ready_within{60000};  // crash recovery included
    std::chrono::milliseconds back_off_first{100};
    std::chrono::milliseconds back_off_most{5000};
};

class PrivateCluster {
public:
    using Log = std::function<void(std::string_view)>;  // one plain line

    static std::unique_ptr<PrivateCluster> start(std::filesystem::path folder, Log log,
                                                 PrivateClusterOptions options = {});
    // The connection string of the PostgreSQL that another process owns in this folder right now; none:
    // nobody does.
    static std::optional<std::string> running(const std::filesystem::path& folder);
    ~PrivateCluster();
    PrivateCluster(const PrivateCluster&) = delete;
    PrivateCluster& operator=(const PrivateCluster&) = delete;

    // Full, with the socket folder as host.
    const std::string& connection_string() const noexcept { return connection_string_; }
    // From now on a PostgreSQL that ended by itself is started again, with back-off. Call stop() before the
    // executor's context ends.
    void watch(Executor executor);
    // Fast shutdown; blocks until it has ended, at most about 15 s. Twice is fine.
    void stop();

    pid_t process() const noexcept { return process_; }                   // -1: not running
    const std::filesystem::path& home() const noexcept { return home_; }  // where data and logs are

private:
    struct Watch;

    PrivateCluster(Log log, PrivateClusterOptions options);
    void lock(const std::filesystem::path& folder);
    void choose_home(const std::filesystem::path& folder);
    void choose_socket_folder();
    void initialize();
    void await_predecessor();
    void launch();
    void await_ready();
    void publish() const;
    void arm();
    void ended();
    std::string last_log_line(const char* file) const;

    Log log_;
    PrivateClusterOptions options_;
    std::filesystem::path home_;
    std::filesystem::path socket_folder_;
    std::string connection_string_;
    uid_t user_ = 0;  // whom PostgreSQL runs as
    gid_t group_ = 0;
    int lock_ = -1;
    pid_t process_ = -1;
    std::shared_ptr<Watch> watch_;
};

}  // namespace qrgate
