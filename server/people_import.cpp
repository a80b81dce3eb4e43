#include "server/people_import.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <vector>

#include "protocol/bytes.hpp"
#include "server/people_file.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t batch_size = 1000;
constexpr std::int64_t most_faults_shown = 1000;
constexpr std::chrono::milliseconds between_shows{250};

// One line that is written over; only where a person looks on.
class Progress {
public:
    explicit Progress(std::string_view what) : what_(what) {}

    void show(const PeopleFile& file, std::int64_t rows) {
        const auto now = std::chrono::steady_clock::now();
        if (!shown_ || now < next_) return;
        next_ = now + between_shows;
        const double seconds = std::chrono::duration<double>(now - begun_).count();
        const double part = file.size() > 0
                                ? static_cast<double>(file.octets_read()) / static_cast<double>(file.size())
                                : 1.0;
        constexpr int width = 30;
        const auto full = static_cast<std::size_t>(part * width);
        fmt::print(stderr, "\r{} [{:<30}] {:3.0f} %  {} rows, {:.0f} a second ", what_,
                   std::string(full, '='), part * 100, rows,
                   seconds > 0 ? static_cast<double>(rows) / seconds : 0.0);
        std::fflush(stderr);
        drawn_ = true;
    }
    // Before another line is printed.
    void clear() {
        if (drawn_) fmt::print(stderr, "\r\033[K");
        drawn_ = false;
    }

private:
    std::string_view what_;
    bool shown_ = ::isatty(STDERR_FILENO) == 1;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point next_ = begun_;
};

// One way through the file: good rows out, faulty ones told and counted.
class Pass {
public:
    Pass(const PeopleImport& import, Random& random, std::string_view what)
        : file_(import.file, people_format(import.format, import.file), random),
          random_(random),
          progress_(what) {}

    std::vector<NewPerson> next_batch() {
        std::vector<NewPerson> batch;
        while (batch.size() < batch_size && file_.next(row_)) {
            ++rows_;
            if (!row_.fault.empty()) {
                tell_fault();
                continue;
            }
            row_.person.id = base64url(random_.bytes<16>());
            batch.push_back(std::move(row_.person));
        }
        progress_.show(file_, rows_);
        return batch;
    }
    void clear() { progress_.clear(); }
    std::int64_t rows() const { return rows_; }
    std::int64_t refused() const { return refused_; }

private:
    void tell_fault() {
        if (++refused_ > most_faults_shown + 1) return;
        progress_.clear();
        if (refused_ > most_faults_shown) {
            fmt::print(stderr, "more than {} rows are refused: the others are counted, not shown\n",
                       most_faults_shown);
            return;
        }
        fmt::print(stderr, "row {} (line {}): {}: {}\n", row_.row, row_.line, row_.field, row_.fault);
    }

    PeopleFile file_;
    Random& random_;
    Progress progress_;
    PeopleRow row_ = {};
    std::int64_t rows_ = 0;
    std::int64_t refused_ = 0;
};

struct Stored {
    ImportReport report = {};
    std::optional<Errc> stopped = {};
    std::string unreadable = {};  // why the file cannot be read to its end

    bool goes_on() const { return !stopped && unreadable.empty(); }
};

// Takes batches until the file or the database ends.
Task<void> store_batches(Storage& storage, Pass& pass, Stored& stored, WallTime now) {
    while (stored.goes_on()) {
        std::vector<NewPerson> batch;
        try {
            batch = pass.next_batch();
        } catch (const std::runtime_error& error) {
            stored.unreadable = error.what();
            co_return;
        }
        if (batch.empty()) co_return;
        auto report = co_await storage.import_people(std::move(batch), now);
        if (!report) {
            stored.stopped = report.error();
            co_return;
        }
        stored.report.added += report->added;
        stored.report.changed += report->changed;
        stored.report.same += report->same;
    }
}

// Reads everything without storing it. Answer: how many rows are refused.
std::int64_t check_all(const PeopleImport& import, Random& random, std::int64_t& rows) {
    Pass pass(import, random, "checking ");
    while (!pass.next_batch().empty()) {
    }
    pass.clear();
    rows = pass.rows();
    return pass.refused();
}

int say_unchanged(std::int64_t rows, std::int64_t refused) {
    fmt::print("rows     {}\nrefused  {}\nnothing was changed\n", rows, refused);
    return refused == 0 ? 0 : 1;
}

Task<int> import_checked(Storage& storage, Random& random, PeopleImport import) {
    if (import.dry_run || import.strict) {
        std::int64_t rows = 0;
        const std::int64_t refused = check_all(import, random, rows);
        if (import.dry_run || refused > 0) co_return say_unchanged(rows, refused);
    }
    Pass pass(import, random, "importing");
    Stored stored;
    // While the database works on one batch, the next is read and sealed.
    using namespace asio::experimental::awaitable_operators;
    co_await (store_batches(storage, pass, stored, import.now) &&
              store_batches(storage, pass, stored, import.now));
    pass.clear();
    fmt::print("rows     {}\nadded    {}\nchanged  {}\nsame     {}\nrefused  {}\n", pass.rows(),
               stored.report.added, stored.report.changed, stored.report.same, pass.refused());
    if (stored.stopped) {
        fmt::print(stderr,
                   "qrgate: the database stopped the import ({}); run it again, what is in stays the same\n",
                   info(*stored.stopped).code);
    }
    if (!stored.unreadable.empty()) fmt::print(stderr, "qrgate: {}\n", stored.unreadable);
    co_return stored.goes_on() && pass.refused() == 0 ? 0 : 1;
}

}  // namespace

Task<int> import_people_file(Storage& storage, Random& random, PeopleImport import) {
    try {
        co_return co_await import_checked(storage, random, std::move(import));
    } catch (const std::runtime_error& error) {
        fmt::print(stderr, "qrgate: {}\n", error.what());
    }
    co_return 1;
}

}  // namespace qrgate
