// The server's secret keys, one file and one purpose each, in data_folder/keys (folder 0700, files 0600, 32
// octets; the token ring: see below). Made at the first start, atomically; nodes of one installation share
// them by copying or sharing the folder. Field keys and the blind index key are storage's own
// (storage/sealed_field). Read at start and then constant, but for the token ring (server/key_watch). Owned
// by App. Errors: std::runtime_error with one plain line (wrong mode, wrong size, unreadable).
//
// token-ring: one to three entries, oldest first, of 41 octets: id (1), key (32), and when nodes begin to
// make tokens with it (8, unix seconds, big endian). All of them are accepted from the moment they are read,
// so that a node which is late, or whose clock is, refuses nothing. A file of the first form has entries
// without times (33 octets, newest first): in use.
#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"
#include "protocol/token.hpp"

namespace qrgate {

struct Keys {
    TokenRing tokens = {};   // token-ring: MACs of ticket tokens; `node` is the configured one
    Digest pre_session{};    // pre-session: MACs of pre-session cookies
    Digest device{};         // device-cookie: MACs of device cookies
    Digest sms_codes{};      // sms-codes: keyed hashes of codes sent by text
    Digest typed_codes{};    // typed-codes: keyed hashes of the codes typed at the PC (`needs_code`)
    Digest budgets{};        // budgets: keyed hashes of what budgets count (numbers, phones, addresses)
    Digest reset_tickets{};  // reset-tickets: MACs of password reset tickets
    Digest unlock{};         // unlock: keyed hashes of certificates' unlock verifiers
    Digest audit{};          // audit: MACs of the audit chain's seals; never exchanged (docs/operating.md)
    Digest decoys{};         // decoys: stand-in values for accounts that are not there, the same each time

    ~Keys();  // wipes
};

// Opens the keys, making those that are missing. A lost key ends what it protected (of `unlock`:
// every passphrase), a shared one protects nothing; so keep a backup, and a file that others may read is
// refused, not mended.
Keys open_keys(const std::filesystem::path& data_folder, char node, Random& random, WallTime now,
               std::chrono::seconds token_life);

struct TokenRingEntry {
    TokenKey key = {};
    WallTime used_from{};

    TokenRingEntry() = default;
    TokenRingEntry(const TokenRingEntry&) = default;
    TokenRingEntry& operator=(const TokenRingEntry&) = default;
    ~TokenRingEntry();  // wipes
};
std::vector<TokenRingEntry> read_token_ring(const std::filesystem::path& data_folder);
// What the entries mean at a time. The key before counts for a token's life, with the ticket that follows.
TokenRing ring_at(const std::vector<TokenRingEntry>& entries, char node, WallTime now,
                  std::chrono::seconds token_life);

// Adds a key that is used from `used_from` on; the one in use stays until its last token has ended, the one
// before is gone. Refused while tokens of the one before may still be out.
void rotate_token_key(const std::filesystem::path& data_folder, Random& random, WallTime now,
                      WallTime used_from, std::chrono::seconds token_life);

}  // namespace qrgate
