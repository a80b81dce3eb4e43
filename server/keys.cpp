#include "server/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/secret_file.hpp"

namespace qrgate {

namespace {

constexpr std::size_t key_size = std::tuple_size_v<Digest>;
constexpr std::size_t ring_entry = 1 + key_size;
// Ids of token keys, in the order of their use.
constexpr std::string_view ids = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

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

// token-ring: id and key of the current one, then, after the first rotation, of the previous one.
TokenKey read_entry(ByteView entry, const std::filesystem::path& file) {
    TokenKey key;
    key.id = static_cast<char>(entry[0]);
    if (ids.find(key.id) == std::string_view::npos) wrong_content(file);
    std::copy_n(entry.begin() + 1, key_size, key.key.begin());
    return key;
}

Bytes new_entry(char id, Random& random) {
    Bytes entry(ring_entry);
    random.fill(entry);
    entry[0] = static_cast<std::uint8_t>(id);
    return entry;
}

TokenRing open_ring(const std::filesystem::path& data_folder, Random& random) {
    const auto file = file_of(data_folder, "token-ring");
    Bytes content = read_or_make(file, new_entry(ids.front(), random));
    if (content.size() != ring_entry && content.size() != 2 * ring_entry) wrong_content(file);
    TokenRing ring;
    const ByteView view = content;
    ring.current = read_entry(view.first(ring_entry), file);
    if (view.size() == 2 * ring_entry) {
        ring.previous = read_entry(view.subspan(ring_entry), file);
        if (ring.previous->id == ring.current.id) wrong_content(file);
    }
    wipe(content);
    return ring;
}

}  // namespace

Keys::~Keys() {
    wipe(tokens.current.key);
    if (tokens.previous) wipe(tokens.previous->key);
    for (Digest* key : {&pre_session, &device, &sms_codes, &typed_codes, &budgets, &reset_tickets, &unlock,
                        &audit, &decoys})
        wipe(*key);
}

Keys open_keys(const std::filesystem::path& data_folder, char node, Random& random) {
    make_private_folder(data_folder / "keys");
    Keys keys;
    keys.tokens = open_ring(data_folder, random);
    keys.tokens.node = node;
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

void rotate_token_key(const std::filesystem::path& data_folder, Random& random) {
    make_private_folder(data_folder / "keys");
    TokenRing ring = open_ring(data_folder, random);
    const std::size_t next = (ids.find(ring.current.id) + 1) % ids.size();

    Bytes content = new_entry(ids[next], random);
    content.push_back(static_cast<std::uint8_t>(ring.current.id));
    content.insert(content.end(), ring.current.key.begin(), ring.current.key.end());
    replace_file(file_of(data_folder, "token-ring"), content, FileMode::secret);
    wipe(content);
}

}  // namespace qrgate
