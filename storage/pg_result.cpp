#include "storage/pg_result.hpp"

#include <fmt/format.h>

namespace qrgate::pg_result {

std::shared_ptr<PGresult> own(PGresult* result) {
    return {result, &PQclear};
}

std::string_view field(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string_view{} : std::string_view{text};
}

bool ends_connection(const PGresult* message) {
    const auto severity = field(message, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity.empty() || severity == "FATAL" || severity == "PANIC";
}

Errc errc_of(std::string_view sqlstate) {
    if (sqlstate == "23505") return Errc::conflict;
    if (sqlstate == "57014") return Errc::timed_out;             // statement_timeout
    if (sqlstate == "25006") return Errc::database_unavailable;  // a standby: not done, another host may
    if (lost_a_race(sqlstate)) return Errc::busy;
    return Errc::internal_error;
}

bool lost_a_race(std::string_view sqlstate) {
    return sqlstate == "40P01" || sqlstate == "40001";
}

void tell_refusal(const PgTell& tell, const PGresult* result, std::string_view name) {
    const auto sqlstate = field(result, PG_DIAG_SQLSTATE);
    const auto about = sqlstate.starts_with("42") ? field(result, PG_DIAG_MESSAGE_PRIMARY)
                                                  : field(result, PG_DIAG_CONSTRAINT_NAME);
    tell(fmt::format("PostgreSQL refused {}: SQLSTATE {} {}", name, sqlstate, about));
}

}  // namespace qrgate::pg_result
