// Many browsers at once: when their codes turn, what a seat costs, and that a push costs no allocation.
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>

#include "server/rotation_plan.hpp"
#include "server/seat.hpp"
#include "server/seat_table.hpp"
#include "tests/server/waiting_room_fixture.hpp"

namespace {
std::atomic<std::size_t> allocations = 0;
std::atomic<std::size_t> held = 0;  // octets of what was allocated and not yet given back
}  // namespace

#if !__has_feature(thread_sanitizer)  // it has its own
// Of the whole program; that is how the tests below see every one.
void* operator new(std::size_t size) {
    ++allocations;
    void* there = std::malloc(size == 0 ? 1 : size);
    if (there == nullptr) throw std::bad_alloc();
    held += ::malloc_usable_size(there);
    return there;
}
void operator delete(void* there) noexcept {
    held -= ::malloc_usable_size(there);
    std::free(there);
}
void operator delete(void* there, std::size_t) noexcept {
    operator delete(there);
}
#endif

namespace qrgate::room_test {
namespace {

// Every code takes ten octets of chance, and nothing else does but what begins a wait.
class CountingRandom final : public Random {
public:
    void fill(std::span<std::uint8_t> out) override {
        if (out.size() == 10) ++codes;
        random_.fill(out);
    }
    std::size_t codes = 0;

private:
    SeededRandom random_;
};

class Crowd : public testing::Test {
protected:
    void come(std::size_t count) {
        WaitingRoomLimits limits;
        limits.outlives = 24h;  // they poll once, and their seats stay
        limits.spread = spread_;
        limits.seats_per_address = count;
        room_ = std::make_unique<WaitingRoom>(io_.get_executor(), clock_, random_, ring_,
                                              "https://login.example", limits);
        for (std::size_t i = 0; i < count; ++i) {
            Visitor who;
            who.pre_session_hash = sha256(as_bytes(std::to_string(i)));
            who.browser = {"Chrome", "Linux", "203.0.113.9", "", start};
            asio::co_spawn(io_, room_->poll(who, {}, {}, 1ms),
                           [](std::exception_ptr, WaitingRoom::Polled) {});
            if (i % 512 == 0) io_.poll();
        }
        io_.poll();
        ASSERT_EQ(room_->seats(), count);
    }

    // The codes made in a second.
    std::size_t turn() {
        const std::size_t before = random_.codes;
        clock_.advance(1s);
        room_->look_at_the_time();
        io_.poll();
        return random_.codes - before;
    }

    asio::io_context io_;
    MovableClock clock_{start};
    CountingRandom random_;
    std::chrono::microseconds spread_{0};
    TokenRing ring_{'a', {'1', sha256(as_bytes("key"))}, {}};
    std::unique_ptr<WaitingRoom> room_;
};

// The room knows no database: what it is made with has none (server/waiting_room.hpp). Its work for codes is
// bounded in every moment though all came in one.
TEST_F(Crowd, OfAHundredThousandThatCameAtOnceDoesNotTurnAtOnce) {
    come(100'000);

    std::vector<std::size_t> codes;
    for (int second = 0; second < 60; ++second)
        codes.push_back(turn());

    EXPECT_EQ(std::accumulate(codes.begin(), codes.begin() + 39, std::size_t{0}), 0u);
    EXPECT_EQ(std::accumulate(codes.begin(), codes.begin() + 56, std::size_t{0}), 100'000u);
    // Four shares of a quarter second, and what the rounding of the last one brings.
    const std::size_t most = 4 * RotationPlan::share_of(100'000) + 4;
    EXPECT_LE(*std::ranges::max_element(codes), most);
    EXPECT_LT(most, 100'000u / 10);
}

TEST_F(Crowd, OfAFewTurnsTogether) {
    come(50);

    for (int second = 1; second < 55; ++second)
        EXPECT_EQ(turn(), 0u) << second;
    EXPECT_EQ(turn(), 50u);
}

TEST_F(Crowd, ThatIsDueAtOnceIsLookedAtInPieces) {
    come(5000);
    const std::size_t before = random_.codes;

    clock_.advance(200s);
    room_->look_at_the_time();
    const std::size_t at_once = random_.codes - before;
    for (int i = 0; i < 8; ++i)
        io_.poll();

    EXPECT_LE(at_once, 64u);
    EXPECT_EQ(random_.codes - before, 5000u);
}

// What is said to one browser may be a push that waits behind what is said to others.
TEST_F(Crowd, ThatIsDueTogetherIsSpokenToWithPausesBetween) {
    spread_ = 1h;
    come(48);
    const std::size_t before = random_.codes;

    clock_.advance(56s);
    room_->look_at_the_time();
    for (int i = 0; i < 8; ++i)
        io_.poll();
    const std::size_t first = random_.codes - before;
    room_->look_at_the_time();
    io_.poll();

    EXPECT_EQ(first, 2u);
    EXPECT_EQ(random_.codes - before, 2u * first) << "the next tick finds those who still wait";
}

TEST(SeatTable, CostsNoMoreThanItsBudget) {
    constexpr std::size_t count = 50'000;
    TokenRing ring{'a', {'1', sha256(as_bytes("key"))}, {}};
    RoomTime time(start);
    SeededRandom random;
    WaitingRoomLimits limits;
    std::string origin = "https://login.example";
    SeatRules rules{limits, ring, origin, random, time};
    SeatTable seats(ring, time, 7, start);
    const auto octets = [&] { return seats.octets() + held; };
    const std::size_t before = octets();

    for (std::size_t i = 0; i < count; ++i) {
        Visitor who;
        who.pre_session_hash = sha256(as_bytes(std::to_string(i)));
        who.browser = {"Chrome", "Linux", "203.0.113." + std::to_string(i % 256), "", start};
        RowNo seat = seats.add(who);
        Seat(seats[seat], rules).start_wait(start);
        Seat(seats[seat], rules).rotate(start);
        seats.index_codes(seat);
        seats.schedule(seat);
    }

    const std::size_t each = (octets() - before) / count;
    EXPECT_LE(each, 152u);
    EXPECT_GT(each, sizeof(SeatRow)) << "rows, and the heads of three indexes";
}

class Pushes : public Room {};

TEST_F(Pushes, AllocateNothing) {
#if __has_feature(thread_sanitizer)
    GTEST_SKIP() << "ThreadSanitizer has operators of its own, which do not count";
#endif
    Browser browser = sit(visitor("a"));
    const std::string token = browser.hear().text("token");
    room_->push(token);
    browser.hear();

    const std::size_t before = allocations;
    room_->push(token);
    const std::size_t after = allocations;

    EXPECT_EQ(after, before);
    EXPECT_EQ(browser.hear().text("token"), token);
}

// The push that a login waits for.
TEST_F(Pushes, OfAScanAndAConfirmAllocateNothing) {
#if __has_feature(thread_sanitizer)
    GTEST_SKIP() << "ThreadSanitizer has operators of its own, which do not count";
#endif
    const Visitor who = visitor("a");
    Browser browser = sit(who);
    const std::string token = browser.hear().text("token");
    ASSERT_TRUE(room_->claim(token));
    const Ticket scanned = ticket(who, token);
    const Ticket confirmed = ticket(who, token, TicketState::confirmed);

    const std::size_t before = allocations;
    room_->scanned(scanned);
    const std::size_t after_scan = allocations;
    room_->confirmed(confirmed);
    const std::size_t after_confirm = allocations;

    EXPECT_EQ(after_scan, before);
    EXPECT_EQ(after_confirm, after_scan);
    EXPECT_EQ(browser.hear().type(), "scanned");
    EXPECT_EQ(browser.hear().type(), "confirmed");
}

}  // namespace
}  // namespace qrgate::room_test
