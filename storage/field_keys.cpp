// The key files of storage/sealed_field.hpp.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include "storage/sealed_field.hpp"

namespace qrgate {
namespace {

namespace fs = std::filesystem;
using Fault = std::string;

class File {
public:
    explicit File(int number) : number_(number) {}
    ~File() {
        if (number_ >= 0) ::close(number_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int number() const noexcept { return number_; }
    bool good() const noexcept { return number_ >= 0; }

private:
    int number_;
};

Fault system_fault(const fs::path& path, const char* what) {
    return path.string() + ": " + what + ": " + std::strerror(errno);
}

constexpr std::string_view seals_from = "seals from ";

struct ReadKey {
    Digest key{};
    std::optional<WallTime> used_from{};
};

boost::system::result<ReadKey, Fault> read_key(const fs::path& path) {
    const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!file.good()) return system_fault(path, "cannot be read");
    struct stat about{};
    if (::fstat(file.number(), &about) != 0) return system_fault(path, "cannot be read");
    if ((about.st_mode & 077) != 0)
        return path.string() + ": other users may read this key; run chmod 600 on it";
    std::string text(160, '\0');
    const auto got = ::read(file.number(), text.data(), text.size());
    if (got < 0) return system_fault(path, "cannot be read");
    text.resize(static_cast<std::size_t>(got));
    if (text.ends_with('\n')) text.pop_back();
    ReadKey read;
    bool right = true;
    if (const std::size_t line = text.find('\n'); line != std::string::npos) {
        const std::string_view rest = std::string_view(text).substr(line + 1);
        if (rest.starts_with(seals_from)) read.used_from = parse_time(rest.substr(seals_from.size()));
        right = read.used_from.has_value();
        text.resize(line);
    }
    auto octets = from_hex(text);
    wipe(text);
    if (!right || !octets || octets->size() != read.key.size())
        return path.string() + ": is not a key (64 hex digits expected)";
    std::copy(octets->begin(), octets->end(), read.key.begin());
    wipe(*octets);
    return read;
}

// A command run by root leaves files that the server's own user can read.
std::optional<Fault> give_to_owner_of(const fs::path& folder, const File& file) {
    struct stat about{};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return std::nullopt;
    if (::fchown(file.number(), about.st_uid, about.st_gid) == 0) return std::nullopt;
    return system_fault(folder, "its owner cannot be given a key");
}

// Durable before it is used: data sealed with a key that is lost at the next power cut is lost too. Written
// beside and linked into place, so that a server that looks at that moment finds all of it or nothing.
std::optional<Fault> write_key(const fs::path& path, const Digest& key,
                               std::optional<WallTime> used_from = std::nullopt) {
    fs::path beside = path;
    beside += ".new";
    ::unlink(beside.c_str());
    const File file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file.good()) return system_fault(path, "cannot be made");
    std::string text = hex(key) + "\n";
    if (used_from)
        text += std::string(seals_from) + format_time(std::chrono::floor<std::chrono::seconds>(*used_from)) +
                "\n";
    const auto put = ::write(file.number(), text.data(), text.size());
    const bool whole = put == static_cast<ssize_t>(text.size());
    wipe(text);
    if (!whole || ::fsync(file.number()) != 0) return system_fault(path, "cannot be written");
    if (const auto fault = give_to_owner_of(path.parent_path(), file)) return fault;
    const bool linked = ::link(beside.c_str(), path.c_str()) == 0;
    const int why = errno;
    ::unlink(beside.c_str());
    errno = why;
    if (!linked) return system_fault(path, "cannot be made");
    const File folder{::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder.good() || ::fsync(folder.number()) != 0) return system_fault(path, "cannot be written");
    return std::nullopt;
}

// 1 to 255 from field-<id>.key; 0 for anything else.
int field_key_id(const std::string& name) {
    constexpr std::string_view front = "field-";
    constexpr std::string_view back = ".key";
    if (!name.starts_with(front) || !name.ends_with(back) || name.size() < front.size() + back.size())
        return 0;
    const char* first = name.data() + front.size();
    const char* last = name.data() + name.size() - back.size();
    int id = 0;
    const auto [end, fault] = std::from_chars(first, last, id);
    return fault == std::errc{} && end == last && id >= 1 && id <= 255 ? id : 0;
}

std::optional<Fault> make_keys(const fs::path& folder, FieldKeys& keys, Random& random) {
    keys.index = random.bytes<32>();
    keys.masters[1] = random.bytes<32>();
    if (auto fault = write_key(folder / "index.key", keys.index)) return fault;
    return write_key(folder / "field-1.key", keys.masters[1]);
}

}  // namespace

FieldKeys::~FieldKeys() {
    for (auto& [id, master] : masters)
        wipe(master);
    wipe(index);
}

boost::system::result<FieldKeys, std::string> load_field_keys(const fs::path& folder, Random& random) {
    std::error_code fault;
    if (fs::create_directories(folder, fault)) fs::permissions(folder, fs::perms::owner_all, fault);
    if (fault) return folder.string() + ": cannot be made: " + fault.message();

    FieldKeys keys;
    for (fs::directory_iterator entry(folder, fault), end; !fault && entry != end; entry.increment(fault)) {
        const int id = field_key_id(entry->path().filename().string());
        if (id == 0) continue;
        auto key = read_key(entry->path());
        if (!key) return key.error();
        keys.masters[static_cast<std::uint8_t>(id)] = key->key;
        if (key->used_from) keys.used_from[static_cast<std::uint8_t>(id)] = *key->used_from;
        wipe(key->key);
    }
    if (fault) return folder.string() + ": cannot be read: " + fault.message();

    const bool has_index = fs::exists(folder / "index.key", fault);
    if (!has_index && keys.masters.empty()) {
        if (auto broken = make_keys(folder, keys, random)) return *broken;
        return keys;
    }
    // Making the lost half anew would hide the loss: nobody could be found, or nothing opened.
    if (!has_index)
        return (folder / "index.key").string() +
               ": is missing beside the field keys; restore it from a backup";
    if (keys.masters.empty())
        return (folder / "field-1.key").string() +
               ": is missing beside index.key; restore it from a backup (or, on a new machine, remove "
               "index.key)";
    auto index = read_key(folder / "index.key");
    if (!index) return index.error();
    keys.index = index->key;
    wipe(index->key);
    return keys;
}

boost::system::result<void, std::string> rotate_field_key(const fs::path& folder, Random& random,
                                                          WallTime now, WallTime used_from) {
    const File alone{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!alone.good()) return system_fault(folder, "cannot be read");
    if (::flock(alone.number(), LOCK_EX | LOCK_NB) != 0)
        return folder.string() + ": another command is changing the keys there; try again";
    auto keys = load_field_keys(folder, random);
    if (!keys) return keys.error();
    const int newest = keys->masters.rbegin()->first;
    if (newest == 255) return folder.string() + ": field-255.key is there; no further key has a number";
    const auto from = keys->used_from.find(static_cast<std::uint8_t>(newest));
    if (from != keys->used_from.end() && now < from->second)
        return "the sealing key is being rotated already: the new one seals from " +
               format_time(from->second);
    Digest fresh = random.bytes<32>();
    auto fault = write_key(folder / ("field-" + std::to_string(newest + 1) + ".key"), fresh, used_from);
    wipe(fresh);
    if (fault) return *fault;
    return {};
}

}  // namespace qrgate
