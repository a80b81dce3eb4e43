#include "server/secret_checks.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "server/config.hpp"
#include "server/secret_file.hpp"

namespace qrgate {

namespace {

namespace fs = std::filesystem;

constexpr mode_t of_others = S_IRWXO;
constexpr mode_t of_group_and_others = S_IRWXG | S_IRWXO;
constexpr mode_t writes_of_others = S_IWGRP | S_IWOTH;

using Faults = std::vector<std::string>;

std::optional<struct stat> facts_of(const fs::path& path) {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0) return std::nullopt;
    return facts;
}

// Ours, or root's; as root, who may read all, the folder's owner decides (`sudo qrgate …` in the server's
// folder).
bool is_ours(uid_t owner, uid_t folder_owner) {
    const uid_t we = ::geteuid();
    return owner == we || owner == folder_owner || (we == 0 && owner == 0);
}

// A file that is just being put in its place has two names for a moment.
bool has_one_name(const fs::path& file) {
    for (int tries = 0; tries < 20; ++tries) {
        const auto facts = facts_of(file);
        if (!facts || facts->st_nlink == 1) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

void look_at_key(const fs::path& file, uid_t folder_owner, mode_t forbidden, Faults& faults) {
    const auto facts = facts_of(file);
    if (!facts) return;
    const std::string name = file.string();
    if (S_ISLNK(facts->st_mode)) {
        faults.push_back(fmt::format("{} is a symbolic link; put the file itself there", name));
        return;
    }
    if (!S_ISREG(facts->st_mode)) {
        faults.push_back(fmt::format("{} is not a regular file", name));
        return;
    }
    if ((facts->st_mode & forbidden) != 0)
        faults.push_back(fmt::format(
            "{0} can be read or changed by others (mode {1:04o}); check who did, then: chmod {2} {0}", name,
            facts->st_mode & 07777U, forbidden == writes_of_others ? "644" : "600"));
    if (!is_ours(facts->st_uid, folder_owner))
        faults.push_back(
            fmt::format("{} belongs to user {}, not to the server's user {}; give it back with chown", name,
                        facts->st_uid, ::geteuid()));
    if (!has_one_name(file)) remove_unfinished_names(file);
    if (!has_one_name(file))
        faults.push_back(fmt::format(
            "{} has another name elsewhere (hard link); find it with: find / -samefile {}", name, name));
}

// The owner, for its files; nullopt: there is no such folder, or none to look into.
std::optional<uid_t> look_at_folder(const fs::path& folder, mode_t forbidden, Faults& faults) {
    const auto facts = facts_of(folder);
    if (!facts) return std::nullopt;
    const std::string name = folder.string();
    if (S_ISLNK(facts->st_mode) || !S_ISDIR(facts->st_mode)) {
        faults.push_back(fmt::format("{} is not a folder of its own (a symbolic link, or a file)", name));
        return std::nullopt;
    }
    if ((facts->st_mode & forbidden) != 0)
        faults.push_back(
            fmt::format("{0} can be {1} by others (mode {2:04o}); check who did, then: chmod {3} {0}", name,
                        forbidden == writes_of_others ? "changed" : "entered or changed",
                        facts->st_mode & 07777U, forbidden == writes_of_others ? "go-w" : "700"));
    return facts->st_uid;
}

void look_into(const fs::path& folder, uid_t data_owner, Faults& faults) {
    const auto owner = look_at_folder(folder, of_group_and_others, faults);
    if (!owner) return;
    if (!is_ours(*owner, data_owner))
        faults.push_back(
            fmt::format("{} belongs to user {}, not to the server's user {}; give it back with chown",
                        folder.string(), *owner, ::geteuid()));
    std::vector<fs::path> files;
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        files.push_back(at->path());
    if (failed) faults.push_back(fmt::format("{} cannot be read: {}", folder.string(), failed.message()));
    std::ranges::sort(files);
    for (const fs::path& file : files)
        look_at_key(file, *owner, file.extension() == ".crt" ? writes_of_others : of_group_and_others,
                    faults);
}

bool holds_a_secret(const Config& config) {
    return config.database.find("password") != std::string::npos ||
           config.database.find("://") != std::string::npos || !config.sms_key.empty() ||
           !config.proofing_key.empty() || !config.soter_key.empty();
}

// Links are usual here (certbot's live folder), and so is a group that may read (ssl-cert); all others not.
void look_at_given(const fs::path& file, std::string_view what, Faults& faults) {
    struct stat facts{};
    if (file.empty() || ::stat(file.c_str(), &facts) != 0) return;
    if ((facts.st_mode & (of_others | S_IWGRP)) != 0)
        faults.push_back(
            fmt::format("{0} ({1}) can be read or changed by others (mode {2:04o}); then: chmod 640 {0}",
                        file.string(), what, facts.st_mode & 07777U));
}

}  // namespace

std::vector<std::string> secret_faults(const Config& config, const fs::path& config_file) {
    Faults faults;
    fs::path data = config.data_folder;
    if (data.filename().empty()) data = data.parent_path();  // "data/"
    struct stat facts{};
    // The folder itself may be a link: where it is, is the operator's choice.
    if (::stat(data.c_str(), &facts) == 0) {
        if ((facts.st_mode & writes_of_others) != 0)
            faults.push_back(fmt::format(
                "{0} can be changed by others (mode {1:04o}); check who did, then: chmod go-w {0}",
                data.string(), facts.st_mode & 07777U));
        for (const char* folder : {"keys", "ca"})
            look_into(data / folder, facts.st_uid, faults);
    }
    look_at_given(config.tls_key, "tls.key", faults);
    if (holds_a_secret(config)) look_at_given(config_file, "the settings file, which holds a secret", faults);
    return faults;
}

}  // namespace qrgate
