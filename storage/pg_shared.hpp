// What the statement files of pg_storage share: joining constant SQL, column lists with their readers,
// refusals. Private to pg_*.cpp. A column list and its reader belong together: the reader counts from the
// list's first column.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "storage/pg_database.hpp"
#include "storage/sealed_field.hpp"
#include "storage/storage.hpp"

namespace qrgate::pg_sql {

// Constant text joined by the compiler: statements share fragments, and nothing is built at run time.
template <std::size_t N>
struct Text {
    char octets[N]{};
    consteval Text(const char (&text)[N]) {  // NOLINT: a literal is a Text
        for (std::size_t i = 0; i < N; ++i)
            octets[i] = text[i];
    }
};

template <Text... parts>
struct Joined {
    static constexpr auto make() {
        std::array<char, ((sizeof(parts.octets) - 1) + ... + 1)> out{};
        std::size_t at = 0;
        const auto add = [&](const char* text, std::size_t size) {
            for (std::size_t i = 0; i < size; ++i)
                out[at++] = text[i];
        };
        (add(parts.octets, sizeof(parts.octets) - 1), ...);
        return out;  // ends with NUL, as C libraries like it
    }
    static constexpr auto octets = make();
};

template <Text... parts>
inline constexpr std::string_view sql{Joined<parts...>::octets.data(), Joined<parts...>::octets.size() - 1};

inline constexpr Text ticket_columns{
    " k.token_hash, k.token, k.state, k.deadline, k.wrong_signatures, k.wrong_codes, k.pre_session_hash, "
    "k.person_id,"
    " k.phone_session_id, k.certificate, k.nonce, k.browser_family, k.browser_os, k.browser_address, "
    "k.browser_place,"
    " k.browser_started_at, k.origin, k.scanned_at, k.signing_expires_at, k.needs_code, k.session_id, "
    "k.easy "};
Ticket read_ticket(const PgRows& rows, std::size_t row, int first);

// Of a session `s` and its person `p`.
inline constexpr Text session_columns{
    " s.id, s.person_id, s.kind, s.method, s.aal, s.opened_at, s.last_used_at, s.idle_ends_at, s.expires_at, "
    "s.address,"
    " s.browser, s.place, s.device_hash, p.kind, p.name, p.level "};
inline constexpr int session_width = 16;
Result<Session> read_session(const FieldSealer& sealer, const PgRows& rows, std::size_t row, int first);

inline constexpr Text certificate_columns{
    " c.serial, c.person_id, c.algorithm, c.public_key, c.der, c.not_before, c.not_after, c.state, "
    "c.device_hash,"
    " c.unlock_failures, c.issued_at "};
Certificate read_certificate(const PgRows& rows, std::size_t row, int first);

inline constexpr Text audit_columns{
    " (event, outcome, person_id, method, subject, address, request_id, at) "};

// The error a statement's `code` column names; `again` and anything unknown are conflict.
Errc refusal(std::string_view code) noexcept;

PgValue pg_digest(const std::optional<Digest>& digest);

// How often a statement that lost a race for a new row is run.
inline constexpr int attempts = 5;

}  // namespace qrgate::pg_sql
