// The server's secret keys, one file and one purpose each, in data_folder/keys (folder 0700, files 0600, 32
// octets; the token ring: two keys with their ids). Made at the first start, atomically; nodes of one
// installation share them by copying the folder. Field keys and the blind index key are storage's own
// (storage/sealed_field). Read once at start; then constant. Owned by App. Errors: std::runtime_error with
// one plain line (wrong mode, wrong size, unreadable).
#pragma once

#include <filesystem>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
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
Keys open_keys(const std::filesystem::path& data_folder, char node, Random& random);

// Makes a new current token key; the former stays as `previous`, the one before is gone. Takes effect at the
// next start. On a running installation wait a ticket's life between two rotations.
void rotate_token_key(const std::filesystem::path& data_folder, Random& random);

}  // namespace qrgate
