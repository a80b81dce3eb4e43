#include "server/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace qrgate {

namespace {

constexpr std::size_t size_limit = std::size_t{64} * 1024;

[[noreturn]] void fail(const std::filesystem::path& file, std::string_view what, int error = errno) {
    throw std::runtime_error(fmt::format("{} {}: {}", what, file.string(), std::strerror(error)));
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return number_; }
    void close() noexcept {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }

private:
    int number_;
};

// The unfinished file beside; gone with the object, whatever happened.
struct Unfinished {
    std::string name;
    ~Unfinished() { ::unlink(name.c_str()); }
};

void write_all(int descriptor, ByteView content, const std::filesystem::path& file) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(file, "cannot write");
        content = content.subspan(static_cast<std::size_t>(written));
    }
}

void sync_folder(const std::filesystem::path& folder) {
    const Descriptor descriptor(
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) fail(folder, "cannot sync folder");
}

// A command run by root leaves files that the server's own user can read.
void give_to_owner_of(const std::filesystem::path& folder, int descriptor) {
    struct stat facts{};
    if (::geteuid() != 0 || ::stat(folder.empty() ? "." : folder.c_str(), &facts) != 0 || facts.st_uid == 0)
        return;
    if (::fchown(descriptor, facts.st_uid, facts.st_gid) != 0)
        fail(folder, "cannot give a file to the owner of");
}

void write_beside(Unfinished& beside, const std::filesystem::path& file, ByteView content, FileMode mode) {
    beside.name = file.string() + ".XXXXXX";
    Descriptor descriptor(::mkostemp(beside.name.data(), O_CLOEXEC));  // made 0600
    if (descriptor.get() < 0) fail(file, "cannot write");
    give_to_owner_of(file.parent_path(), descriptor.get());
    write_all(descriptor.get(), content, file);
    if (::fchmod(descriptor.get(), static_cast<mode_t>(mode)) != 0) fail(file, "cannot set the mode of");
    if (::fsync(descriptor.get()) != 0) fail(file, "cannot sync");
}

std::optional<Bytes> read_file(const std::filesystem::path& file, bool secret) {
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | (secret ? O_NOFOLLOW : 0)));
    if (descriptor.get() < 0 && errno == ENOENT) return std::nullopt;
    if (descriptor.get() < 0) fail(file, "cannot read");

    struct stat facts{};
    if (::fstat(descriptor.get(), &facts) != 0) fail(file, "cannot read");
    if (!S_ISREG(facts.st_mode))
        throw std::runtime_error(fmt::format("{} is not a regular file", file.string()));
    if (secret && (facts.st_mode & 077U) != 0)
        throw std::runtime_error(fmt::format(
            "{0} can be read or changed by others (mode {1:04o}); check who did, then: chmod 600 {0}",
            file.string(), facts.st_mode & 07777U));

    Bytes content(size_limit + 1);
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(descriptor.get(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(file, "cannot read");
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > size_limit) throw std::runtime_error(fmt::format("{} is too large to be ours", file.string()));
    content.resize(size);
    return content;
}

// As mkostemp makes them, or storage's key files. Six small letters are a word that somebody chose
// ("backup").
bool is_unfinished_name(std::string_view name, std::string_view of) {
    if (!name.starts_with(of)) return false;
    const std::string_view rest = name.substr(of.size());
    if (rest == ".new") return true;
    if (rest.size() != 7 || rest.front() != '.') return false;
    const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_other = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    const std::string_view random = rest.substr(1);
    return std::ranges::any_of(random, is_other) &&
           std::ranges::all_of(random, [&](char c) { return is_small(c) || is_other(c); });
}

// Parents can be passed through, not read: PostgreSQL's own user has its folder beside ours.
void make_folder_above(const std::filesystem::path& folder) {
    if (folder.empty() || std::filesystem::is_directory(folder)) return;
    make_folder_above(folder.parent_path());
    if (::mkdir(folder.c_str(), 0711) != 0 && errno != EEXIST) fail(folder, "cannot make folder");
}

}  // namespace

void make_private_folder(const std::filesystem::path& folder) {
    if (folder.empty() || std::filesystem::is_directory(folder)) return;
    make_folder_above(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail(folder, "cannot make folder");
}

FolderLock::FolderLock(const std::filesystem::path& folder)
    : descriptor_(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    if (error == EWOULDBLOCK)
        throw std::runtime_error(
            fmt::format("another command is changing the keys in {}; try again", folder.string()));
    fail(folder, "cannot lock folder", error);
}

FolderLock::~FolderLock() {
    ::close(descriptor_);
}

void remove_unfinished_names(const std::filesystem::path& file) {
    struct stat facts{};
    if (::lstat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_nlink < 2) return;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(file.parent_path(), failed), end; !failed && at != end;
         at.increment(failed)) {
        struct stat other{};
        if (is_unfinished_name(at->path().filename().string(), file.filename().string()) &&
            ::lstat(at->path().c_str(), &other) == 0 && other.st_ino == facts.st_ino &&
            other.st_dev == facts.st_dev)
            ::unlink(at->path().c_str());
    }
}

std::optional<Bytes> read_secret_file(const std::filesystem::path& file) {
    return read_file(file, true);
}

std::optional<Bytes> read_public_file(const std::filesystem::path& file) {
    return read_file(file, false);
}

bool write_new_file(const std::filesystem::path& file, ByteView content, FileMode mode) {
    Unfinished beside;
    write_beside(beside, file, content, mode);
    // link, not rename: it fails where the file is there, so two first starts at once agree on one key.
    if (::link(beside.name.c_str(), file.c_str()) != 0) {
        if (errno == EEXIST) return false;
        fail(file, "cannot write");
    }
    // Before the wait for the disk: a file with two names is refused.
    ::unlink(beside.name.c_str());
    sync_folder(file.parent_path());
    return true;
}

void replace_file(const std::filesystem::path& file, ByteView content, FileMode mode) {
    Unfinished beside;
    write_beside(beside, file, content, mode);
    if (::rename(beside.name.c_str(), file.c_str()) != 0) fail(file, "cannot write");
    sync_folder(file.parent_path());
}

}  // namespace qrgate
