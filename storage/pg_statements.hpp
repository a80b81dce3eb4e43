// Statements of PgStorage that others run as they are: bench/ gives them to pgbench, so that both sides of a
// comparison run the same SQL. Constants; any thread.
#pragma once

#include "storage/pg_database.hpp"

namespace qrgate {

extern const PgStatement confirm_ticket_statement;    // pg_confirm.cpp says what its parameters are
extern const PgStatement find_certificate_statement;  // $1 serial

}  // namespace qrgate
