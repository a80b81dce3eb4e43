// The words that rows and audit use for storage's enumerators; one place, so that both implementations agree.
// Pure. The parsers take only what `name_of` writes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/storage.hpp"

namespace qrgate {

std::string_view name_of(PersonState state) noexcept;
std::string_view name_of(SessionKind kind) noexcept;
std::string_view name_of(KeyAlgorithm algorithm) noexcept;
std::string_view name_of(CertificateState state) noexcept;
std::string_view name_of(CodePurpose purpose) noexcept;
std::string_view name_of(ProofingState state) noexcept;
std::string_view name_of(DeskAction action) noexcept;
std::string_view name_of(DeskState state) noexcept;

std::optional<PersonState> person_state(std::string_view name) noexcept;
std::optional<SessionKind> session_kind(std::string_view name) noexcept;
std::optional<KeyAlgorithm> key_algorithm(std::string_view name) noexcept;
std::optional<CertificateState> certificate_state(std::string_view name) noexcept;
std::optional<ProofingState> proofing_state(std::string_view name) noexcept;
std::optional<DeskAction> desk_action(std::string_view name) noexcept;
std::optional<DeskState> desk_state(std::string_view name) noexcept;

// How audit rows name a ticket: hex of the first 8 octets of its token's hash.
std::string audit_subject(const Digest& token_hash);

// The level a person needs to use the phone's key at all (docs/protocol.md section 5).
inline constexpr int certificate_level = 3;
// Wrong passphrases without a confirmed login between, until the certificate is disabled.
inline constexpr int unlock_tries = 10;
// How long a passed proofing permits certificates on its device, and an approval of the desk one certificate.
inline constexpr std::chrono::seconds proofing_permit{24 * 3600};
inline constexpr std::chrono::seconds desk_permit{7 * 24 * 3600};
// A session's use is written at most this often.
inline constexpr std::chrono::seconds use_written_every{60};
// What is dead this long may be purged, and nothing refers to older rows: a pre-session lives 24 h, and 48 h
// when its time is from a clock that was ahead.
inline constexpr std::chrono::seconds purge_after{49 * 3600};
// How far back a person sees logins; sessions stay that long beyond their absolute end.
inline constexpr std::chrono::seconds login_history{90 * 24 * 3600};

}  // namespace qrgate
