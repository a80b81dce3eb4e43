// Whether the files that hold secrets are as they must be: regular files of one name, not links, of the
// server's own user, and touched by nobody else; and their folders likewise. Looked at before anything is
// read, at every start and by `qrgate config check`. Blocking. One plain line a fault, with what mends it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace qrgate {

struct Config;

// data.folder with keys and CA, tls.key, and the settings file when it holds a secret. What is not there yet
// is no fault: the start makes it.
std::vector<std::string> secret_faults(const Config& config, const std::filesystem::path& config_file);

}  // namespace qrgate
