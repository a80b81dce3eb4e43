#include "storage/installed_postgres.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>
#include <vector>

namespace qrgate {

namespace fs = std::filesystem;

namespace {

// 0: the path does not say.
int major_of(const fs::path& bin_folder) {
    const std::string name = bin_folder.parent_path().filename();
    int major = 0;
    std::from_chars(name.data(), name.data() + name.size(), major);
    return major;
}

bool has_programs(const fs::path& folder) {
    return access((folder / "postgres").c_str(), X_OK) == 0 && access((folder / "initdb").c_str(), X_OK) == 0;
}

// Newest first; folders without a version in their path last.
std::vector<fs::path> installed_programs() {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
        if (has_programs(entry.path() / "bin")) found.push_back(entry.path() / "bin");
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return major_of(a) > major_of(b); });
    for (const char* folder : {"/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"}) {
        // Often links to a folder whose path says the version.
        const fs::path real = fs::canonical(fs::path{folder} / "postgres", none).parent_path();
        if (!none && has_programs(real)) found.push_back(real);
    }
    return found;
}

}  // namespace

int data_version(const fs::path& home) {
    std::ifstream file{home / "data" / "PG_VERSION"};
    int major = 0;
    return file >> major ? major : 0;
}

fs::path find_postgres(const fs::path& asked, int made_by, const fs::path& home) {
    std::vector<fs::path> found = asked.empty() ? installed_programs() : std::vector{asked};
    std::erase_if(found, [](const fs::path& folder) { return !has_programs(folder); });
    if (found.empty()) {
        throw PrivateClusterError(
            "PostgreSQL is not installed: apt-get install postgresql, or set a connection to one that runs");
    }
    const auto fits = std::find_if(found.begin(), found.end(), [&](const fs::path& folder) {
        return made_by == 0 || major_of(folder) == 0 || major_of(folder) == made_by;
    });
    if (fits == found.end()) {
        const std::string version = std::to_string(made_by);
        throw PrivateClusterError("the database in " + home.string() + " was made by PostgreSQL " + version +
                                  ", which is not installed: install postgresql-" + version +
                                  ", or move the data with pg_upgrade");
    }
    return *fits;
}

}  // namespace qrgate
