#include "server/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/secret_file.hpp"

namespace qrgate {

namespace {

constexpr std::string_view ring_name = "token-ring";
constexpr std::size_t key_size = std::tuple_size_v<Digest>;
constexpr std::size_t former_entry = 1 + key_size;  // without its time
constexpr std::size_t time_size = 8;
constexpr std::size_t ring_entry = former_entry + time_size;
constexpr std::size_t most_entries = 3;  // the key before, the one in use, the next

std::filesystem::path file_of(const std::filesystem::path& data_folder, std::string_view purpose) {
    return data_folder / "keys" / purpose;
}

[[noreturn]] void wrong_content(const std::filesystem::path& file) {
    throw std::runtime_error(fmt::format(
        "{} is not a key file of ours (wrong size or content); put the right one back", file.string()));
}

// The content of the file; where there is none, of a new one with `fresh` in it.
Bytes read_or_make(const std::filesystem::path& file, Bytes fresh) {
    auto there = read_secret_file(file);
    if (!there && write_new_file(file, fresh, FileMode::secret)) return fresh;
    wipe(fresh);
    if (!there) there = read_secret_file(file);  // another process made it between the two
    if (!there) throw std::runtime_error(fmt::format("{} vanished while it was read", file.string()));
    return std::move(*there);
}

Digest open_key(const std::filesystem::path& data_folder, std::string_view purpose, Random& random) {
    const auto file = file_of(data_folder, purpose);
    Bytes fresh(key_size);
    random.fill(fresh);
    Bytes content = read_or_make(file, std::move(fresh));
    if (content.size() != key_size) wrong_content(file);
    Digest key{};
    std::copy(content.begin(), content.end(), key.begin());
    wipe(content);
    return key;
}

// `entry` has the length of its form.
TokenRingEntry read_entry(ByteView entry, const std::filesystem::path& file) {
    TokenRingEntry read;
    read.key.id = static_cast<char>(entry[0]);
    if (token_key_ids.find(read.key.id) == std::string_view::npos) wrong_content(file);
    std::copy_n(entry.begin() + 1, key_size, read.key.key.begin());
    std::uint64_t seconds = 0;
    for (const std::uint8_t octet : entry.subspan(former_entry))
        seconds = seconds << 8U | octet;
    if (seconds >> 40U != 0) wrong_content(file);
    read.used_from = WallTime{std::chrono::seconds{seconds}};
    return read;
}

void append_entry(Bytes& out, const TokenRingEntry& entry) {
    out.push_back(static_cast<std::uint8_t>(entry.key.id));
    out.insert(out.end(), entry.key.key.begin(), entry.key.key.end());
    const auto seconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(entry.used_from).time_since_epoch().count());
    for (std::size_t i = time_size; i-- > 0;)
        out.push_back(static_cast<std::uint8_t>(seconds >> (8 * i)));
}

Bytes first_ring(Random& random) {
    TokenRingEntry entry;
    entry.key.id = token_key_ids.front();
    random.fill(entry.key.key);
    Bytes content;
    content.reserve(ring_entry);
    append_entry(content, entry);
    return content;
}

std::vector<TokenRingEntry> entries_of(ByteView content, const std::filesystem::path& file) {
    const bool former = content.size() == former_entry || content.size() == 2 * former_entry;
    const std::size_t size = former ? former_entry : ring_entry;
    const std::size_t count = content.size() / size;
    if (count == 0 || count > most_entries || content.size() % size != 0) wrong_content(file);
    std::vector<TokenRingEntry> entries;
    for (std::size_t i = 0; i < count; ++i)
        entries.push_back(read_entry(content.subspan(i * size, size), file));
    if (former) std::ranges::reverse(entries);
    for (std::size_t i = 1; i < count; ++i)
        if (entries[i].key.id == entries[i - 1].key.id || entries[i].used_from < entries[i - 1].used_from)
            wrong_content(file);
    return entries;
}

// The place of the key in use: the newest whose time has come; the first, whatever its time says.
std::size_t in_use(const std::vector<TokenRingEntry>& entries, WallTime now) {
    std::size_t at = 0;
    for (std::size_t i = 1; i < entries.size(); ++i)
        if (entries[i].used_from <= now) at = i;
    return at;
}

std::string seconds_text(WallTime at) {
    return format_time(std::chrono::floor<std::chrono::seconds>(at));
}

}  // namespace

Keys::~Keys() {
    wipe(tokens.current.key);
    for (auto* other : {&tokens.previous, &tokens.next})
        if (*other) wipe((*other)->key);
    for (Digest* key : {&pre_session, &device, &sms_codes, &typed_codes, &budgets, &reset_tickets, &unlock,
                        &audit, &decoys})
        wipe(*key);
}

TokenRingEntry::~TokenRingEntry() {
    wipe(key.key);
}

Keys open_keys(const std::filesystem::path& data_folder, char node, Random& random, WallTime now,
               std::chrono::seconds token_life) {
    make_private_folder(data_folder / "keys");
    Keys keys;
    Bytes ring = read_or_make(file_of(data_folder, ring_name), first_ring(random));
    wipe(ring);
    keys.tokens = ring_at(read_token_ring(data_folder), node, now, token_life);
    keys.pre_session = open_key(data_folder, "pre-session", random);
    keys.device = open_key(data_folder, "device-cookie", random);
    keys.sms_codes = open_key(data_folder, "sms-codes", random);
    keys.typed_codes = open_key(data_folder, "typed-codes", random);
    keys.budgets = open_key(data_folder, "budgets", random);
    keys.reset_tickets = open_key(data_folder, "reset-tickets", random);
    keys.unlock = open_key(data_folder, "unlock", random);
    keys.audit = open_key(data_folder, "audit", random);
    keys.decoys = open_key(data_folder, "decoys", random);
    return keys;
}

std::vector<TokenRingEntry> read_token_ring(const std::filesystem::path& data_folder) {
    const auto file = file_of(data_folder, ring_name);
    auto content = read_secret_file(file);
    if (!content) throw std::runtime_error(fmt::format("{} is missing", file.string()));
    auto entries = entries_of(*content, file);
    wipe(*content);
    return entries;
}

TokenRing ring_at(const std::vector<TokenRingEntry>& entries, char node, WallTime now,
                  std::chrono::seconds token_life) {
    const std::size_t at = in_use(entries, now);
    TokenRing ring;
    ring.node = node;
    ring.current = entries[at].key;
    if (at > 0 && now < entries[at].used_from + token_life) ring.previous = entries[at - 1].key;
    if (at + 1 < entries.size()) ring.next = entries[at + 1].key;
    return ring;
}

void rotate_token_key(const std::filesystem::path& data_folder, Random& random, WallTime now,
                      WallTime used_from, std::chrono::seconds token_life) {
    const FolderLock alone(data_folder / "keys");
    auto entries = read_token_ring(data_folder);
    const TokenRingEntry& newest = entries.back();
    if (now < newest.used_from)
        throw std::runtime_error(
            fmt::format("the token key is being rotated already: the new one is used from {}",
                        seconds_text(newest.used_from)));
    if (entries.size() > 1 && now < newest.used_from + token_life)
        throw std::runtime_error(
            fmt::format("codes of the key before may still be open; rotate again after {}",
                        seconds_text(newest.used_from + token_life)));
    TokenRingEntry next;
    next.key.id = token_key_ids[(token_key_ids.find(newest.key.id) + 1) % token_key_ids.size()];
    random.fill(next.key.key);
    next.used_from = used_from;

    Bytes content;
    content.reserve(2 * ring_entry);
    append_entry(content, newest);
    append_entry(content, next);
    replace_file(file_of(data_folder, ring_name), content, FileMode::secret);
    wipe(content);
}

}  // namespace qrgate
