// What a PGresult says: whether it ends the connection, which Errc a refusal is, what the operator hears of
// it. Private to pg_connection.cpp and pg_pipeline.cpp (includes libpq). Pure but for `tell`.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string_view>

#include "protocol/error.hpp"
#include "storage/pg_database.hpp"

namespace qrgate::pg_result {

std::shared_ptr<PGresult> own(PGresult* result);
std::string_view field(const PGresult* result, int code);
// libpq's own words have no severity: then the connection is lost. FATAL and PANIC end it too.
bool ends_connection(const PGresult* message);
Errc errc_of(std::string_view sqlstate);
// One of two that waited for each other, or that read what the other wrote: undone, and good for another try.
bool lost_a_race(std::string_view sqlstate);
// The message of the server may quote values, except where it is about the statement's own text (class 42).
void tell_refusal(const PgTell& tell, const PGresult* result, std::string_view name);

}  // namespace qrgate::pg_result
