// One statement that does for many what another does for one: each parameter is an array, the i-th element
// of every array is the i-th member's value. PgGroup runs it in place of two or more of the same statement in
// one group, because most of a short statement's cost is starting it. Constants; any thread.
// Rules for the SQL: exactly one row for each element of $1, in their order; members do not see each other,
// and their first values differ (what shares a first value does not travel in one statement). A time or a
// number comes as text and is cast after unnest.
#pragma once

#include <span>
#include <string_view>

#include "storage/pg_database.hpp"

namespace qrgate {

struct PgJoined {
    PgStatement statement;
    std::string_view columns;  // one letter a parameter: t = text[], o = bytea[] (octets)
};

// The parameters of `joined` for these members, as binary arrays. All have as many values as `columns` has
// letters.
PgValues joined_values(const PgJoined& joined, std::span<const PgValues* const> members);

}  // namespace qrgate
