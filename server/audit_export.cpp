#include "server/audit_export.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "server/audit_check.hpp"
#include "server/standard_events.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int seals_a_page = 200;

// RFC 3339 with all the microseconds, so that what was hashed can be made again.
std::string exact_time(WallTime at) {
    std::string text = format_time(at);
    auto micros = at.time_since_epoch().count() % 1'000'000;
    if (micros < 0) micros += 1'000'000;
    std::string digits = std::to_string(micros);
    digits.insert(0, 6 - digits.size(), '0');
    text.insert(text.size() - 1, "." + digits);
    return text;
}

boost::json::object row_line(const ChainRow& it, std::int64_t seal) {
    const AuditEvent& event = it.row.event;
    boost::json::object line;
    line["type"] = "row";
    if (seal > 0) line["seal"] = seal;
    line["position"] = it.place.position;
    line["number"] = it.place.number;
    line["at"] = exact_time(event.at);
    line["event"] = event.event;
    line["standard"] = standard_event(it);
    line["outcome"] = event.outcome;
    if (event.person_id) line["person"] = *event.person_id;
    line["method"] = event.method;
    line["subject"] = event.subject;
    line["address"] = it.row.trace.address;
    line["request"] = it.row.trace.request_id;
    line["digest"] = hex(row_digest(it));
    return line;
}

boost::json::object seal_line(const AuditSeal& seal, const Digest& before) {
    boost::json::object line;
    line["type"] = "seal";
    line["seal"] = seal.seal;
    line["position"] = seal.last.position;
    line["number"] = seal.last.number;
    line["at"] = exact_time(seal.sealed_at);
    line["rows"] = seal.rows;
    line["before"] = hex(before);
    line["digest"] = hex(seal.digest);
    line["mac"] = hex(seal.mac);
    return line;
}

constexpr std::array columns{"type",     "seal",    "position", "number", "at",      "event",
                             "standard", "outcome", "person",   "method", "subject", "address",
                             "request",  "rows",    "before",   "digest", "mac"};

// RFC 4180.
std::string csv_field(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

std::string csv_line(const boost::json::object& line) {
    std::string out;
    for (const char* column : columns) {
        if (column != columns.front()) out += ',';
        const auto* value = line.if_contains(column);
        if (value == nullptr) continue;
        out += value->is_string() ? csv_field(std::string_view(value->as_string()))
                                  : boost::json::serialize(*value);
    }
    return out;
}

class Writer {
public:
    explicit Writer(const AuditExport& order) : order_(order) {
        if (order.format != AuditFormat::csv) return;
        std::string head;
        for (const char* column : columns)
            head += (head.empty() ? "" : ",") + std::string(column);
        write(head);
    }
    void line(const boost::json::object& line) {
        write(order_.format == AuditFormat::csv ? csv_line(line) : boost::json::serialize(line));
    }
    bool ok() const { return ok_; }

private:
    void write(std::string text) {
        text += order_.format == AuditFormat::csv ? "\r\n" : "\n";
        ok_ = ok_ && std::fwrite(text.data(), 1, text.size(), order_.out) == text.size();
    }

    const AuditExport& order_;
    bool ok_ = true;
};

// The seal behind which the export begins; its number 0: the beginning.
Task<Result<AuditSeal>> seal_before(AuditLedger& ledger, std::optional<WallTime> from) {
    auto start = co_await ledger.start();
    if (!start) co_return start.error();
    AuditSeal before;
    if (*start > 0) {
        auto seals = co_await ledger.seals(*start, 1);
        if (!seals) co_return seals.error();
        if (!seals->empty()) before = std::move(seals->front());
    }
    if (!from) co_return before;
    auto later = co_await ledger.last_seal_before(*from);
    if (!later) co_return later.error();
    if (*later && (*later)->seal > before.seal) before = std::move(**later);
    co_return before;
}

Task<Result<std::int64_t>> write_rows(ChainReader& reader, Writer& writer, ChainPlace last,
                                      std::int64_t seal) {
    std::int64_t count = 0;
    for (;;) {
        auto row = co_await reader.next(last);
        if (!row) co_return row.error();
        if (!*row) co_return count;
        writer.line(row_line(**row, seal));
        ++count;
    }
}

}  // namespace

Task<Result<std::int64_t>> export_audit(AuditLedger& ledger, AuditExport order) {
    auto begin = co_await seal_before(ledger, order.from);
    if (!begin) co_return begin.error();
    AuditSeal before = std::move(*begin);
    ChainReader reader(ledger, before.last);
    Writer writer(order);
    std::int64_t count = 0;
    for (bool more = true; more;) {
        auto seals = co_await ledger.seals(before.seal + 1, seals_a_page);
        if (!seals) co_return seals.error();
        more = !seals->empty();
        if (more) reader.reach(seals->back().last);
        for (const AuditSeal& seal : *seals) {
            if (order.to && seal.sealed_at > *order.to) co_return count;
            auto written = co_await write_rows(reader, writer, seal.last, seal.seal);
            if (!written) co_return written.error();
            count += *written;
            writer.line(seal_line(seal, before.digest));
            before = seal;
        }
    }
    // Not sealed yet.
    reader.reach(end_of_chain);
    auto written = co_await write_rows(reader, writer, end_of_chain, 0);
    if (!written) co_return written.error();
    if (!writer.ok()) co_return Errc::internal_error;
    co_return count + *written;
}

}  // namespace qrgate
