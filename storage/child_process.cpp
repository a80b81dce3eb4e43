#include "storage/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace qrgate {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// The raw calls: glibc's wrappers talk to the other threads, of which a forked child has none.
bool become(uid_t user, gid_t group) {
    if (geteuid() != 0 || user == 0) return true;
    return syscall(SYS_setgroups, 0, nullptr) == 0 && syscall(SYS_setresgid, group, group, group) == 0 &&
           syscall(SYS_setresuid, user, user, user) == 0;
}

void restore_signals() {
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
        sigaction(number, &usual, nullptr);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

struct Prepared {
    std::vector<char*> arguments;
    const char* folder;
    int output;
    pid_t parent;
};

[[noreturn]] void run_child(const ChildProcess& child, const Prepared& prepared) {
    char path[] = "PATH=/usr/bin:/bin";
    char locale[] = "LC_ALL=C.UTF-8";
    char* environment[] = {path, locale, nullptr};

    setpgid(0, 0);
    restore_signals();
    umask(077);
    if (!become(child.user, child.group)) _exit(126);
    // After the change of user, which clears it; and our parent may have died before.
    if (child.signal_when_we_die != 0) prctl(PR_SET_PDEATHSIG, child.signal_when_we_die);
    if (getppid() != prepared.parent) _exit(126);
    const int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, 0) < 0) _exit(126);
    if (dup2(prepared.output, 1) < 0 || dup2(prepared.output, 2) < 0) _exit(126);
    // Sockets accepted elsewhere would stay open in PostgreSQL and their clients would never see them close.
    close_range(3, ~0U, 0);
    if (chdir(prepared.folder) != 0) _exit(126);
    execve(prepared.arguments.front(), prepared.arguments.data(), environment);
    _exit(127);
}

}  // namespace

pid_t start_child(const ChildProcess& child) {
    std::vector<char*> arguments;
    for (const auto& argument : child.command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const int output =
        open(child.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (output < 0) fail("cannot open the log file");
    const Prepared prepared{std::move(arguments), child.folder.c_str(), output, getpid()};
    const pid_t process = fork();
    if (process == 0) run_child(child, prepared);
    const int error = errno;
    close(output);
    errno = error;
    if (process < 0) fail("cannot start a process");
    return process;
}

bool can_use_folder(const std::filesystem::path& folder, uid_t user, gid_t group) {
    const char* path = folder.c_str();
    const pid_t process = fork();
    if (process < 0) fail("cannot start a process");
    if (process == 0) _exit(become(user, group) && access(path, R_OK | W_OK | X_OK) == 0 ? 0 : 1);
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace qrgate
