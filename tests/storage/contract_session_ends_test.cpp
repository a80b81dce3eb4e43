// Sessions that end by themselves, and values of ended ones that come back.
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

TEST_P(StorageContract, ASessionThatWasIdleTooLongLeavesItsRowAtTheMomentItWasOver) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().use_session(digest("s1"), SessionKind::browser, t0));

    EXPECT_EQ(good(storage().expire_sessions(t0 + minutes(30) - moment, 10)), 0);
    EXPECT_EQ(good(storage().expire_sessions(t0 + minutes(45), 10)), 1);
    EXPECT_EQ(good(storage().expire_sessions(t0 + minutes(45), 10)), 0);

    const auto row = good(storage().list_audit(id, 1)).front();
    EXPECT_EQ(row.event.event, "session_expired");
    EXPECT_EQ(row.event.outcome, "idle");
    EXPECT_EQ(row.event.method, "password");
    EXPECT_EQ(row.event.subject, "s1");
    EXPECT_EQ(row.event.at, t0 + minutes(30));
}

TEST_P(StorageContract, AnAbsoluteEndAndACookieThatNobodyGotAreToldApart) {
    const auto id = put(lin());
    auto short_lived = browser_session("short", t0);
    short_lived.expires_at = t0 + minutes(10);
    good(storage().open_session(id, {}, short_lived, trace_));
    good(storage().use_session(digest("short"), SessionKind::browser, t0));
    good(storage().open_session(id, {}, browser_session("unclaimed", t0), trace_));

    EXPECT_EQ(good(storage().expire_sessions(t0 + minutes(10), 10)), 2);

    EXPECT_THAT(events(id), Contains("session_expired:absolute"));
    EXPECT_THAT(events(id), Contains("session_expired:unclaimed"));
}

TEST_P(StorageContract, SessionsThatEndedOtherwiseOrGoOnDoNotExpire) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("ended", t0), trace_));
    good(storage().use_session(digest("ended"), SessionKind::browser, t0));
    good(storage().end_session(id, "ended", "logout", t0 + minutes(1), trace_));
    good(storage().open_session(id, {}, browser_session("live", t0 + minutes(20)), trace_));
    good(storage().use_session(digest("live"), SessionKind::browser, t0 + minutes(20)));

    EXPECT_EQ(good(storage().expire_sessions(t0 + minutes(40), 10)), 0);
    EXPECT_TRUE(good(storage().use_session(digest("live"), SessionKind::browser, t0 + minutes(40))));
}

TEST_P(StorageContract, ExpiringIsBoundedAndGoesOnWithTheNext) {
    const auto id = put(lin());
    for (const char* name : {"a", "b", "c"})
        good(storage().open_session(id, {}, browser_session(name, t0), trace_));

    EXPECT_EQ(good(storage().expire_sessions(t0 + hours(13), 2)), 2);
    EXPECT_EQ(good(storage().expire_sessions(t0 + hours(13), 2)), 1);
}

TEST_P(StorageContract, AnExpiredSessionIsShownToItsOwnerAsBefore) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().expire_sessions(t0 + hours(13), 10));

    const auto logins = good(storage().list_logins(id, 10, t0 + hours(13)));

    ASSERT_EQ(logins.size(), 1U);
    EXPECT_FALSE(logins.front().live);
    EXPECT_EQ(logins.front().end_reason, "");
}

TEST_P(StorageContract, TheValueOfAnEndedSessionIsKnownAndNoted) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().use_session(digest("s1"), SessionKind::browser, t0));
    EXPECT_FALSE(good(storage().note_ended_session(digest("s1"), SessionKind::browser, t0, trace_)));

    EXPECT_TRUE(
        good(storage().note_ended_session(digest("s1"), SessionKind::browser, t0 + minutes(31), trace_)));
    good(storage().end_session(id, "s1", "logout", t0 + minutes(5), trace_));
    EXPECT_TRUE(
        good(storage().note_ended_session(digest("s1"), SessionKind::browser, t0 + minutes(6), trace_)));

    EXPECT_FALSE(good(storage().note_ended_session(digest("s1"), SessionKind::phone, t0, trace_)));
    EXPECT_FALSE(good(storage().note_ended_session(digest("never"), SessionKind::browser, t0, trace_)));
    EXPECT_THAT(events(id), Contains("session_use_after_expire:expired"));
    const auto row = good(storage().list_audit(id, 1)).front();
    EXPECT_EQ(row.event.event, "session_use_after_expire");
    EXPECT_EQ(row.event.outcome, "logout");
    EXPECT_EQ(row.event.subject, "s1");
    EXPECT_EQ(row.trace.address, trace_.address);
}

TEST_P(StorageContract, ARedeemBeforeItsConfirmIsNoReuse) {
    const Ticket ticket = scanned();

    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::ticket_state);

    EXPECT_THAT(events(ticket.person_id), Contains("authn_login_fail:ticket_state"));
    EXPECT_THAT(events(ticket.person_id), Not(Contains("authn_token_reuse:ticket_state")));
}

}  // namespace
}  // namespace qrgate
