// Small files that must not be read by others or be half there: server keys, the CA's key and certificate.
// Written beside, fsynced and then linked or renamed into place, so that a crash leaves the old or the new,
// whole. Blocking; at start and in tools only. Errors: std::runtime_error with one plain line that names the
// file.
#pragma once

#include <filesystem>
#include <optional>

#include "protocol/bytes.hpp"

namespace qrgate {

// Makes the folder (0700) and those above it where they are missing.
void make_private_folder(const std::filesystem::path& folder);

// nullopt when there is no such file. Refuses a file that group or others may touch, and anything over 64
// KiB.
std::optional<Bytes> read_secret_file(const std::filesystem::path& file);
// The same without looking at the mode.
std::optional<Bytes> read_public_file(const std::filesystem::path& file);

// Held by a command that changes the keys in this folder: whoever else wants to is refused at once.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int descriptor_;
};

enum class FileMode : unsigned { secret = 0600, readable = 0644 };
// False when the file is there already (another process was faster); it stays as it is.
bool write_new_file(const std::filesystem::path& file, ByteView content, FileMode mode);
// A process that was killed while it made this file may leave the name beside, too: that goes, if it is the
// same file under a name that only write_new_file and storage's key files give.
void remove_unfinished_names(const std::filesystem::path& file);
void replace_file(const std::filesystem::path& file, ByteView content, FileMode mode);

}  // namespace qrgate
