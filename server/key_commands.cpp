#include "server/key_commands.hpp"

#include <fmt/format.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <array>
#include <stdexcept>

#include "server/app_limits.hpp"
#include "server/authority_files.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "storage/names.hpp"
#include "storage/sealed_field.hpp"

namespace qrgate {

namespace {

struct Purpose {
    std::string_view file;
    std::string_view protects;
};
// The files that never rotate by command, with what their loss or change ends.
constexpr std::array others{
    Purpose{"pre-session", "MACs of the cookies of browsers that have not logged in"},
    Purpose{"device-cookie", "MACs of the cookies of known devices"},
    Purpose{"sms-codes", "keyed hashes of codes sent by text"},
    Purpose{"typed-codes", "keyed hashes of codes typed at the PC"},
    Purpose{"budgets", "keyed hashes of what limits count"},
    Purpose{"reset-tickets", "MACs of password reset tickets"},
    Purpose{"unlock", "keyed hashes of certificates' unlock verifiers"},
    Purpose{"audit", "MACs of the audit's seals"},
    Purpose{"decoys", "stand-in values for accounts that are not there"},
    Purpose{"index.key", "blind index of identity numbers and phones"},
};

std::string seconds_text(WallTime at) {
    return format_time(std::chrono::floor<std::chrono::seconds>(at));
}

std::string file_time(const std::filesystem::path& file) {
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0) return "missing";
    return seconds_text(WallTime{std::chrono::seconds{facts.st_mtim.tv_sec}});
}

void line(std::string_view purpose, std::string_view id, std::string_view since, std::string_view state,
          std::string_view protects) {
    fmt::print("{:<14} {:<10} {:<21} {:<10} {}\n", purpose, id, since, state, protects);
}

std::string_view state_of(bool is_used, bool is_next) {
    return is_used ? "in use" : is_next ? "next" : "former";
}

void list_ring(const Config& config, WallTime now) {
    const auto entries = read_token_ring(config.data_folder);
    const TokenRing ring = ring_at(entries, config.node, now, token_life(config));
    for (const TokenRingEntry& entry : entries) {
        const bool since_ever = entry.used_from == WallTime{};
        line("token", std::string(1, entry.key.id),
             since_ever ? file_time(config.data_folder / "keys" / "token-ring")
                        : seconds_text(entry.used_from),
             state_of(entry.key.id == ring.current.id, ring.next && entry.key.id == ring.next->id),
             "MACs of waiting browsers' codes");
    }
}

void list_field_keys(const Config& config, Random& random, WallTime now) {
    const auto folder = config.data_folder / "keys";
    auto keys = load_field_keys(folder, random);
    if (!keys) throw std::runtime_error(keys.error());
    int used = 0;
    for (const auto& [id, key] : keys->masters) {
        const auto from = keys->used_from.find(id);
        if (used == 0 || from == keys->used_from.end() || from->second <= now) used = id;
    }
    for (const auto& [id, key] : keys->masters) {
        const auto from = keys->used_from.find(id);
        line("sealing", fmt::format("{}", id),
             from == keys->used_from.end() ? file_time(folder / fmt::format("field-{}.key", id))
                                           : seconds_text(from->second),
             state_of(id == used, id > used),
             "identity numbers, names, phones, unlock secrets in the database");
    }
}

void list_authorities(const Config& config, Random& random, WallTime now) {
    const Authorities all = open_authorities(config.data_folder / "ca", config.ca_algorithm, random, now);
    const auto used = issuing_at(all, now);
    for (const auto& each : all) {
        const auto file = config.data_folder / "ca" /
                          (each->generation == 1 ? "ca.crt" : fmt::format("ca-{}.crt", each->generation));
        line("ca", each->id, each->used_from == WallTime{} ? file_time(file) : seconds_text(each->used_from),
             state_of(each->id == used->id, each->generation > used->generation),
             fmt::format("certificates ({}) and the list of those it revoked", name_of(each->algorithm)));
    }
}

int list(const Config& config, Random& random, WallTime now) {
    line("PURPOSE", "ID", "SINCE", "STATE", "PROTECTS");
    list_ring(config, now);
    list_field_keys(config, random, now);
    list_authorities(config, random, now);
    for (const Purpose& each : others)
        line(each.file == "index.key" ? "index" : each.file, "-",
             file_time(config.data_folder / "keys" / each.file), "in use", each.protects);
    return 0;
}

int rotate(const Config& config, Random& random, const KeyCommand& command) {
    const std::string& what = command.words[2];
    const WallTime from = std::chrono::ceil<std::chrono::seconds>(command.now + command.after);
    if (what == "token") {
        rotate_token_key(config.data_folder, random, command.now, from, token_life(config));
    } else if (what == "sealing") {
        if (auto done = rotate_field_key(config.data_folder / "keys", random, command.now, from); !done)
            throw std::runtime_error(done.error());
    } else {
        rotate_authority(config.data_folder / "ca", config.ca_algorithm, random, command.now, from);
    }
    fmt::print("a new {} key is there; servers use it from {}\n", what, seconds_text(from));
    fmt::print("nodes with a folder of their own: copy {} to them before that\n",
               (config.data_folder / (what == "ca" ? "ca" : "keys")).string());
    return 0;
}

}  // namespace

bool is_key_command(const std::vector<std::string>& words) {
    if (words.size() == 2) return words[0] == "keys" && words[1] == "list";
    return words.size() == 3 && words[0] == "keys" && words[1] == "rotate" &&
           (words[2] == "token" || words[2] == "sealing" || words[2] == "ca");
}

int run_key_command(const Config& config, Random& random, KeyCommand command) {
    if (command.words[1] == "list") return list(config, random, command.now);
    // Servers look every two seconds.
    if (command.after < std::chrono::seconds(5) || command.after > std::chrono::hours(720))
        throw std::runtime_error("--after: 5s to 720h are allowed");
    return rotate(config, random, command);
}

std::string key_commands_help() {
    return "  qrgate keys list                    purpose, id, since when, what each protects\n"
           "  qrgate keys rotate token|sealing|ca [--after 60s]\n"
           "                                      a new key, without a restart\n";
}

}  // namespace qrgate
