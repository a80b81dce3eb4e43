// What is known of live sessions without asking the database, and when it is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "server/session_cache.hpp"
#include "storage/storage.hpp"
#include "tests/server/support.hpp"

namespace qrgate::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const WallTime start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22}};

Digest hash_of(int number) {
    return sha256(as_bytes(std::to_string(number)));
}

class Cache : public testing::Test {
protected:
    Session session_of(const std::string& person) const {
        Session session;
        session.id = "session";
        session.person_id = person;
        session.person_name = "林晓燕";
        session.person_level = 3;
        session.opened_at = start - 10min;
        session.last_used_at = start;
        session.idle_ends_at = start + 30min;
        session.expires_at = start + 12h;
        return session;
    }
    void keep(int number, const std::string& person = "lin") {
        const auto reading = cache.begin(now);
        cache.keep(SessionCache::entry_of(hash_of(number), session_of(person), reading), reading);
    }
    bool knows(int number) { return cache.find(hash_of(number), now) != nullptr; }

    WallTime now = start;
    EndSignal elsewhere;
    SessionCache cache{elsewhere, 3};
};

TEST_F(Cache, GivesWhatWasReadForTenSecondsAndNoLonger) {
    keep(1);
    now = start + 10s - 1us;
    EXPECT_TRUE(knows(1));
    now = start + 10s;
    EXPECT_FALSE(knows(1));
}

TEST_F(Cache, CountsFromTheBeginningOfTheReading) {
    const auto reading = cache.begin(start - 9s);
    cache.keep(SessionCache::entry_of(hash_of(1), session_of("lin"), reading), reading);
    EXPECT_TRUE(knows(1));
    now = start + 1s;
    EXPECT_FALSE(knows(1));
}

TEST_F(Cache, LastsNoLongerWhenTheClockIsPutBack) {
    keep(1);
    now = start - 1s;
    EXPECT_FALSE(knows(1));
}

TEST_F(Cache, SeesTheIdleAndTheLastEndByTheClock) {
    for (bool idle : {true, false}) {
        Session session = session_of("lin");
        (idle ? session.idle_ends_at : session.expires_at) = start + 2s;
        const auto reading = cache.begin(start);
        cache.keep(SessionCache::entry_of(hash_of(idle), session, reading), reading);
        now = start + 2s - 1us;
        EXPECT_TRUE(knows(idle));
        now = start + 2s;
        EXPECT_FALSE(knows(idle));
        now = start;
    }
}

TEST_F(Cache, ForgetsAllSessionsOfAPersonAndNobodyElses) {
    keep(1);
    keep(2);
    keep(3, "hao");
    cache.ended("lin");
    EXPECT_FALSE(knows(1));
    EXPECT_FALSE(knows(2));
    EXPECT_TRUE(knows(3));
}

TEST_F(Cache, DoesNotKeepWhatWasReadBeforeAnEnd) {
    const auto reading = cache.begin(now);
    cache.ended("lin");  // while the database answers
    cache.keep(SessionCache::entry_of(hash_of(1), session_of("lin"), reading), reading);
    EXPECT_FALSE(knows(1));
    keep(1);
    EXPECT_TRUE(knows(1)) << "what is read afterwards is right";
}

TEST_F(Cache, KeepsWhatWasReadWhileSomebodyElsesSessionEnded) {
    const auto reading = cache.begin(now);
    cache.ended("hao");
    cache.keep(SessionCache::entry_of(hash_of(1), session_of("lin"), reading), reading);
    EXPECT_TRUE(knows(1));
}

TEST_F(Cache, ForgetsEverybodyWhenAnotherProcessEndedSomething) {
    keep(1);
    elsewhere.raise();
    EXPECT_FALSE(knows(1));
    const auto reading = cache.begin(now);
    elsewhere.raise();
    cache.keep(SessionCache::entry_of(hash_of(1), session_of("lin"), reading), reading);
    EXPECT_FALSE(knows(1)) << "and what was being read then";
}

TEST_F(Cache, IsNotOverwrittenByAnEarlierReading) {
    const auto early = cache.begin(now);
    now += 1s;
    keep(1);
    Session lower = session_of("lin");
    lower.person_level = 1;
    cache.keep(SessionCache::entry_of(hash_of(1), lower, early), early);
    EXPECT_EQ(cache.find(hash_of(1), now)->level, 3);
}

TEST_F(Cache, HoldsItsLimitAndLetsTheLongestReadGo) {
    for (int number : {1, 2, 3})
        keep(number);
    keep(1);
    keep(4);
    EXPECT_EQ(cache.size(), 3u);
    EXPECT_FALSE(knows(2));
    EXPECT_TRUE(knows(1));
    cache.ended("lin");
    EXPECT_EQ(cache.size(), 0u);
}

TEST_F(Cache, GivesWhoWasAskedAboutToBeReadAgainAndLetsTheOthersGo) {
    keep(1);
    keep(2);
    cache.find(hash_of(2), now)->asked = true;
    now += SessionCache::fresh - 1us;
    EXPECT_FALSE(cache.has_due(now));
    EXPECT_THAT(cache.take_due(now, 10), IsEmpty()) << "not yet";
    now += 1us;
    EXPECT_TRUE(cache.has_due(now));
    EXPECT_THAT(cache.take_due(now, 10), ElementsAre(hash_of(2)));
    EXPECT_FALSE(knows(1)) << "nobody asked about it";
    EXPECT_TRUE(knows(2)) << "while it is being read";
    keep(2);
    EXPECT_FALSE(cache.has_due(now));
}

TEST_F(Cache, GivesAgainWhatCouldNotBeRead) {
    keep(1);
    now += SessionCache::fresh;
    cache.find(hash_of(1), now)->asked = true;
    EXPECT_THAT(cache.take_due(now, 10), ElementsAre(hash_of(1)));
    cache.find(hash_of(1), now)->asked = true;
    EXPECT_THAT(cache.take_due(now, 10), ElementsAre(hash_of(1)));
}

TEST_F(Cache, LetsGoWhatAClockHasReadThatWasAheadThen) {
    keep(1);
    cache.find(hash_of(1), now)->asked = true;
    now -= 1h;
    keep(2);
    EXPECT_THAT(cache.take_due(now, 10), IsEmpty());
    EXPECT_EQ(cache.size(), 1u) << "what is behind it is not kept from its reading";
    EXPECT_TRUE(knows(2));
}

TEST_F(Cache, GivesAFewAtATimeTheLongestReadFirst) {
    for (int number : {1, 2, 3}) {
        keep(number);
        cache.find(hash_of(number), now)->asked = true;
        now += 1s;
    }
    now = start + 8s;
    EXPECT_THAT(cache.take_due(now, 1), ElementsAre(hash_of(1)));
    EXPECT_THAT(cache.take_due(now, 2), ElementsAre(hash_of(2))) << "the third was read six seconds ago";
}

TEST_F(Cache, LetsGoWhatIsTooOldForAnswers) {
    keep(1);
    cache.find(hash_of(1), now)->asked = true;
    now += SessionCache::life;
    EXPECT_THAT(cache.take_due(now, 10), IsEmpty());
    EXPECT_EQ(cache.size(), 0u);
}

TEST_F(Cache, AReadingOfAnotherPersonTakesThePlace) {
    keep(1);
    now += 1s;
    keep(1, "hao");
    EXPECT_EQ(cache.size(), 1u);
    cache.ended("lin");
    EXPECT_TRUE(knows(1));
    cache.ended("hao");
    EXPECT_FALSE(knows(1));
}

TEST_F(Cache, IsStillForgottenByItsPersonAfterAnotherReading) {
    keep(1);
    now += 1s;
    keep(1);
    EXPECT_EQ(cache.find(hash_of(1), now)->read_at, now);
    cache.ended("lin");
    EXPECT_EQ(cache.size(), 0u);
}

TEST_F(Cache, HoldsNoNameInClear) {
    keep(1);
    EXPECT_EQ(cache.find(hash_of(1), now)->shown.find("林晓燕"), std::string::npos);
}

TEST(EndSignal, IsSeenByTheServerBesideTheCommand) {
    Folder folder;
    const EndSignal server = EndSignal::made_in(folder.path());
    const std::uint64_t before = server.value();
    EndSignal::found_in(folder.path()).raise();
    EXPECT_EQ(server.value(), before + 1);
    const EndSignal restarted = EndSignal::made_in(folder.path());
    EXPECT_EQ(restarted.value(), before + 1);
}

TEST(EndSignal, IsOneFileThatOnlyItsOwnerReads) {
    Folder folder;
    EndSignal::found_in(folder.path()).raise();
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "a command makes none";
    const EndSignal server = EndSignal::made_in(folder.path());
    struct stat facts{};
    ASSERT_EQ(::stat((folder.path() / "ended").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace qrgate::tests
