// Encryption of single fields and their blind index. Owned by App; the I/O thread; outlives PgStorage.
// A sealed field is: suite octet, key id octet, then
//   sm4_ctr_hmac_sm3: IV (16), ciphertext, HMAC-SM3 (32) over suite, key id, table, column, row, IV,
//   ciphertext; aes_256_gcm:      nonce (12), ciphertext, tag (16), with suite, key id, table, column and row
//   as AAD.
// After `qrgate keys rotate sealing` there are several keys: all open, the newest whose time has come seals,
// and pg_reseal writes older fields anew. Invariant: a field opens only in the table, column and row it was
// sealed for. Reading takes any suite and any key of the ring, whatever is the default for writing. Key
// material is wiped on destruction and never logged. Errors: internal_error for a field that was not sealed
// here (changed, moved, or its key is not in the ring).
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/person.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"

namespace qrgate {

enum class SealSuite : std::uint8_t { sm4_ctr_hmac_sm3 = 1, aes_256_gcm = 2 };
std::optional<SealSuite> seal_suite(std::string_view name) noexcept;  // "sm4", "aes"
std::string_view name_of(SealSuite suite) noexcept;

// Where a field lives. Row is the row's primary key.
struct FieldPlace {
    std::string_view table;
    std::string_view column;
    std::string_view row;
};

// Master keys by id, when each begins to seal (absent: at once), and the key of the blind index.
struct FieldKeys {
    FieldKeys() = default;
    FieldKeys(FieldKeys&&) = default;
    FieldKeys& operator=(FieldKeys&&) = default;
    ~FieldKeys();

    std::map<std::uint8_t, Digest> masters = {};
    std::map<std::uint8_t, WallTime> used_from = {};
    Digest index{};
};

// Reads `folder`/field-<id>.key (id 1 to 255: 64 hex digits; from the second on, on the next line, "seals
// from 2026-11-22T08:00:00Z") and `folder`/index.key; makes field-1.key and index.key (0600, 32 random octets
// as hex) where neither kind is there yet. The error is one plain line for the operator.
boost::system::result<FieldKeys, std::string> load_field_keys(const std::filesystem::path& folder,
                                                              Random& random);

// Adds a key that seals from `used_from` on. The error as above; refused while the newest does not seal yet.
boost::system::result<void, std::string> rotate_field_key(const std::filesystem::path& folder, Random& random,
                                                          WallTime now, WallTime used_from);

class FieldSealer {
public:
    // At least one master. `random` outlives this.
    FieldSealer(FieldKeys keys, SealSuite suite, Random& random);
    ~FieldSealer();
    // Takes over keys that were added; the index key stays.
    void adopt(const FieldKeys& keys);
    // The newest key whose time has come seals from now on. Never asked: the newest of all. Whether it is
    // another than before.
    bool look_at_the_time(WallTime now) noexcept;
    // Whether fields may be there that another key sealed.
    bool has_former_keys() const noexcept { return keys_.begin()->first != seals_; }
    std::uint8_t sealing_key() const noexcept { return seals_; }
    // The key of a sealed field.
    static std::optional<std::uint8_t> key_of(ByteView sealed) noexcept;

    FieldSealer(const FieldSealer&) = delete;
    FieldSealer& operator=(const FieldSealer&) = delete;

    Bytes seal(FieldPlace place, ByteView clear) const;
    Result<Bytes> open(FieldPlace place, ByteView sealed) const;
    Bytes seal_text(FieldPlace place, std::string_view clear) const;
    Result<std::string> open_text(FieldPlace place, ByteView sealed) const;

    // HMAC-SHA-256 over (purpose, kind, value) under the index key; `value` in normal form. Equal values of
    // the same purpose and kind, and only those, have equal indexes.
    Digest index(std::string_view purpose, PersonKind kind, std::string_view value) const;

private:
    struct Derived;
    std::map<std::uint8_t, std::unique_ptr<Derived>> keys_;
    std::map<std::uint8_t, WallTime> used_from_;
    std::uint8_t seals_ = 0;
    Digest index_key_{};
    SealSuite suite_;
    Random& random_;
};

}  // namespace qrgate
