// What must see the person's row as it is takes that row first; everything else takes it last. Where the two
// meet, PostgreSQL undoes one of them, and nobody outside hears of it.
#include <gtest/gtest.h>

#include "storage/migrate.hpp"
#include "storage/pg_storage.hpp"
#include "tests/storage/counting_random.hpp"
#include "tests/storage/pg_fixture.hpp"

namespace qrgate {
namespace {

const WallTime t0 = *parse_time("2026-11-22T08:00:00Z");

FieldKeys keys() {
    FieldKeys it;
    it.masters[1] = sha256(as_bytes("field key"));
    it.index = sha256(as_bytes("index key"));
    return it;
}

class PgDeadlock : public PgFixture {
protected:
    PgDeadlock() {
        const auto report = wait(migrate(*database));
        if (!report || !report->ready) throw std::runtime_error("the schema could not be made");
    }
    static PgOptions with_patience(PgOptions given) {
        given.deadline = patience;
        return given;
    }

    CountingRandom random;
    FieldSealer sealer{keys(), SealSuite::sm4_ctr_hmac_sm3, random};
    std::unique_ptr<PgDatabase> database = open(with_patience(options()));
    PgStorage storage{*database, sealer};
};

TEST_F(PgDeadlock, ALockedPersonIsLockedAlthoughSomebodyHeldTheirSessionFirst) {
    const auto person = wait(storage.put_person({.id = "person-lin",
                                                 .identity_number = "110101190001010014",
                                                 .name = "林一",
                                                 .level = 3,
                                                 .level_evidence = "demo",
                                                 .password_hash = "hash"},
                                                t0));
    ASSERT_TRUE(person);
    NewSession session{.id = "s1",
                       .token_hash = sha256(as_bytes("s1")),
                       .opened_at = t0,
                       .idle = std::chrono::minutes(30),
                       .expires_at = t0 + std::chrono::hours(12),
                       .present_within = std::chrono::seconds(60)};
    ASSERT_TRUE(wait(storage.open_session(*person, std::nullopt, session, Trace{})));
    auto other = wait(database->lease());
    ASSERT_TRUE(
        wait((*other)->script("BEGIN; SET LOCAL deadlock_timeout = '1h'; "
                              "SELECT 1 FROM session WHERE id = 's1' FOR UPDATE")));

    auto locked = spawn(storage.set_person_state(*person, PersonState::locked, t0, Trace{}));
    constexpr PgStatement waiting{"waiting", "SELECT count(*) FROM pg_locks WHERE NOT granted"};
    until([&] { return wait((*other)->run(waiting, {})).value().integer(0, 0) > 0; });
    // Who waited first looks first for a deadlock, finds it and is undone: ours, and it begins again.
    const bool other_goes_on = wait((*other)->script("SELECT 1 FROM person FOR UPDATE")).has_value();
    ASSERT_TRUE(wait((*other)->script(other_goes_on ? "COMMIT" : "ROLLBACK")));
    until([&] { return locked->done(); });

    EXPECT_TRUE(locked->answer->has_value());
    EXPECT_EQ(wait(storage.find_person_by_id(*person)).value()->state, PersonState::locked);
}

}  // namespace
}  // namespace qrgate
