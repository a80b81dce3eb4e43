// Starts a program as our direct child: own process group, clean environment, no inherited descriptors,
// dropped privileges, and a signal when the thread that started it ends (which includes SIGKILL of this
// process). Used by PrivateCluster; call from the thread that lives as long as the process. Blocks only for
// the fork. Errors: std::system_error. Invariant: nothing between fork and exec allocates.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace qrgate {

struct ChildProcess {
    std::vector<std::string> command = {};  // the first is the program's path
    std::filesystem::path folder = "/";     // working folder
    std::filesystem::path output = {};      // file for its standard output and error, appended
    uid_t user = 0;                         // used when we are root
    gid_t group = 0;
    int signal_when_we_die = 0;
};

pid_t start_child(const ChildProcess& child);

// As that user: can the folder be entered and written?
bool can_use_folder(const std::filesystem::path& folder, uid_t user, gid_t group);

}  // namespace qrgate
