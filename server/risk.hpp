// What this node has lately seen of those who fail, and what follows from it:
//   wrong captchas, passwords and codes, counted by address, by the person they were tried for (as typed, so
//   that unknown numbers are like known ones) and in all → how many times the usual work the captcha that
//   needs no input costs (ALTCHA; 1 to 16);
//   tickets that phones denied in the last half hour, counted by the address of their browser → how long that
//   address's next ticket waits (two are free, from the third 30 s, doubled each time, at most 10 min;
//   docs/operating.md, "Budgets"). Many people may share an address: one person adds at most three, and each
//   login that is confirmed there takes the oldest away.
// And how many texts went out in this hour, because they cost money.
// Memory only and bounded: `limit` keys, about 200 octets each, of which the longest untouched goes first;
// counts halve every ten minutes. A restart forgets them: what must outlast it is a budget of storage. Keys
// are HMACs: no address or number is kept. Owned by App; I/O thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/bytes.hpp"
#include "protocol/throttle.hpp"
#include "protocol/time.hpp"

namespace qrgate {

class Risk {
public:
    static constexpr int most_work = 16;

    Risk(const Digest& key, std::size_t limit) : key_(key), limit_(limit) {}
    Risk(const Risk&) = delete;
    Risk& operator=(const Risk&) = delete;

    // `whom`: kind and number, or phone, as typed.
    void failed(std::string_view address, std::string_view whom, WallTime now);
    void succeeded(std::string_view whom);  // the owner was there: strangers' failures are over
    // × the usual work. Empty: not counted.
    int work(std::string_view address, std::string_view whom, WallTime now);
    // The next challenge of this holder is at least so hard (the person it was tried for wants it).
    void ask_more(const Digest& holder, int work, WallTime now);
    int asked(const Digest& holder, WallTime now);

    void denied(std::string_view address, std::string_view person_id, WallTime now);
    void confirmed(std::string_view address, WallTime now);
    std::optional<std::chrono::seconds> denial_wait(std::string_view address, WallTime now);

    // Counts a text to be sent; false: everybody together has had `limit` in this hour, or strangers, whose
    // phones are only typed yet, half of it.
    enum class TextTo : std::uint8_t { person, stranger };
    bool may_text(TextTo whom, int limit, WallTime now);

    std::size_t size() const noexcept { return rows_.size(); }

private:
    struct Denial {
        Digest person{};
        WallTime at{};
    };
    struct Row {
        Digest key{};
        int count = 0;
        WallTime since{};                  // of the present half-life
        std::vector<Denial> denials = {};  // the oldest first
        WallTime waits_until{};
    };
    using Rows = std::list<Row>;

    Digest key_of(std::string_view kind, std::string_view whom) const;
    Row* find(const Digest& key, WallTime now);  // its count as of now; null: none
    Row& touch(const Digest& key, WallTime now);
    int count(std::string_view kind, std::string_view whom, WallTime now);

    Digest key_;
    std::size_t limit_;
    Rows rows_ = {};  // the longest untouched first
    std::map<Digest, Rows::iterator> by_key_ = {};
    std::optional<BudgetState> texts_ = {};
    std::optional<BudgetState> texts_to_strangers_ = {};
};

}  // namespace qrgate
