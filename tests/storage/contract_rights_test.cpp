// What ends with a right: tickets and sessions of a revoked certificate, tickets of a phone's ended login;
// who may be told of it; and the new value that a session gets when its person's level has changed.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(Rights, RevokingACertificateEndsItsOpenTicket) {
    const Ticket ticket = scanned();

    good(storage().revoke_certificate("aa", ticket.person_id, "lost", later, trace_));

    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_EQ(events(ticket.person_id).back(), "ticket_cancelled:ok");
    EXPECT_THAT(cancelled_since(t0), ElementsAre("T1"));
}

TEST_P(Rights, RevokingACertificateEndsTheSessionsItOpenedAndNoOthers) {
    const auto id = lin_with_certificate();
    certify("bb", id);
    log_in(id, "T1", "pre1", "aa", "s1");
    log_in(id, "T2", "pre2", "bb", "s2");
    good(storage().open_session(id, {}, browser_session("s3", t0), trace_));

    good(storage().revoke_certificate("aa", {}, "operator", later, trace_));

    EXPECT_FALSE(lives("s1", later));
    EXPECT_TRUE(lives("s2", later)) << "of the other certificate";
    EXPECT_TRUE(lives("s3", later)) << "by password";
}

TEST_P(Rights, RevokingACertificateLeavesTheSessionThatAsksForIt) {
    const auto id = lin_with_certificate();
    log_in(id, "T1", "pre1", "aa", "s1");
    log_in(id, "T2", "pre2", "aa", "s2");

    good(storage().revoke_certificate("aa", id, "owner", later, trace_, "s1"));

    EXPECT_TRUE(lives("s1", later));
    EXPECT_FALSE(lives("s2", later));
}

TEST_P(Rights, RevokingACertificateEndsASessionWhoseTicketIsForgotten) {
    const auto id = lin_with_certificate();
    auto session = redemption_of("pre", "s1").session;
    good(storage().open_session(id, {}, session, trace_));

    good(storage().revoke_certificate("aa", id, "owner", later, trace_));

    EXPECT_FALSE(lives("s1", later)) << "it may have been this certificate's";
}

TEST_P(Rights, ARedeemBesideTheRevocationLeavesNoSession) {
    for (int round = 0; round < 10; ++round) {
        const std::string n = std::to_string(round);
        auto person = lin();
        const auto id = put(person);
        certify("c" + n, id);
        auto scan = scan_of("T" + n, "pre" + n, id);
        scan.certificate = "c" + n;
        good(storage().confirm_ticket(confirmation_of(good(storage().scan_ticket(scan, trace_))), trace_));
        std::vector<Task<Result<void>>> both;
        both.push_back([](Storage& of, Redemption it, Trace trace) -> Task<Result<void>> {
            auto done = co_await of.redeem_ticket(std::move(it), std::move(trace));
            if (!done) co_return done.error();
            co_return Result<void>();
        }(door(0), redemption_of("pre" + n, "s" + n), trace_));
        both.push_back(door(1).revoke_certificate("c" + n, {}, "operator", later, trace_));
        const auto answers = together<void>(std::move(both));

        EXPECT_TRUE(answers[1].has_value());
        EXPECT_FALSE(lives("s" + n, later)) << "whoever came first";
    }
}

TEST_P(Rights, TheEndOfAPhonesLoginEndsWhatItScanned) {
    const auto id = lin_with_certificate();
    auto phone = browser_session("phone-of-" + id, t0);
    phone.kind = SessionKind::phone;
    good(storage().open_session(id, {}, phone, trace_));
    good(storage().scan_ticket(scan_of("T1", "pre", id), trace_));

    EXPECT_TRUE(good(storage().end_session(id, "phone-of-" + id, "undo", later, trace_)));

    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_EQ(events(id).back(), "ticket_cancelled:ok");
}

TEST_P(Rights, TheEndOfABrowsersSessionEndsNoTicket) {
    const Ticket ticket = scanned();
    good(storage().open_session(ticket.person_id, {}, browser_session("s1", t0), trace_));

    EXPECT_TRUE(good(storage().end_session(ticket.person_id, "s1", "logout", later, trace_)));

    EXPECT_EQ(state_of("T1"), TicketState::scanned);
}

TEST_P(Rights, CancelledTicketsAreListedFromATimeOnOldestFirst) {
    const auto id = lin_with_certificate();
    for (const char* n : {"1", "2", "3"}) {
        good(storage().scan_ticket(scan_of(std::string("T") + n, std::string("pre") + n, id), trace_));
        good(storage().cancel_ticket(digest(std::string("pre") + n), t0 + seconds(n[0] - '0'), trace_));
    }
    good(storage().scan_ticket(scan_of("T4", "pre4", id), trace_));
    good(storage().deny_ticket(digest("T4"), id, "phone-of-" + id, later, trace_));

    EXPECT_THAT(cancelled_since(t0), ElementsAre("T1", "T2", "T3")) << "a denied one is not cancelled";
    EXPECT_THAT(cancelled_since(t0 + seconds(2)), ElementsAre("T2", "T3"));
    EXPECT_THAT(cancelled_since(t0, 2), ElementsAre("T1", "T2"));
    EXPECT_THAT(cancelled_since(t0 + seconds(4)), IsEmpty());
}

TEST_P(Rights, ASessionIsRenewedOnceForOneChangeOfLevel) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    EXPECT_FALSE(good(storage().renew_session(digest("s1"), digest("new"), t0 + seconds(1))));
    good(storage().set_person_level(id, 2, "operator:x", t0 + seconds(2), trace_));

    EXPECT_TRUE(good(storage().renew_session(digest("s1"), digest("new"), t0 + seconds(3))));

    EXPECT_FALSE(lives("s1", t0 + seconds(3)));
    EXPECT_TRUE(lives("new", t0 + seconds(3)));
    EXPECT_FALSE(good(storage().renew_session(digest("new"), digest("newer"), t0 + seconds(4))));
    good(storage().set_person_level(id, 3, "operator:x", t0 + seconds(5), trace_));
    EXPECT_TRUE(good(storage().renew_session(digest("new"), digest("newer"), t0 + seconds(6))));
}

TEST_P(Rights, ALevelFromAClockThatWasAheadRenewsASessionOnce) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().set_person_level(id, 2, "operator:x", t0 + hours(5), trace_));

    EXPECT_TRUE(good(storage().renew_session(digest("s1"), digest("new"), t0 + seconds(1))));

    EXPECT_FALSE(good(storage().renew_session(digest("new"), digest("newer"), t0 + seconds(2))));
}

TEST_P(Rights, ALevelThatStaysTheSameRenewsNothing) {
    const auto id = put(lin());
    const auto level = good(storage().find_person_by_id(id))->level;
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));

    good(storage().set_person_level(id, level, "operator:again", t0 + seconds(1), trace_));
    good(storage().put_person(lin(), t0 + seconds(2)));

    EXPECT_EQ(good(storage().find_person_by_id(id))->level_since, t0);
    EXPECT_FALSE(good(storage().renew_session(digest("s1"), digest("new"), t0 + seconds(3))));
}

TEST_P(Rights, AnEndedSessionAndAPhonesAreNotRenewed) {
    const auto id = put(lin());
    auto phone = browser_session("p1", t0);
    phone.kind = SessionKind::phone;
    good(storage().open_session(id, {}, phone, trace_));
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().end_session(id, "s1", "logout", t0 + seconds(1), trace_));
    good(storage().set_person_level(id, 2, "operator:x", t0 + seconds(2), trace_));

    EXPECT_FALSE(good(storage().renew_session(digest("s1"), digest("n1"), t0 + seconds(3))));
    EXPECT_FALSE(good(storage().renew_session(digest("p1"), digest("n2"), t0 + seconds(3))));
    EXPECT_FALSE(good(storage().renew_session(digest("nobody"), digest("n3"), t0 + seconds(3))));
}

}  // namespace
}  // namespace qrgate
