// A PostgreSQL of the bench's own with the product's settings, filled with people, certificates and tickets
// that were scanned: what storage and its parts are measured on. Starting blocks (a second). Owned by its
// sub-command, used on one thread; removed at the end with everything in it. Errors: CannotMeasure, also when
// PostgreSQL would not keep what it acknowledges. Rows are numbered: ticket n, from 1, has the hash that is n
// in 32 octets, and belongs to person and certificate n modulo `people`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

class BenchDatabase {
public:
    static constexpr std::uint64_t people = 1000;

    // `settings`: more name=value for PostgreSQL.
    BenchDatabase(Executor executor, std::vector<std::string> settings);
    ~BenchDatabase();
    BenchDatabase(const BenchDatabase&) = delete;
    BenchDatabase& operator=(const BenchDatabase&) = delete;

    // Schema and people; refuses where fsync, full_page_writes or synchronous_commit is off.
    Task<void> prepare();
    // Only these tickets, all scanned; nothing confirmed yet.
    Task<void> fill(std::uint64_t tickets);
    Task<std::int64_t> confirmed();  // how many confirmations are in the database
    Task<void> close();

    Storage& storage() noexcept;
    const std::string& connection_string() const noexcept;
    std::filesystem::path folder() const;  // on the file system of its data

private:
    struct State;
    std::unique_ptr<State> state_;
};

// What a phone's confirm of ticket n writes: text, signature and chain of usual size.
Confirmation confirmation_of(std::uint64_t ticket, WallTime at);
Digest ticket_hash(std::uint64_t ticket);
std::string certificate_serial(std::uint64_t number);

}  // namespace qrgate::bench
