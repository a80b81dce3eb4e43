#include "storage/pg_joined.hpp"

#include <stdexcept>

namespace qrgate {

namespace {

// PostgreSQL's array_recv: dimensions, whether there are nulls, the element type, length, first index; then
// each element with its length, all in network order.
constexpr std::uint32_t oid_of_bytea = 17;
constexpr std::uint32_t oid_of_text = 25;
constexpr std::uint32_t length_of_null = 0xFFFFFFFF;

void append(Bytes& out, std::uint32_t number) {
    for (const int shift : {24, 16, 8, 0})
        out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append(Bytes& out, const PgValue& value) {
    const auto add = [&out](const auto& octets) {
        append(out, static_cast<std::uint32_t>(octets.size()));
        out.insert(out.end(), octets.begin(), octets.end());
    };
    if (const auto* text = std::get_if<std::string>(&value)) {
        add(*text);
    } else if (const auto* octets = std::get_if<Bytes>(&value)) {
        add(*octets);
    } else {
        append(out, length_of_null);
    }
}

Bytes array_of(char letter, std::size_t column, std::span<const PgValues* const> members) {
    bool nulls = false;
    for (const PgValues* values : members)
        nulls = nulls || std::holds_alternative<std::monostate>((*values)[column]);
    Bytes out;
    append(out, std::uint32_t{1});
    append(out, std::uint32_t{nulls});
    append(out, letter == 'o' ? oid_of_bytea : oid_of_text);
    append(out, static_cast<std::uint32_t>(members.size()));
    append(out, std::uint32_t{1});
    for (const PgValues* values : members)
        append(out, (*values)[column]);
    return out;
}

}  // namespace

PgValues joined_values(const PgJoined& joined, std::span<const PgValues* const> members) {
    for (const PgValues* values : members) {
        if (values->size() != joined.columns.size())
            throw std::logic_error("storage: a joined statement has another number of parameters");
    }
    PgValues out;
    out.reserve(joined.columns.size());
    for (std::size_t column = 0; column < joined.columns.size(); ++column)
        out.emplace_back(array_of(joined.columns[column], column, members));
    return out;
}

}  // namespace qrgate
