#include "storage/pg_reseal.hpp"

#include <array>
#include <optional>
#include <span>

#include "storage/pg_array.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

struct Column {
    std::string_view name;
    PgStatement write;  // $1 keys, $2 as it was, $3 as it is to be
};

struct Table {
    std::string_view name;
    PgStatement read;  // $1 after, $2 rows; key, then the columns
    std::span<const Column> columns;
};

constexpr std::array person_columns{
    Column{"number",
           {"reseal_person_number",
            "UPDATE person t SET number = n.fresh "
            "FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(id, former, fresh) "
            "WHERE t.id = n.id AND t.number = n.former"}},
    Column{"name",
           {"reseal_person_name",
            "UPDATE person t SET name = n.fresh "
            "FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(id, former, fresh) "
            "WHERE t.id = n.id AND t.name = n.former"}},
    Column{"phone",
           {"reseal_person_phone",
            "UPDATE person t SET phone = n.fresh "
            "FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(id, former, fresh) "
            "WHERE t.id = n.id AND t.phone = n.former"}},
};
constexpr std::array certificate_columns{
    Column{"unlock_secret",
           {"reseal_certificate_unlock_secret",
            "UPDATE certificate t SET unlock_secret = n.fresh "
            "FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(id, former, fresh) "
            "WHERE t.serial = n.id AND t.unlock_secret = n.former"}},
};
constexpr std::array desk_case_columns{
    Column{"phone",
           {"reseal_desk_case_phone",
            "UPDATE desk_case t SET phone = n.fresh "
            "FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS n(id, former, fresh) "
            "WHERE t.id = n.id AND t.phone = n.former"}},
};
constexpr std::array tables{
    Table{"person",
          {"reseal_read_person",
           "SELECT id, number, name, phone FROM person WHERE id > $1::text ORDER BY id LIMIT $2::integer",
           PgUse::read},
          person_columns},
    Table{"certificate",
          {"reseal_read_certificate",
           "SELECT serial, unlock_secret FROM certificate WHERE serial > $1::text ORDER BY serial LIMIT "
           "$2::integer",
           PgUse::read},
          certificate_columns},
    Table{"desk_case",
          {"reseal_read_desk_case",
           "SELECT id, phone FROM desk_case WHERE id > $1::text ORDER BY id LIMIT $2::integer", PgUse::read},
          desk_case_columns},
};

// The parameters of a column's `write`.
struct Changes {
    PgArray keys = {};
    PgArray former = {};
    PgArray fresh = {};
    std::int64_t count = 0;
    std::int64_t broken = 0;
};

Changes changes_of(const FieldSealer& sealer, const Table& table, std::size_t column, const PgRows& rows) {
    Changes changes;
    const int at = static_cast<int>(column) + 1;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows.is_null(row, at)) continue;
        const Bytes former = rows.octets(row, at);
        if (FieldSealer::key_of(former) == sealer.sealing_key()) continue;
        const FieldPlace place{
            .table = table.name, .column = table.columns[column].name, .row = rows.text(row, 0)};
        auto clear = sealer.open(place, former);
        if (!clear) {
            ++changes.broken;
            continue;
        }
        changes.keys.text(place.row);
        changes.former.octets(former);
        changes.fresh.octets(sealer.seal(place, *clear));
        wipe(*clear);
        ++changes.count;
    }
    return changes;
}

}  // namespace

std::vector<std::string> sealed_columns() {
    std::vector<std::string> names;
    for (const Table& table : tables)
        for (const Column& column : table.columns)
            names.push_back(std::string(table.name) + "." + std::string(column.name));
    return names;
}

void Resealer::begin() {
    pass_ = {};
    written_before_ = 0;
}

Task<Result<Resealed>> Resealer::some(int rows) {
    const auto so_far = [this] {
        return Resealed{pass_.finished, written_before_ + pass_.written, pass_.broken};
    };
    if (pass_.finished) co_return so_far();
    const Table& table = tables.at(pass_.table);
    const std::uint8_t key = sealer_.sealing_key();
    auto read = co_await database_.submit(table.read, {pg(pass_.after), pg(rows)});
    if (!read) co_return read.error();
    if (key != sealer_.sealing_key()) co_return so_far();  // begin() was called meanwhile
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        Changes changes = changes_of(sealer_, table, column, *read);
        pass_.broken += changes.broken;
        if (changes.count == 0) continue;
        auto written = co_await database_.submit(
            table.columns[column].write, {std::move(changes.keys).value(), std::move(changes.former).value(),
                                          std::move(changes.fresh).value()});
        if (!written) co_return written.error();
        if (key != sealer_.sealing_key()) co_return so_far();
        pass_.written += changes.count;
    }
    if (read->size() == static_cast<std::size_t>(rows)) {
        pass_.after = std::string(read->text(read->size() - 1, 0));
        co_return so_far();
    }
    pass_.after.clear();
    if (++pass_.table < tables.size()) co_return so_far();
    // What another node sealed with the former key a moment ago is found by the next pass.
    const bool found_any = pass_.written > 0;
    written_before_ += pass_.written;
    const std::int64_t broken = pass_.broken;
    pass_ = {};
    pass_.finished = !found_any;
    if (pass_.finished) pass_.broken = broken;
    co_return so_far();
}

}  // namespace qrgate
