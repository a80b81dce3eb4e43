#include "server/risk.hpp"

#include <algorithm>
#include <string>

#include "server/client_address.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::minutes half_life{10};
// Failures within a half-life that are nobody's fault: one person's, one address's (many people may share
// it), everybody's together. From then on each doubling doubles the work.
constexpr int free_of_person = 3;
constexpr int free_of_address = 12;
constexpr int free_of_all = 600;

constexpr BudgetRule denials{.shape = BudgetRule::Shape::backoff,
                             .limit = 3,
                             .window = std::chrono::minutes(30),
                             .first_wait = std::chrono::seconds(30),
                             .max_wait = std::chrono::minutes(10),
                             .ceiling = 0};

int doubled(int failures, int usual) {
    int work = 1;
    for (int n = usual; failures >= n && work < Risk::most_work; n *= 2)
        work *= 2;
    return work;
}

}  // namespace

Digest Risk::key_of(std::string_view kind, std::string_view whom) const {
    std::string named = "risk:" + std::string(kind) + ":";
    named += whom;
    return hmac_sha256(key_, as_bytes(named));
}

Risk::Row* Risk::find(const Digest& key, WallTime now) {
    const auto known = by_key_.find(key);
    if (known == by_key_.end()) return nullptr;
    Row& row = *known->second;
    while (row.count > 0 && now >= row.since + half_life) {
        row.count /= 2;
        row.since += half_life;
    }
    return &row;
}

Risk::Row& Risk::touch(const Digest& key, WallTime now) {
    if (Row* row = find(key, now)) {
        if (row->count == 0) row->since = now;
        rows_.splice(rows_.end(), rows_, by_key_.at(key));
        return *row;
    }
    if (!rows_.empty() && rows_.size() >= limit_) {
        by_key_.erase(rows_.front().key);
        rows_.pop_front();
    }
    rows_.push_back(Row{.key = key, .since = now});
    by_key_.emplace(key, std::prev(rows_.end()));
    return rows_.back();
}

int Risk::count(std::string_view kind, std::string_view whom, WallTime now) {
    const Row* row = find(key_of(kind, whom), now);
    return row == nullptr ? 0 : row->count;
}

void Risk::failed(std::string_view address, std::string_view whom, WallTime now) {
    ++touch(key_of("all", ""), now).count;
    if (!address.empty()) ++touch(key_of("address", customer_of(address)), now).count;
    if (!whom.empty()) ++touch(key_of("person", whom), now).count;
}

void Risk::succeeded(std::string_view whom) {
    const auto known = by_key_.find(key_of("person", whom));
    if (known == by_key_.end()) return;
    rows_.erase(known->second);
    by_key_.erase(known);
}

int Risk::work(std::string_view address, std::string_view whom, WallTime now) {
    int most = doubled(count("all", "", now), free_of_all);
    if (!address.empty())
        most = std::max(most, doubled(count("address", customer_of(address), now), free_of_address));
    if (!whom.empty()) most = std::max(most, doubled(count("person", whom, now), free_of_person));
    return most;
}

void Risk::ask_more(const Digest& holder, int work, WallTime now) {
    int count = 0;
    for (int reached = 1; reached < work; reached *= 2)
        count = count == 0 ? free_of_person : count * 2;
    if (count == 0) return;
    Row& row = touch(key_of("holder", hex(holder)), now);
    row.count = std::max(row.count, count);
}

int Risk::asked(const Digest& holder, WallTime now) {
    return doubled(count("holder", hex(holder), now), free_of_person);
}

void Risk::denied(std::string_view address, WallTime now) {
    Row& row = touch(key_of("denied", customer_of(address)), now);
    BudgetVerdict verdict = spend(denials, row.denials, now);
    row.denials = verdict.next;
}

std::optional<std::chrono::seconds> Risk::denial_wait(std::string_view address, WallTime now) {
    const Row* row = find(key_of("denied", customer_of(address)), now);
    if (row == nullptr || !row->denials || now >= row->denials->blocked_until) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(row->denials->blocked_until - now);
}

bool Risk::may_text(int limit, WallTime now) {
    const BudgetRule hourly{.limit = limit, .window = std::chrono::hours(1)};
    BudgetVerdict verdict = spend(hourly, texts_, now);
    texts_ = verdict.next;
    return !verdict.retry_after;
}

}  // namespace qrgate
