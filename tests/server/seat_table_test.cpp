// What the seat table is made of: chunks, the index that grows by itself, words, ends, tokens by their parts.
#include "server/seat_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "server/rotation_plan.hpp"
#include "server/wait_ends.hpp"
#include "tests/server/waiting_room_fixture.hpp"

namespace qrgate::room_test {
namespace {

struct Row {
    int value = 0;
    RowNo next = no_row;
};
using Rows = ChunkedTable<Row, &Row::next>;

TEST(ChunkedTable, UsesANumberAgainWithAFreshRow) {
    Rows rows;
    RowNo first = rows.add();
    RowNo second = rows.add();
    rows[first].value = 7;
    rows.remove(first);

    EXPECT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows.add(), first);
    EXPECT_EQ(rows[first].value, 0);
    EXPECT_NE(first, second);
}

TEST(ChunkedTable, LeavesRowsWhereTheyAre) {
    Rows rows;
    Row* first = &rows[rows.add()];
    for (int i = 0; i < 5000; ++i)
        rows.add();

    EXPECT_EQ(&rows[0], first);
}

struct Links {
    Rows* rows;
    RowNo& next(RowNo row) const { return (*rows)[row].next; }
    std::uint32_t hash(RowNo row) const {
        return static_cast<std::uint32_t>((*rows)[row].value) * 2654435761u;
    }
};

TEST(LinkedIndex, FindsWhatAMapFindsWhateverComesAndGoes) {
    Rows rows;
    LinkedIndex<Links> index(Links{&rows});
    std::map<int, RowNo> map;
    std::mt19937 random(5);
    auto find = [&](int value) {
        return index.find(static_cast<std::uint32_t>(value) * 2654435761u,
                          [&](RowNo row) { return rows[row].value == value; });
    };

    for (int step = 0; step < 30'000; ++step) {
        const int value = static_cast<int>(random() % 6000);
        auto known = map.find(value);
        ASSERT_EQ(find(value), known == map.end() ? no_row : known->second);
        if (known == map.end()) {
            RowNo row = rows.add();
            rows[row].value = value;
            index.insert(row);
            map[value] = row;
        } else if (random() % 2 == 0) {
            index.erase(known->second);
            rows.remove(known->second);
            map.erase(known);
        }
    }

    EXPECT_EQ(index.size(), map.size());
    for (auto [value, row] : map)
        EXPECT_EQ(find(value), row);
    EXPECT_GE(2 * index.buckets() + 2, index.size());
}

TEST(Words, AreKeptOnceAndGoWithTheirLastUser) {
    Words words;
    RowNo first = words.take("Chrome");
    RowNo again = words.take("Chrome");
    words.take("Firefox");

    EXPECT_EQ(first, again);
    EXPECT_EQ(words.users("Chrome"), 2u);
    words.drop(first);
    EXPECT_EQ(words.text(first), "Chrome");
    words.drop(first);
    EXPECT_EQ(words.users("Chrome"), 0u);
    EXPECT_EQ(words.size(), 1u);
}

TEST(WaitEnds, AreForgottenInTurn) {
    WaitEnds ends;
    const Digest a = sha256(as_bytes("a"));
    const Digest b = sha256(as_bytes("b"));
    ends.put(a, 10);
    ends.put(b, 20);
    ends.put(a, 30);
    ends.look(20);

    EXPECT_TRUE(ends.contains(a));
    EXPECT_FALSE(ends.contains(b));
    ends.remove(a);
    EXPECT_EQ(ends.size(), 0u);
}

TEST(RoomTime, KeepsWholeSecondsAndLimits) {
    RoomTime time(start + 300ms);

    EXPECT_EQ(time.wall(time.floor(start + 60s)), start + 60s);
    EXPECT_EQ(time.wall(time.floor(start + 99ms)), start + 62500us);
    EXPECT_EQ(time.wall(time.ceil(start + 99ms)), start + 125ms);
    EXPECT_EQ(time.floor(WallTime{}), 0u);
    EXPECT_EQ(time.floor(start + 24h * 365 * 20), never - 1);
    EXPECT_EQ(time.wall(never), WallTime::max());
}

TEST(TokenParts, AreTheWholeToken) {
    SeededRandom random;
    TokenRing ring{'b', {'2', sha256(as_bytes("key"))}, {}};
    const std::string token = make_token(ring, start + 60s, random);

    const auto parts = token_parts(ring, token);

    ASSERT_TRUE(parts);
    const auto text = token_text(ring, *parts);
    EXPECT_EQ(std::string_view(text.data(), text.size()), token);
    EXPECT_EQ(token_mac(ring, *parts), parts->mac);
    EXPECT_EQ(WallTime{std::chrono::seconds{parts->expiry}}, start + 60s);
    EXPECT_FALSE(token_parts(ring, "c" + token.substr(1))) << "another node's";
    EXPECT_FALSE(token_parts(ring, token.substr(1)));
    EXPECT_FALSE(token_parts(ring, token.substr(0, 31) + "="));
}

TEST(ShortCodes, FitIntoFiveOctets) {
    SeededRandom random;
    for (int i = 0; i < 1000; ++i) {
        const std::string code = make_short_code('k', random);
        const auto back = unpack_short_code('k', pack_short_code(code));
        EXPECT_EQ(std::string_view(back.data(), back.size()), code);
    }
    const auto last = unpack_short_code('z', pack_short_code("ZZZZZZZZ"));
    EXPECT_EQ(std::string_view(last.data(), last.size()), "ZZZZZZZZ");
}

TEST(SeatTable, KeepsWhatTheBrowserIs) {
    TokenRing ring{'a', {'1', sha256(as_bytes("key"))}, {}};
    RoomTime time(start);
    SeatTable seats(ring, time, 1, start);
    Visitor who;
    who.pre_session_hash = sha256(as_bytes("a"));
    who.browser = {"", "Windows 11", "2001:db8::1", "浙江 杭州", start + 5s};
    who.easy = true;

    RowNo seat = seats.add(who);
    Visitor kept = seats.visitor(seat);

    EXPECT_EQ(kept.pre_session_hash, who.pre_session_hash);
    EXPECT_EQ(kept.browser.family, "");
    EXPECT_EQ(kept.browser.os, "Windows 11");
    EXPECT_EQ(kept.browser.address, "2001:db8::1");
    EXPECT_EQ(kept.browser.place, "浙江 杭州");
    EXPECT_EQ(kept.browser.started_at, start + 5s);
    EXPECT_TRUE(kept.easy);
    EXPECT_EQ(seats.find(who.pre_session_hash), seat);
    EXPECT_EQ(seats.seats_of("2001:db8::1"), 1u);
    seats.remove(seat);
    EXPECT_EQ(seats.find(who.pre_session_hash), no_row);
    EXPECT_EQ(seats.seats_of("2001:db8::1"), 0u);
}

TEST(RotationPlan, LeavesAFewWhereTheyWantToBeAndSpreadsMany) {
    RotationPlan plan;
    for (std::size_t i = 0; i < RotationPlan::share_of(0); ++i)
        EXPECT_EQ(plan.place(800, 880, 0), 880u);

    EXPECT_EQ(plan.place(800, 880, 0), 876u);
    plan.remove(880);
    EXPECT_EQ(plan.place(800, 880, 0), 880u);
    EXPECT_EQ(plan.place(880, 880, 0), 880u) << "no room is no reason to be late";
}

}  // namespace
}  // namespace qrgate::room_test
