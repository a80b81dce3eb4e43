// The part of PgConnection that speaks in pipelines: many statements sent before the first answer is read.
#include <libpq-fe.h>

#include <tuple>

#include "storage/pg_connection.hpp"
#include "storage/pg_result.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int binary_results = 1;  // libpq: all columns in binary format

}  // namespace

// `name` is the key of what is prepared or about to be: it ends with NUL.
bool PgConnection::send_execute(const std::string& name, const PgValues& values) {
    texts_.clear();
    lengths_.clear();
    formats_.clear();
    for (const PgValue& value : values) {
        const auto* text = std::get_if<std::string>(&value);
        const auto* octets = std::get_if<Bytes>(&value);
        // An empty vector's data() may be null, which libpq would send as NULL.
        const char* data =
            octets == nullptr || octets->empty() ? "" : reinterpret_cast<const char*>(octets->data());
        if (text != nullptr) data = text->c_str();
        texts_.push_back(text == nullptr && octets == nullptr ? nullptr : data);
        lengths_.push_back(octets == nullptr ? 0 : static_cast<int>(octets->size()));
        formats_.push_back(octets == nullptr ? 0 : 1);
    }
    return PQsendQueryPrepared(connection_, name.c_str(), static_cast<int>(values.size()), texts_.data(),
                               lengths_.data(), formats_.data(), binary_results) == 1;
}

bool PgConnection::send_segment(const PgSegment& segment, Names& announced, std::vector<Expected>& expected) {
    expected.reserve(segment.calls.size() + 1);
    for (PgCall* call : segment.calls) {
        auto name = prepared_.find(call->statement.name);
        if (name == prepared_.end()) {
            bool first = false;
            std::tie(name, first) = announced.emplace(call->statement.name);
            const std::string sql{call->statement.sql};
            if (first) {
                if (PQsendPrepare(connection_, name->c_str(), sql.c_str(), 0, nullptr) != 1) return false;
                expected.push_back({call, true});
            }
        }
        if (!send_execute(*name, call->values)) return false;
        expected.push_back({call, false});
    }
    return PQpipelineSync(connection_) == 1;
}

// In pipeline mode a NULL follows every statement's results and none follows the Sync. A Sync that never
// comes (the server died) shows as NULL after NULL.
Task<PgSegment::End> PgConnection::read_segment(PgSegment& segment, std::vector<Expected> expected) {
    bool refused = false;
    bool unsent = false;
    std::size_t at = 0;
    int ends_in_a_row = 0;
    while (ends_in_a_row < 3) {
        auto taken = take_ready(unsent);
        if (!taken) {
            const bool more = co_await wait_for_more(unsent);
            if (more) continue;
            taken = Taken{lost(), {}};
        }
        if (taken->next == Next::lost) co_return PgSegment::End::lost;
        if (taken->next == Next::late) co_return PgSegment::End::late;
        if (taken->next == Next::end) {
            ++ends_in_a_row;
            if (at < expected.size()) ++at;
            continue;
        }
        ends_in_a_row = 0;
        if (PQresultStatus(taken->result.get()) == PGRES_PIPELINE_SYNC) {
            co_return refused ? PgSegment::End::refused : PgSegment::End::committed;
        }
        // After the last statement only the commit itself can be refused (deferred constraints). That is the
        // fault of no member in particular, unless there is only one.
        PgCall commit{.statement = {.name = "commit", .sql = {}}};
        const Expected whose = at < expected.size()        ? expected[at]
                               : segment.calls.size() == 1 ? Expected{segment.calls.front(), false}
                                                           : Expected{&commit, false};
        if (!take_answer(whose, taken->result, refused)) break;
    }
    broken_ = true;
    co_return PgSegment::End::lost;
}

}  // namespace qrgate
