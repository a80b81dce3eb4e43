// Where PostgreSQL's programs are, and which version made a database folder. Reads the file system; blocks
// shortly. Used by PrivateCluster at start. Errors: PrivateClusterError with one plain line for the operator.
#pragma once

#include <filesystem>
#include <stdexcept>

namespace qrgate {

class PrivateClusterError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The major version that made `home`/data; 0: there is none.
int data_version(const std::filesystem::path& home);

// The folder of `initdb` and `postgres`: `asked` if not empty, else the newest installed; of version
// `made_by` if that is not 0. `home` is named in the message.
std::filesystem::path find_postgres(const std::filesystem::path& asked, int made_by,
                                    const std::filesystem::path& home);

}  // namespace qrgate
