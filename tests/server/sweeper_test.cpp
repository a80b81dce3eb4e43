// Rounds: what they end, and that neither a crowd nor a clock that was ahead holds them up.
#include "server/sweeper.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

class SweeperRounds : public testing::Test, protected Fixture {
protected:
    SweeperRounds() {
        sweeper.each_round([this] {
            if (++rounds == last) sweeper.stop();
        });
    }
    void begin_rounds() {
        asio::co_spawn(io, sweeper.run(), [this](std::exception_ptr) { over = true; });
    }
    void finish_rounds() {
        sweeper.look_at_the_time();
        turn_until([this] { return over; });
    }
    void open_sessions(int count) {
        for (int i = 0; i < count; ++i) {
            NewSession session;
            session.id = "s" + std::to_string(i);
            session.token_hash = sha256(as_bytes(session.id));
            session.kind = SessionKind::browser;
            session.method = LoginMethod::password;
            session.opened_at = clock.now();
            session.idle = 30min;
            session.expires_at = clock.now() + 12h;
            session.present_within = 30min;
            stored(storage.open_session(lin.id, {}, std::move(session), {}));
        }
    }
    std::ptrdiff_t expired() {
        return std::ranges::count_if(stored(storage.list_audit(lin.id, 100'000)), [](const AuditRow& row) {
            return row.event.event == "session_expired";
        });
    }

    Sweeper sweeper{io.get_executor(), services, hashing, signing};
    int rounds = 0;
    int last = 1;
    bool over = false;
};

TEST_F(SweeperRounds, EndMoreSessionsThanASecondOpens) {
    open_sessions(1200);
    clock.advance(1h);

    begin_rounds();
    finish_rounds();

    EXPECT_EQ(expired(), 1200);
}

TEST_F(SweeperRounds, GoOnAfterAClockThatWasAheadIsPutRight) {
    last = 2;
    clock.advance(1000h);
    begin_rounds();
    turn_until([this] { return rounds == 1; });
    for (int i = 0; i < 20; ++i)
        turn_until([] { return true; });
    clock.advance(-1000h);
    open_sessions(1);
    clock.advance(1h);

    finish_rounds();

    EXPECT_EQ(expired(), 1);
}

}  // namespace
}  // namespace qrgate::tests
