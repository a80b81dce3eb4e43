// The scan, and the ends of a ticket that no confirmation follows.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(StorageContract, AScanMakesTheRow) {
    const auto id = lin_with_certificate();
    const auto scan = scan_of("T1", "pre", id);

    const auto made = good(storage().scan_ticket(scan, trace_));
    const auto found = good(storage().find_ticket(digest("T1")));

    ASSERT_TRUE(found);
    EXPECT_EQ(made.token, found->token);
    EXPECT_EQ(found->token_hash, scan.token_hash);
    EXPECT_EQ(found->token, "T1");
    EXPECT_EQ(found->life.state, TicketState::scanned);
    EXPECT_EQ(found->life.deadline, scan.expires_at);
    EXPECT_EQ(found->pre_session_hash, scan.pre_session_hash);
    EXPECT_EQ(found->person_id, id);
    EXPECT_EQ(found->phone_session_id, scan.phone_session_id);
    EXPECT_EQ(found->certificate, "aa");
    EXPECT_EQ(found->nonce, scan.nonce);
    EXPECT_EQ(found->browser.family, "Firefox");
    EXPECT_EQ(found->browser.os, "Linux");
    EXPECT_EQ(found->browser.address, "192.0.2.1");
    EXPECT_EQ(found->browser.place, "here");
    EXPECT_EQ(found->browser.started_at, t0);
    EXPECT_EQ(found->origin, scan.origin);
    EXPECT_EQ(found->scanned_at, t0);
    EXPECT_EQ(found->signing_expires_at, scan.expires_at);
    EXPECT_FALSE(found->needs_code);
    EXPECT_FALSE(found->session_id);
    EXPECT_FALSE(found->easy);
    EXPECT_FALSE(good(storage().find_ticket(digest("T2"))));
}

TEST_P(StorageContract, AScanLeavesARowNamingTheTicketByItsHash) {
    const Ticket ticket = scanned();

    const auto row = good(storage().list_audit(ticket.person_id, 1)).front();

    EXPECT_EQ(row.event.event, "ticket_scanned");
    EXPECT_EQ(row.event.subject, hex(ByteView(ticket.token_hash).first(8)));
    EXPECT_EQ(row.trace.address, trace_.address);
}

TEST_P(StorageContract, AScanNeedsLevelThreeAndClaimsNothingWithout) {
    const auto id = lin_with_certificate();
    good(storage().set_person_level(id, 2, "desk", t0, trace_));

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "pre", id), trace_)), Errc::level_too_low);
    EXPECT_FALSE(good(storage().find_ticket(digest("T1"))));
    EXPECT_EQ(events(id).back(), "ticket_scanned:level_too_low");
}

TEST_P(StorageContract, AScanWithoutAnyActiveCertificateMissesOne) {
    const auto id = put(lin());
    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "pre", id), trace_)), Errc::certificate_missing);

    certify("aa", id);
    good(storage().revoke_certificate("aa", id, "lost", t0, trace_));
    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "pre", id), trace_)), Errc::certificate_missing);
}

TEST_P(StorageContract, AScanNamingACertificateThatIsNotUsableIsRefusedTheSameWay) {
    const auto id = lin_with_certificate();
    certify("cc", put(zhao()));
    certify("dd", id);
    good(storage().revoke_certificate("dd", id, "lost", t0, trace_));

    for (const char* serial : {"cc", "dd", "ee"}) {
        auto scan = scan_of("T1", "pre", id);
        scan.certificate = serial;
        EXPECT_EQ(refused(storage().scan_ticket(scan, trace_)), Errc::certificate_unusable) << serial;
    }
}

TEST_P(StorageContract, ACertificateIsUsableFromItsFirstMomentToBeforeItsLast) {
    const auto id = put(lin());
    auto fresh = new_certificate("aa", id);
    fresh.certificate.not_before = t0 + minutes(1);
    fresh.certificate.not_after = t0 + minutes(2);
    ASSERT_TRUE(try_certificate(fresh));

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "p1", id, t0 + minutes(1) - moment), trace_)),
              Errc::certificate_unusable);
    EXPECT_TRUE(run(storage().scan_ticket(scan_of("T2", "p2", id, t0 + minutes(1)), trace_)));
    EXPECT_TRUE(run(storage().scan_ticket(scan_of("T3", "p3", id, t0 + minutes(2) - moment), trace_)));
    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T4", "p4", id, t0 + minutes(2)), trace_)),
              Errc::certificate_unusable);
}

TEST_P(StorageContract, AScanTakesTheNewestUsableCertificate) {
    const auto id = put(lin());
    certify("aa", id, t0);
    certify("bb", id, t0 + seconds(2));
    certify("cc", id, t0 + seconds(3));
    good(storage().revoke_certificate("cc", id, "lost", t0 + seconds(4), trace_));

    EXPECT_EQ(good(storage().scan_ticket(scan_of("T1", "pre", id, t0 + seconds(5)), trace_)).certificate,
              "bb");
}

TEST_P(StorageContract, TheSamePersonScanningAgainGetsTheSameAnswer) {
    const Ticket first = scanned();
    certify("bb", first.person_id, t0 + seconds(1));
    auto again = scan_of("T1", "pre", first.person_id, t0 + seconds(2));
    again.nonce = "another";

    const auto second = good(storage().scan_ticket(again, trace_));

    EXPECT_EQ(second.nonce, first.nonce);
    EXPECT_EQ(second.certificate, "aa");
    EXPECT_EQ(second.signing_expires_at, first.signing_expires_at);
    EXPECT_EQ(second.scanned_at, first.scanned_at);
}

TEST_P(StorageContract, ScanningAgainWithAnotherCertificateMakesTheOldTextDead) {
    const Ticket first = scanned();
    certify("bb", first.person_id, t0 + seconds(1));
    auto again = scan_of("T1", "pre", first.person_id, t0 + seconds(2));
    again.certificate = "bb";
    again.nonce = "another";

    const auto second = good(storage().scan_ticket(again, trace_));

    EXPECT_EQ(second.nonce, "another");
    EXPECT_EQ(second.certificate, "bb");
    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(first), trace_)), Errc::conflict);
    good(storage().confirm_ticket(confirmation_of(second), trace_));
}

TEST_P(StorageContract, AnotherPersonFindsTheTicketTaken) {
    scanned();
    const auto other = put(zhao());
    certify("cc", other);

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "pre", other), trace_)), Errc::ticket_taken);
    EXPECT_EQ(good(storage().find_ticket(digest("T1")))->person_id, lin().id);
}

TEST_P(StorageContract, ASecondTicketOfAPreSessionIsTakenWhileTheFirstIsOpen) {
    const Ticket first = scanned();

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T2", "pre", first.person_id), trace_)),
              Errc::ticket_taken);
    EXPECT_TRUE(run(storage().scan_ticket(scan_of("T3", "other browser", first.person_id), trace_)));

    good(storage().cancel_ticket(digest("pre"), t0, trace_));
    EXPECT_TRUE(run(storage().scan_ticket(scan_of("T2", "pre", first.person_id), trace_)));
}

TEST_P(StorageContract, AnOverdueTicketThatNobodySweptMakesRoomForTheNext) {
    const Ticket first = scanned();
    const WallTime end = first.life.deadline;

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T2", "pre", first.person_id, end - moment), trace_)),
              Errc::ticket_taken);
    EXPECT_TRUE(run(storage().scan_ticket(scan_of("T2", "pre", first.person_id, end), trace_)));
    EXPECT_EQ(state_of("T1"), TicketState::expired);
}

TEST_P(StorageContract, ATicketThatEndedIsNotScannedAgain) {
    const Ticket first = scanned();
    EXPECT_EQ(
        refused(storage().scan_ticket(scan_of("T1", "pre", first.person_id, first.life.deadline), trace_)),
        Errc::ticket_state);
    good(storage().cancel_ticket(digest("pre"), t0, trace_));

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "pre", first.person_id), trace_)),
              Errc::ticket_state);
}

TEST_P(StorageContract, AConfirmedTicketIsNotScannedAgain) {
    const Ticket ticket = confirmed();

    EXPECT_EQ(
        refused(storage().scan_ticket(scan_of("T1", "pre", ticket.person_id, t0 + seconds(11)), trace_)),
        Errc::ticket_state);
}

TEST_P(StorageContract, AnEndedPreSessionIsNotScanned) {
    const auto id = lin_with_certificate();
    auto login = browser_session("s1", t0);
    login.pre_session_hash = digest("pre");
    good(storage().open_session(id, {}, login, trace_));

    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T1", "pre", id), trace_)), Errc::ticket_state);
}

TEST_P(StorageContract, ParallelScansByTwoPeopleHaveOneWinner) {
    const auto id = lin_with_certificate();
    const auto other = put(zhao());
    certify("cc", other);
    std::vector<Task<Result<Ticket>>> all;
    for (std::size_t i = 0; i < 8; ++i)
        all.push_back(door(i).scan_ticket(scan_of("T1", "pre", i % 2 == 0 ? id : other), trace_));

    const auto answers = together<Ticket>(std::move(all));

    const auto winner = good(storage().find_ticket(digest("T1")))->person_id;
    EXPECT_EQ(successes(answers), 4);
    for (std::size_t i = 0; i < 8; ++i) {
        if ((i % 2 == 0 ? id : other) == winner) {
            EXPECT_TRUE(answers[i]);
        } else {
            EXPECT_EQ(answers[i].error(), Errc::ticket_taken);
        }
    }
}

TEST_P(StorageContract, ParallelScansOfManyTicketsOfAPreSessionLeaveOneOpen) {
    const auto id = lin_with_certificate();
    std::vector<Task<Result<Ticket>>> all;
    for (std::size_t i = 0; i < 8; ++i)
        all.push_back(door(i).scan_ticket(scan_of("T" + std::to_string(i), "pre", id), trace_));

    EXPECT_EQ(successes(together<Ticket>(std::move(all))), 1);
}

TEST_P(StorageContract, ResumesTheOpenTicketUntilItsDeadline) {
    const Ticket ticket = scanned();

    const auto found = good(storage().resume(digest("pre"), ticket.life.deadline - moment));
    ASSERT_TRUE(found.open_ticket);
    EXPECT_EQ(found.open_ticket->token, "T1");
    EXPECT_FALSE(found.pre_session_ended);
    EXPECT_FALSE(good(storage().resume(digest("pre"), ticket.life.deadline)).open_ticket);
    EXPECT_FALSE(good(storage().resume(digest("other"), t0)).open_ticket);
}

TEST_P(StorageContract, CancelsTheOpenTicketOnce) {
    const Ticket ticket = scanned();

    const auto ended = good(storage().cancel_ticket(digest("pre"), t0 + seconds(1), trace_));

    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->token, "T1");
    EXPECT_EQ(ended->life.state, TicketState::cancelled);
    EXPECT_FALSE(good(storage().cancel_ticket(digest("pre"), t0 + seconds(1), trace_)));
    EXPECT_FALSE(good(storage().resume(digest("pre"), t0)).open_ticket);
    EXPECT_EQ(events(ticket.person_id).back(), "ticket_cancelled:ok");
}

TEST_P(StorageContract, CancelsAConfirmedTicketBeforeItIsRedeemed) {
    confirmed();

    EXPECT_TRUE(good(storage().cancel_ticket(digest("pre"), t0 + seconds(15), trace_)));
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::ticket_state);
}

TEST_P(StorageContract, ExpiresOverdueTicketsOldestFirstUpToTheLimit) {
    const auto id = lin_with_certificate();
    good(storage().scan_ticket(scan_of("T2", "p2", id, t0 + seconds(2)), trace_));
    good(storage().scan_ticket(scan_of("T1", "p1", id, t0 + seconds(1)), trace_));
    good(storage().scan_ticket(scan_of("T3", "p3", id, t0 + seconds(3)), trace_));
    const WallTime end = t0 + minutes(5);
    EXPECT_THAT(good(storage().expire_tickets(end + seconds(1) - moment, 10)), IsEmpty());

    const auto two = good(storage().expire_tickets(end + seconds(3), 2));
    const auto rest = good(storage().expire_tickets(end + seconds(3), 2));

    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].token, "T1");
    EXPECT_EQ(two[0].life.state, TicketState::expired);
    EXPECT_EQ(two[1].token, "T2");
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].token, "T3");
    EXPECT_EQ(events(id).back(), "ticket_expired:ok");
}

TEST_P(StorageContract, TheScannerDeniesItsTicketForGood) {
    const Ticket ticket = scanned();

    const auto denied = good(storage().deny_ticket(ticket.token_hash, ticket.person_id,
                                                   ticket.phone_session_id, t0 + seconds(1), trace_));

    EXPECT_EQ(denied.life.state, TicketState::denied);
    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(ticket), trace_)), Errc::ticket_state);
    EXPECT_EQ(refused(storage().deny_ticket(ticket.token_hash, ticket.person_id, ticket.phone_session_id,
                                            t0 + seconds(1), trace_)),
              Errc::ticket_state);
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::ticket_state);
}

TEST_P(StorageContract, NobodyElseDeniesATicket) {
    const Ticket ticket = scanned();

    EXPECT_EQ(
        refused(storage().deny_ticket(ticket.token_hash, "stranger", ticket.phone_session_id, t0, trace_)),
        Errc::ticket_unknown);
    EXPECT_EQ(refused(storage().deny_ticket(ticket.token_hash, ticket.person_id, "other phone", t0, trace_)),
              Errc::ticket_unknown);
    EXPECT_EQ(
        refused(storage().deny_ticket(digest("T9"), ticket.person_id, ticket.phone_session_id, t0, trace_)),
        Errc::ticket_unknown);
    EXPECT_EQ(state_of("T1"), TicketState::scanned);
}

TEST_P(StorageContract, TheFifthWrongSignatureKillsTheTicket) {
    const Ticket ticket = scanned();
    for (int wrong = 1; wrong <= 4; ++wrong) {
        const auto counted = good(
            storage().count_wrong_signature(ticket.token_hash, ticket.person_id, t0 + seconds(1), trace_));
        EXPECT_EQ(counted.life.wrong_signatures, wrong);
        EXPECT_EQ(counted.life.state, TicketState::scanned);
    }

    const auto fifth =
        good(storage().count_wrong_signature(ticket.token_hash, ticket.person_id, t0 + seconds(1), trace_));

    EXPECT_EQ(fifth.life.state, TicketState::dead);
    EXPECT_EQ(refused(storage().count_wrong_signature(ticket.token_hash, ticket.person_id, t0, trace_)),
              Errc::ticket_state);
    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(ticket), trace_)), Errc::ticket_state);
    const auto names = events(ticket.person_id);
    EXPECT_THAT(std::vector(names.end() - 4, names.end()),
                ElementsAre("signature_wrong:signature_wrong", "ticket_dead:signature_wrong",
                            "signature_wrong:ticket_state", "ticket_confirmed:ticket_state"));
}

TEST_P(StorageContract, ParallelWrongSignaturesAreFiveAtMost) {
    const Ticket ticket = scanned();
    std::vector<Task<Result<Ticket>>> all;
    for (std::size_t i = 0; i < 12; ++i)
        all.push_back(door(i).count_wrong_signature(ticket.token_hash, ticket.person_id, t0, trace_));

    EXPECT_EQ(successes(together<Ticket>(std::move(all))), 5);
    EXPECT_EQ(state_of("T1"), TicketState::dead);
}

TEST_P(StorageContract, AStrangersWrongSignatureIsNotCounted) {
    const Ticket ticket = scanned();

    EXPECT_EQ(refused(storage().count_wrong_signature(ticket.token_hash, "stranger", t0, trace_)),
              Errc::ticket_unknown);
    EXPECT_EQ(good(storage().find_ticket(ticket.token_hash))->life.wrong_signatures, 0);
}

}  // namespace
}  // namespace qrgate
