#include "storage/private_cluster.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>
#include <utility>

#include "protocol/bytes.hpp"
#include "storage/child_process.hpp"
#include "storage/installed_postgres.hpp"
#include "storage/pool_plan.hpp"
#include "storage/stream_descriptor.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::string_view socket_name = "/.s.PGSQL.5432";
constexpr auto poll_interval = 5ms;
constexpr auto lived_long = 10s;  // after that a death starts the back-off anew

[[noreturn]] void refuse(const std::string& line) {
    throw PrivateClusterError(line);
}

std::string error_text() {
    return std::generic_category().message(errno);
}

void make_private_folder(const fs::path& folder, uid_t user, gid_t group) {
    if (mkdir(folder.c_str(), 0700) != 0) {
        if (errno == EEXIST) return;
        refuse("the folder " + folder.string() + " cannot be made: " + error_text());
    }
    if (geteuid() == 0 && chown(folder.c_str(), user, group) != 0) {
        refuse("the folder " + folder.string() + " cannot be given to PostgreSQL's user: " + error_text());
    }
}

bool is_private_folder_of(const fs::path& folder, uid_t user) {
    struct stat found{};
    return lstat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == user &&
           (found.st_mode & 077) == 0;
}

bool nothing_but_the_lock_in(const fs::path& folder) {
    return std::all_of(fs::directory_iterator{folder}, fs::directory_iterator{},
                       [](const auto& entry) { return entry.path().filename() == ".owner.lock"; });
}

std::string short_hash(const fs::path& path) {
    return hex(sha256(as_bytes(path.string()))).substr(0, 16);
}

std::string conninfo_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

// Waits for our child without blocking past `deadline`. True: it has ended and is reaped.
bool reap(pid_t process, SteadyTime deadline, int* status = nullptr) {
    int ignored = 0;
    for (;;) {
        const pid_t ended = waitpid(process, status == nullptr ? &ignored : status, WNOHANG);
        if (ended == process || (ended < 0 && errno == ECHILD)) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(poll_interval);
    }
}

SteadyTime in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

}  // namespace

struct PrivateCluster::Watch {
    explicit Watch(Executor executor) : process(executor), timer(executor) {}

    StreamDescriptor process;  // a pidfd: readable when PostgreSQL has ended
    Timer timer;
    SteadyTime launched{};
    std::chrono::milliseconds back_off{0};
};

std::unique_ptr<PrivateCluster> PrivateCluster::start(fs::path folder, Log log,
                                                      PrivateClusterOptions options) {
    std::unique_ptr<PrivateCluster> cluster{new PrivateCluster(std::move(log), std::move(options))};
    try {
        folder = fs::weakly_canonical(fs::absolute(folder));
        cluster->lock(folder);
        cluster->choose_home(folder);
        const int made_by = data_version(cluster->home_);
        cluster->options_.programs = find_postgres(cluster->options_.programs, made_by, cluster->home_);
        cluster->choose_socket_folder();
        cluster->await_predecessor();
        if (made_by == 0) cluster->initialize();
        cluster->launch();
        cluster->await_ready();
        cluster->publish();
    } catch (const std::system_error& error) {
        refuse("the private PostgreSQL in " + folder.string() + " cannot be started: " + error.what());
    }
    return cluster;
}

// The lock file says where the database is, for operators' commands beside a running server.
void PrivateCluster::publish() const {
    if (ftruncate(lock_, 0) != 0 || pwrite(lock_, connection_string_.data(), connection_string_.size(), 0) !=
                                        std::ssize(connection_string_)) {
        log_("the lock file cannot be written: commands beside this server will not find its database");
    }
}

std::optional<std::string> PrivateCluster::running(const fs::path& folder) {
    const fs::path file = folder / ".owner.lock";
    const int lock = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (lock < 0) return std::nullopt;
    const bool owned = flock(lock, LOCK_SH | LOCK_NB) != 0;
    std::string text(4096, '\0');
    const ssize_t size = owned ? pread(lock, text.data(), text.size(), 0) : 0;
    close(lock);
    if (size <= 0) return std::nullopt;
    text.resize(static_cast<std::size_t>(size));
    return text;
}

PrivateCluster::PrivateCluster(Log log, PrivateClusterOptions options)
    : log_(std::move(log)), options_(std::move(options)) {}

PrivateCluster::~PrivateCluster() {
    stop();
    std::error_code ignored;
    if (!socket_folder_.empty())
        fs::remove(socket_folder_, ignored);  // empty now; the next start makes it anew
    if (lock_ >= 0) close(lock_);
}

void PrivateCluster::lock(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        refuse("the folder " + folder.string() + " cannot be made: " + error_text());
    }
    const fs::path file = folder / ".owner.lock";
    lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0) refuse("the file " + file.string() + " cannot be opened: " + error_text());
    if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        refuse("another qrgate is running with the folder " + folder.string() +
               ": stop it, or give this one its own folder");
    }
}

// PostgreSQL refuses to run as root: then it runs as the owner of its data, as `postgres`, or as `nobody`.
void PrivateCluster::choose_home(const fs::path& folder) {
    home_ = folder;
    user_ = geteuid();
    group_ = getegid();
    struct stat data{};
    const bool has_data = stat((folder / "data").c_str(), &data) == 0;
    if (user_ != 0) {
        if (has_data && data.st_uid != user_) {
            refuse("the database in " + folder.string() +
                   " belongs to another user: start qrgate as that user");
        }
        return;
    }
    if (has_data && data.st_uid == 0) {
        refuse("the database in " + folder.string() +
               " belongs to root, as whom PostgreSQL does not run: give it back with chown -R postgres");
    }
    const passwd* account = has_data ? getpwuid(data.st_uid) : getpwnam("postgres");
    if (account == nullptr) account = getpwnam("nobody");
    if (account == nullptr) refuse("PostgreSQL cannot run as root and there is no user postgres or nobody");
    user_ = account->pw_uid;
    group_ = account->pw_gid;
    if (!has_data && nothing_but_the_lock_in(folder) && chown(folder.c_str(), user_, group_) != 0) {
        refuse("the folder " + folder.string() + " cannot be given to PostgreSQL's user: " + error_text());
    }
    if (can_use_folder(folder, user_, group_)) return;
    // An empty database elsewhere must not stand in for one that is there.
    if (has_data)
        refuse("the database in " + folder.string() + " cannot be entered by the user it belongs to");

    std::error_code error;
    fs::create_directories(options_.fallback_root, error);
    chmod(options_.fallback_root.c_str(), 0711);
    home_ = options_.fallback_root / short_hash(folder);
    make_private_folder(home_, user_, group_);
    if (!is_private_folder_of(home_, user_) || !can_use_folder(home_, user_, group_)) {
        refuse("neither " + folder.string() + " nor " + home_.string() +
               " can be entered by the user PostgreSQL runs as: choose another folder");
    }
    log_("the folder " + folder.string() +
         " cannot be entered by the user PostgreSQL runs as; its data is in " + home_.string());
}

// A socket's path has at most 107 octets.
void PrivateCluster::choose_socket_folder() {
    socket_folder_ = home_ / "socket";
    if (socket_folder_.string().size() + socket_name.size() >= sizeof(sockaddr_un::sun_path)) {
        socket_folder_ = fs::path{"/tmp"} / ("qrgate-" + std::to_string(user_) + "-" + short_hash(home_));
    }
    make_private_folder(socket_folder_, user_, group_);
    if (!is_private_folder_of(socket_folder_, user_)) {
        refuse("the folder " + socket_folder_.string() + " is not private to PostgreSQL's user: remove it");
    }
    connection_string_ =
        "host=" + conninfo_quoted(socket_folder_.string()) + " port=5432 dbname=postgres user=qrgate";
}

// Made beside its place and then renamed, so that an interrupted initdb leaves no half database.
void PrivateCluster::initialize() {
    const fs::path fresh = home_ / "data.new";
    fs::remove_all(fresh);
    fs::remove(home_ / "initdb.log");
    log_("making a new database in " + home_.string());
    ChildProcess child{
        .command = {options_.programs / "initdb", "-D", fresh, "-U", "qrgate", "--auth-local=trust",
                    "--auth-host=reject", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"},
        .folder = home_,
        .output = home_ / "initdb.log",
        .user = user_,
        .group = group_,
        .signal_when_we_die = SIGTERM};
    if (options_.careless) child.command.emplace_back("--no-sync");
    const pid_t process = start_child(child);
    int status = 0;
    if (!reap(process, in(options_.ready_within), &status)) {
        kill(-process, SIGKILL);
        reap(process, in(5s));
        refuse("initdb did not finish in time; see " + (home_ / "initdb.log").string());
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        refuse("the database in " + home_.string() + " cannot be made: " + last_log_line("initdb.log"));
    }
    fs::rename(fresh, home_ / "data");
    const int folder = open(home_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
}

// The PostgreSQL of an owner that was killed is shutting down by itself. A pid file that names somebody
// else's process (pids are used again, after a restart of the machine or container) would stop ours from
// starting.
void PrivateCluster::await_predecessor() {
    const fs::path file = home_ / "data" / "postmaster.pid";
    const auto deadline = in(15s);
    for (;;) {
        pid_t process = 0;
        if (!(std::ifstream{file} >> process) || process <= 0) return;
        std::error_code error;
        const auto folder = fs::read_symlink("/proc/" + std::to_string(process) + "/cwd", error);
        if (error || folder != home_ / "data") {
            fs::remove(file, error);
            return;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            refuse("another PostgreSQL (process " + std::to_string(process) + ") still uses " +
                   home_.string());
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

void PrivateCluster::launch() {
    const fs::path log_file = home_ / "postgres.log";
    std::error_code none;
    fs::rename(log_file, home_ / "postgres.log.old", none);
    ChildProcess child{
        .command = {options_.programs / "postgres", "-D", home_ / "data", "-k", socket_folder_},
        .folder = home_,
        .output = log_file,
        .user = user_,
        .group = group_,
        .signal_when_we_die = SIGINT};
    // Errors of statements are ours to log: the server's own lines would quote values.
    std::vector<std::string> settings = {"listen_addresses=", "port=5432", "unix_socket_permissions=0700",
                                         "log_min_messages=log", "log_min_error_statement=panic",
                                         "log_error_verbosity=terse", "log_checkpoints=off",
                                         "logging_collector=off",
                                         // Our statements gain nothing by it, and where memory may not be
                                         // both written and run (deploy/qrgate.service) it fails.
                                         "jit=off", "client_connection_check_interval=1000"};
    if (options_.careless) settings.insert(settings.end(), {"fsync=off", "full_page_writes=off"});
    settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
    for (const auto& setting : settings) {
        child.command.emplace_back("-c");
        child.command.push_back(setting);
    }
    process_ = start_child(child);
}

void PrivateCluster::await_ready() {
    const auto deadline = in(options_.ready_within);
    while (PQping(connection_string_.c_str()) != PQPING_OK) {
        if (reap(process_, SteadyTime{})) {
            process_ = -1;
            refuse("the private PostgreSQL in " + home_.string() +
                   " ended while it started: " + last_log_line("postgres.log"));
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            refuse("the private PostgreSQL in " + home_.string() + " did not become ready in time");
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

void PrivateCluster::watch(Executor executor) {
    if (process_ < 0) return;
    watch_ = std::make_shared<Watch>(executor);
    arm();
}

void PrivateCluster::arm() {
    watch_->launched = std::chrono::steady_clock::now();
    const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
    if (descriptor < 0) refuse("the private PostgreSQL cannot be watched: " + error_text());
    watch_->process.assign(descriptor);
    // stop() ends the watch; a handler that was queued before must not touch us then.
    watch_->process.async_wait(StreamDescriptor::wait_read,
                               [this, alive = std::weak_ptr(watch_)](boost::system::error_code error) {
                                   if (!error && !alive.expired()) ended();
                               });
}

// It is started again even when the old one's backends are still there: then the new one ends at once and is
// tried again a little later.
void PrivateCluster::ended() {
    const pid_t dead = process_;
    watch_->process.close();
    if (process_ >= 0) reap(process_, in(1s));
    process_ = -1;
    const bool lived = std::chrono::steady_clock::now() - watch_->launched > lived_long;
    watch_->back_off =
        next_back_off(lived ? 0ms : watch_->back_off, options_.back_off_first, options_.back_off_most);
    if (dead >= 0) log_("the private PostgreSQL has ended unexpectedly; starting it again");
    watch_->timer.expires_after(watch_->back_off);
    watch_->timer.async_wait([this, alive = std::weak_ptr(watch_)](boost::system::error_code error) {
        if (error || alive.expired()) return;
        try {
            launch();
            arm();
        } catch (const std::exception& thrown) {
            log_(thrown.what());
            ended();
        }
    });
}

void PrivateCluster::stop() {
    watch_.reset();
    if (process_ < 0) return;
    for (const auto& [number, patience] : {std::pair{SIGINT, 10s}, {SIGQUIT, 5s}, {SIGKILL, 5s}}) {
        kill(process_, number);
        if (reap(process_, in(patience))) break;
        log_("the private PostgreSQL does not stop; insisting");
    }
    process_ = -1;
}

std::string PrivateCluster::last_log_line(const char* file) const {
    std::ifstream input{home_ / file};
    std::string last = "no reason given";
    for (std::string line; std::getline(input, line);) {
        if (!line.empty()) last = line;
    }
    return last + " (see " + (home_ / file).string() + ")";
}

}  // namespace qrgate
