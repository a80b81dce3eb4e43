#include "storage/pg_shared.hpp"

#include "storage/names.hpp"

namespace qrgate::pg_sql {
namespace {

std::string copy(const PgRows& rows, std::size_t row, int column) {
    return std::string(rows.text(row, column));
}

std::optional<Digest> optional_digest(const PgRows& rows, std::size_t row, int column) {
    if (rows.is_null(row, column)) return std::nullopt;
    return rows.digest(row, column);
}

int small(const PgRows& rows, std::size_t row, int column) {
    return static_cast<int>(rows.integer(row, column));
}

}  // namespace

// The words below come from columns with CHECK constraints; value_or never speaks.
Ticket read_ticket(const PgRows& rows, std::size_t row, int first) {
    int at = first;
    Ticket it;
    it.token_hash = rows.digest(row, at++);
    it.token = copy(rows, row, at++);
    it.life.state = ticket_state(rows.text(row, at++)).value_or(TicketState::dead);
    it.life.deadline = rows.time(row, at++);
    it.life.wrong_signatures = small(rows, row, at++);
    it.life.wrong_codes = small(rows, row, at++);
    it.pre_session_hash = rows.digest(row, at++);
    it.person_id = copy(rows, row, at++);
    it.phone_session_id = copy(rows, row, at++);
    it.certificate = copy(rows, row, at++);
    it.nonce = copy(rows, row, at++);
    it.browser.family = copy(rows, row, at++);
    it.browser.os = copy(rows, row, at++);
    it.browser.address = copy(rows, row, at++);
    it.browser.place = copy(rows, row, at++);
    it.browser.started_at = rows.time(row, at++);
    it.origin = copy(rows, row, at++);
    it.scanned_at = rows.time(row, at++);
    it.signing_expires_at = rows.time(row, at++);
    it.needs_code = rows.boolean(row, at++);
    if (!rows.is_null(row, at)) it.session_id = copy(rows, row, at);
    it.easy = rows.boolean(row, at + 1);
    return it;
}

Result<Session> read_session(const FieldSealer& sealer, const PgRows& rows, std::size_t row, int first) {
    int at = first;
    Session it;
    it.id = copy(rows, row, at++);
    it.person_id = copy(rows, row, at++);
    it.kind = session_kind(rows.text(row, at++)).value_or(SessionKind::browser);
    it.method = login_method(rows.text(row, at++)).value_or(LoginMethod::password);
    it.aal = small(rows, row, at++);
    it.opened_at = rows.time(row, at++);
    it.last_used_at = rows.time(row, at++);
    it.idle_ends_at = rows.time(row, at++);
    it.expires_at = rows.time(row, at++);
    it.address = copy(rows, row, at++);
    it.browser = copy(rows, row, at++);
    it.place = copy(rows, row, at++);
    it.device_hash = optional_digest(rows, row, at++);
    it.person_kind = person_kind(rows.text(row, at++)).value_or(PersonKind::personal);
    auto name =
        sealer.open_text({.table = "person", .column = "name", .row = it.person_id}, rows.octets(row, at++));
    if (!name) return name.error();
    it.person_name = std::move(*name);
    it.person_level = small(rows, row, at);
    return it;
}

Certificate read_certificate(const PgRows& rows, std::size_t row, int first) {
    int at = first;
    Certificate it;
    it.serial = copy(rows, row, at++);
    it.person_id = copy(rows, row, at++);
    it.algorithm = key_algorithm(rows.text(row, at++)).value_or(KeyAlgorithm::sm2);
    it.public_key = rows.octets(row, at++);
    it.der = rows.octets(row, at++);
    it.not_before = rows.time(row, at++);
    it.not_after = rows.time(row, at++);
    it.state = certificate_state(rows.text(row, at++)).value_or(CertificateState::revoked);
    it.device_hash = rows.digest(row, at++);
    it.unlock_failures = small(rows, row, at++);
    it.issued_at = rows.time(row, at);
    return it;
}

Errc refusal(std::string_view code) noexcept {
    constexpr std::array known{Errc::credentials_wrong,    Errc::session_missing,   Errc::code_wrong,
                               Errc::level_too_low,        Errc::ticket_unknown,    Errc::certificate_missing,
                               Errc::certificate_unusable, Errc::ticket_taken,      Errc::ticket_state,
                               Errc::ticket_expired,       Errc::certificate_limit, Errc::not_found,
                               Errc::proofing_needed};
    for (const Errc errc : known)
        if (info(errc).code == code) return errc;
    return Errc::conflict;
}

PgValue pg_digest(const std::optional<Digest>& digest) {
    return digest ? pg(*digest) : PgValue{};
}

}  // namespace qrgate::pg_sql
