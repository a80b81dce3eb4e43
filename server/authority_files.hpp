// The CA's files: one key and certificate for each generation, ca.key and ca.crt for the first, ca-2.key and
// ca-2.crt for the one that `qrgate keys rotate ca` made then, and so on. Made at the first start. Above the
// PEM of a later generation stands when nodes begin to issue with it ("Issues from: 2026-11-22T08:00:00Z"):
// until then every node knows it already. Earlier ones are kept: they sign the lists of what they issued.
// Private to the certificate authority (includes OpenSSL). Blocking; errors: std::runtime_error with one
// plain line.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "protocol/random.hpp"
#include "protocol/time.hpp"
#include "server/x509.hpp"

namespace qrgate {

struct Authority {
    int generation = 1;
    std::string id = {};  // 8 hex digits of its key's hash; also in its name
    WallTime used_from{};
    KeyAlgorithm algorithm = KeyAlgorithm::sm2;
    KeyPtr key = {};
    X509Ptr certificate = {};
    Bytes der = {};
    Bytes name = {};  // its subject, DER: what certificates name as their issuer
};
// By generation; never empty.
using Authorities = std::vector<std::shared_ptr<const Authority>>;

// Makes the first generation where there is none.
Authorities open_authorities(const std::filesystem::path& folder, KeyAlgorithm for_new, Random& random,
                             WallTime now);
// Adds a generation; refused while the newest is not in use yet.
void rotate_authority(const std::filesystem::path& folder, KeyAlgorithm algorithm, Random& random,
                      WallTime now, WallTime used_from);
// The newest whose time has come.
std::shared_ptr<const Authority> issuing_at(const Authorities& authorities, WallTime now);

Serial new_serial(Random& random);

}  // namespace qrgate
