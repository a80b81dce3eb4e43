// Encryption of single fields and their blind index. Owned by App; the I/O thread; outlives PgStorage.
// A sealed field is: suite octet, key id octet, then
//   sm4_ctr_hmac_sm3: IV (16), ciphertext, HMAC-SM3 (32) over suite, key id, table, column, row, IV,
//   ciphertext; aes_256_gcm:      nonce (12), ciphertext, tag (16), with suite, key id, table, column and row
//   as AAD.
// Invariant: a field opens only in the table, column and row it was sealed for. Reading takes any suite and
// any key of the ring, whatever is the default for writing. Key material is wiped on destruction and never
// logged. Errors: internal_error for a field that was not sealed here (changed, moved, or its key is not in
// the ring).
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

// Master keys by id (the highest seals, all open) and the key of the blind index.
struct FieldKeys {
    FieldKeys() = default;
    FieldKeys(FieldKeys&&) = default;
    FieldKeys& operator=(FieldKeys&&) = default;
    ~FieldKeys();

    std::map<std::uint8_t, Digest> masters = {};
    Digest index{};
};

// Reads `folder`/field-<id>.key (id 1 to 255) and `folder`/index.key; makes field-1.key and index.key (0600,
// 32 random octets as hex) where neither kind is there yet. The error is one plain line for the operator.
boost::system::result<FieldKeys, std::string> load_field_keys(const std::filesystem::path& folder,
                                                              Random& random);

class FieldSealer {
public:
    // At least one master. `random` outlives this.
    FieldSealer(FieldKeys keys, SealSuite suite, Random& random);
    ~FieldSealer();
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
    Digest index_key_{};
    SealSuite suite_;
    Random& random_;
};

}  // namespace qrgate
