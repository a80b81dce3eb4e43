// Writes anew what a former key sealed, after `qrgate keys rotate sealing`: a bounded batch a call, table
// after table in the order of their keys, beside whatever else runs. A field that somebody else wrote
// meanwhile is left as it is. A pass that wrote something is followed by another, because other nodes may
// have sealed with the former key for a moment longer. Owned by Database; I/O thread. Errors: the database's;
// the same batch is tried again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/pg_database.hpp"
#include "storage/sealed_field.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Resealed {
    bool finished = false;     // a whole pass found nothing of a former key
    std::int64_t written = 0;  // fields, since the key in use began to seal
    std::int64_t broken = 0;   // fields of a former key that do not open; they stay as they are
};

class Resealer {
public:
    Resealer(PgDatabase& database, FieldSealer& sealer) : database_(database), sealer_(sealer) {}

    void begin();  // another key seals now
    // Reads at most `rows` rows and writes those of their fields that need it.
    Task<Result<Resealed>> some(int rows);

private:
    PgDatabase& database_;
    FieldSealer& sealer_;
    // Where the pass is, and what it has done.
    struct Pass {
        std::size_t table = 0;
        std::string after = {};  // key of the last row read; empty: from the first
        std::int64_t written = 0;
        std::int64_t broken = 0;
        bool finished = false;
    };
    Pass pass_ = {};
    std::int64_t written_before_ = 0;
};

// Every column that holds sealed fields, as table.column; a test compares it with what the database holds.
std::vector<std::string> sealed_columns();

}  // namespace qrgate
