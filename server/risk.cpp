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

// Denials at one address: how long each counts, how many slow it down, how many are one person's at most,
// and how many are kept (from the eighth on the wait is the longest).
constexpr std::chrono::minutes denial_counts_for{30};
constexpr std::size_t slow_from = 3;
constexpr int share_of_person = 3;
constexpr std::size_t most_denials = 16;
constexpr std::chrono::seconds first_wait{30};
constexpr std::chrono::seconds longest_wait{600};

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

void Risk::denied(std::string_view address, std::string_view person_id, WallTime now) {
    Row& row = touch(key_of("denied", customer_of(address)), now);
    std::erase_if(row.denials,
                  [&](const Denial& each) { return each.at > now || now >= each.at + denial_counts_for; });
    const Digest person = key_of("denier", person_id);
    if (now < row.waits_until || std::ranges::count(row.denials, person, &Denial::person) >= share_of_person)
        return;
    if (row.denials.size() == most_denials) row.denials.erase(row.denials.begin());
    row.denials.push_back({.person = person, .at = now});
    if (row.denials.size() < slow_from) return;
    std::chrono::seconds wait = first_wait;
    for (std::size_t n = slow_from; n < row.denials.size(); ++n)
        wait = std::min(wait * 2, longest_wait);
    row.waits_until = now + wait;
}

void Risk::confirmed(std::string_view address, WallTime now) {
    Row* row = find(key_of("denied", customer_of(address)), now);
    if (row == nullptr || row->denials.empty()) return;
    row->denials.erase(row->denials.begin());
    if (row->denials.size() < slow_from) row->waits_until = {};
}

std::optional<std::chrono::seconds> Risk::denial_wait(std::string_view address, WallTime now) {
    const Row* row = find(key_of("denied", customer_of(address)), now);
    // A longer wait than there is was set before the clock was put back.
    if (row == nullptr || now >= row->waits_until || row->waits_until - now > longest_wait)
        return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(row->waits_until - now);
}

bool Risk::may_text(TextTo whom, int limit, WallTime now) {
    const BudgetRule hourly{.limit = limit, .window = std::chrono::hours(1)};
    const BudgetRule half{.limit = std::max(1, limit / 2), .window = std::chrono::hours(1)};
    const BudgetVerdict all = spend(hourly, texts_, now);
    if (all.retry_after) return false;
    if (whom == TextTo::stranger) {
        const BudgetVerdict strangers = spend(half, texts_to_strangers_, now);
        if (strangers.retry_after) return false;
        texts_to_strangers_ = strangers.next;
    }
    texts_ = all.next;
    return true;
}

}  // namespace qrgate
