// Statements of PgStorage that others run as they are: bench/ gives them to pgbench, so that both sides of a
// comparison run the same SQL, and a test looks at how PostgreSQL would run them. Constants; any thread.
#pragma once

#include "storage/pg_database.hpp"

namespace qrgate {

extern const PgStatement confirm_ticket_statement;    // pg_confirm.cpp says what its parameters are
extern const PgStatement find_certificate_statement;  // $1 serial
extern const PgStatement cancel_ticket_statement;     // pg_tickets.cpp
extern const PgStatement resume_statement;            // $1 pre-session, $2 now
// pg_sessions.cpp
extern const PgStatement use_session_statement;
extern const PgStatement find_session_statement;
extern const PgStatement find_sessions_statement;
extern const PgStatement renew_session_statement;

}  // namespace qrgate
