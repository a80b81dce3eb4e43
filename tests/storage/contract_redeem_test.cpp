// Confirm, evidence, redeem.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

TEST_P(StorageContract, AConfirmationOpensTheRedeemAndNothingElse) {
    const Ticket ticket = scanned();

    const auto done = good(storage().confirm_ticket(confirmation_of(ticket), trace_));

    EXPECT_EQ(done.life.state, TicketState::confirmed);
    EXPECT_EQ(done.life.deadline, t0 + seconds(70));
    EXPECT_FALSE(done.needs_code);
    EXPECT_EQ(state_of("T1"), TicketState::confirmed);
    EXPECT_THAT(good(storage().list_sessions(ticket.person_id, SessionKind::browser, t0)), IsEmpty());
    EXPECT_EQ(events(ticket.person_id).back(), "ticket_confirmed:ok");
}

TEST_P(StorageContract, AConfirmationKeepsItsEvidence) {
    const Ticket ticket = scanned();
    EXPECT_FALSE(good(storage().find_receipt(ticket.token_hash)));

    good(storage().confirm_ticket(confirmation_of(ticket), trace_));

    const auto receipt = good(storage().find_receipt(ticket.token_hash));
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->token_hash, ticket.token_hash);
    EXPECT_EQ(receipt->person_id, ticket.person_id);
    EXPECT_EQ(receipt->serial, "aa");
    EXPECT_EQ(receipt->algorithm, KeyAlgorithm::sm2);
    EXPECT_EQ(receipt->text, "what was signed\n");
    EXPECT_EQ(receipt->signature, confirmation_of(ticket).signature);
    EXPECT_EQ(receipt->certificate, (Bytes{0x30, 0x01, 0x02}));
    EXPECT_EQ(receipt->chain, confirmation_of(ticket).chain);
    EXPECT_EQ(receipt->certificate_status, "active");
    EXPECT_EQ(receipt->confirmed_at, t0 + seconds(10));
    EXPECT_EQ(good(storage().list_receipts(ticket.person_id)).size(), 1U);
}

TEST_P(StorageContract, ARefusedConfirmationLeavesNoEvidence) {
    const Ticket ticket = scanned();
    put_at_level_two();

    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(ticket), trace_)), Errc::level_too_low);

    EXPECT_FALSE(good(storage().find_receipt(ticket.token_hash)));
    EXPECT_EQ(state_of("T1"), TicketState::scanned);
    EXPECT_EQ(events(ticket.person_id).back(), "ticket_confirmed:level_too_low");
}

TEST_P(StorageContract, OnlyTheScannerConfirms) {
    const Ticket ticket = scanned();
    auto stranger = confirmation_of(ticket);
    stranger.person_id = "stranger";
    auto other_phone = confirmation_of(ticket);
    other_phone.phone_session_id = "other";
    auto other_ticket = confirmation_of(ticket);
    other_ticket.token_hash = digest("T9");

    EXPECT_EQ(refused(storage().confirm_ticket(stranger, trace_)), Errc::ticket_unknown);
    EXPECT_EQ(refused(storage().confirm_ticket(other_phone, trace_)), Errc::ticket_unknown);
    EXPECT_EQ(refused(storage().confirm_ticket(other_ticket, trace_)), Errc::ticket_unknown);
    EXPECT_EQ(state_of("T1"), TicketState::scanned);
}

TEST_P(StorageContract, AConfirmationComesBeforeTheDeadline) {
    const Ticket ticket = scanned();
    const WallTime end = ticket.life.deadline;

    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(ticket, end), trace_)), Errc::ticket_state);
    EXPECT_TRUE(run(storage().confirm_ticket(confirmation_of(ticket, end - moment), trace_)));
}

TEST_P(StorageContract, AConfirmationWithADisabledRevokedOrForeignCertificateIsRefused) {
    const Ticket ticket = scanned();
    certify("bb", ticket.person_id);
    auto other = confirmation_of(ticket);
    other.certificate = "bb";
    EXPECT_EQ(refused(storage().confirm_ticket(other, trace_)), Errc::certificate_unusable);

    // Disabled by ten wrong passphrases, which end no ticket: the statement itself must look.
    for (int i = 0; i < 10; ++i)
        good(storage().try_unlock("aa", ticket.person_id, digest("device"), digest("guess"), t0, trace_));
    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(ticket), trace_)), Errc::certificate_unusable);
    good(storage().revoke_certificate("aa", ticket.person_id, "lost", t0, trace_));
    EXPECT_EQ(refused(storage().confirm_ticket(confirmation_of(ticket), trace_)), Errc::ticket_state);
    EXPECT_FALSE(good(storage().find_receipt(ticket.token_hash)));
}

TEST_P(StorageContract, ParallelConfirmationsHaveOneWinnerAndOneEvidence) {
    const Ticket ticket = scanned();
    std::vector<Task<Result<Ticket>>> all;
    for (std::size_t i = 0; i < 10; ++i)
        all.push_back(door(i).confirm_ticket(confirmation_of(ticket), trace_));

    EXPECT_EQ(successes(together<Ticket>(std::move(all))), 1);
    EXPECT_EQ(good(storage().list_receipts(ticket.person_id)).size(), 1U);
}

TEST_P(StorageContract, ConfirmationsOfOneTurnAreDecidedEachByItsOwnTicket) {
    const auto lin_id = lin_with_certificate();
    const auto zhao_id = put(zhao());
    certify("cc", zhao_id);
    const auto scan = [&](const std::string& token, const std::string& person) {
        return good(storage().scan_ticket(scan_of(token, "pre-" + token, person), trace_));
    };
    std::vector<Confirmation> all;
    for (const auto& token : {"T1", "T2", "T3", "T4", "T5"})
        all.push_back(confirmation_of(scan(token, lin_id)));
    all.push_back(confirmation_of(scan("T6", zhao_id)));
    all[1].person_id = zhao_id;
    all[2].nonce = "another";
    all[3].at = t0 + hours(1);
    all[4].code_hash = digest("typed");
    all.push_back(all[0]);
    run(storage().try_unlock("aa", lin_id, digest("device"), digest("wrong"), t0, trace_));
    ASSERT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 1);

    std::vector<Task<Result<Ticket>>> operations;
    for (const auto& one : all)
        operations.push_back(storage().confirm_ticket(one, trace_));
    const auto answers = together<Ticket>(std::move(operations));

    const auto refusal_of = [&](std::size_t i) { return answers[i] ? Errc{} : answers[i].error(); };
    ASSERT_TRUE(answers[0] && answers[4] && answers[5]);
    EXPECT_EQ(answers[0]->token, "T1");
    EXPECT_FALSE(answers[0]->needs_code);
    EXPECT_EQ(refusal_of(1), Errc::ticket_unknown);
    EXPECT_EQ(refusal_of(2), Errc::conflict);
    EXPECT_EQ(refusal_of(3), Errc::ticket_state);
    EXPECT_EQ(answers[4]->token, "T5");
    EXPECT_TRUE(answers[4]->needs_code);
    EXPECT_EQ(answers[5]->person_id, zhao_id);
    EXPECT_EQ(answers[5]->life.deadline, t0 + seconds(70));
    EXPECT_EQ(refusal_of(6), Errc::ticket_state);
    EXPECT_EQ(good(storage().list_receipts(lin_id)).size(), 2U);
    EXPECT_EQ(good(storage().find_receipt(digest("T6")))->serial, "cc");
    EXPECT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 0);
    EXPECT_EQ(state_of("T2"), TicketState::scanned);
}

TEST_P(StorageContract, ARedeemOpensTheSessionOnce) {
    const Ticket ticket = confirmed();

    const auto [session, used] = good(storage().redeem_ticket(redemption_of("pre", "s1"), trace_));

    EXPECT_EQ(used.token, "T1");
    EXPECT_EQ(used.life.state, TicketState::redeemed);
    EXPECT_EQ(used.session_id, "s1");
    EXPECT_EQ(session.id, "s1");
    EXPECT_EQ(session.person_id, ticket.person_id);
    EXPECT_EQ(session.method, LoginMethod::qr);
    EXPECT_EQ(session.aal, 2);
    EXPECT_EQ(session.person_name, lin().name);
    EXPECT_EQ(session.person_level, 3);
    const auto after = good(storage().find_ticket(ticket.token_hash));
    EXPECT_EQ(after->life.state, TicketState::redeemed);
    EXPECT_EQ(after->session_id, "s1");
    EXPECT_TRUE(good(storage().resume(digest("pre"), t0)).pre_session_ended);
    EXPECT_TRUE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(21))));
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s2"), trace_)), Errc::ticket_state);
    EXPECT_THAT(events(ticket.person_id),
                IsSupersetOf({"ticket_redeemed:ok", "session_created:ok", "authn_login_success:ok",
                              "authn_token_reuse:ticket_state"}));
}

TEST_P(StorageContract, ParallelRedeemsOpenOneSession) {
    const Ticket ticket = confirmed();
    std::vector<Task<Result<Redeemed>>> all;
    for (std::size_t i = 0; i < 16; ++i)
        all.push_back(door(i).redeem_ticket(redemption_of("pre", "s" + std::to_string(i)), trace_));

    const auto answers = together<Redeemed>(std::move(all));

    EXPECT_EQ(successes(answers), 1);
    for (const auto& answer : answers)
        if (!answer) EXPECT_EQ(answer.error(), Errc::ticket_state);
    EXPECT_EQ(good(storage().list_sessions(ticket.person_id, SessionKind::browser, t0 + seconds(21))).size(),
              1U);
}

Task<Result<bool>> redeems(Storage& storage, Redemption redemption) {
    co_return (co_await storage.redeem_ticket(std::move(redemption), {})).has_value();
}
Task<Result<bool>> logs_in(Storage& storage, std::string person, NewSession session) {
    co_return (co_await storage.open_session(std::move(person), {}, std::move(session), {})).has_value();
}

TEST_P(StorageContract, ParallelRedeemAndPasswordLoginOpenOneSession) {
    const Ticket ticket = confirmed();
    std::vector<Task<Result<bool>>> all;
    for (std::size_t i = 0; i < 8; ++i) {
        auto login = browser_session("p" + std::to_string(i), t0 + seconds(20));
        login.pre_session_hash = digest("pre");
        all.push_back(redeems(door(2 * i), redemption_of("pre", "s" + std::to_string(i))));
        all.push_back(logs_in(door(2 * i + 1), ticket.person_id, login));
    }

    int opened = 0;
    for (const auto& answer : together<bool>(std::move(all)))
        opened += *answer ? 1 : 0;
    EXPECT_EQ(opened, 1);
}

TEST_P(StorageContract, AnotherBrowserRedeemsNothing) {
    confirmed();

    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("other", "s1"), trace_)), Errc::ticket_unknown);
    EXPECT_EQ(state_of("T1"), TicketState::confirmed);
}

TEST_P(StorageContract, ARedeemBeforeTheConfirmationIsTooEarly) {
    scanned();

    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::ticket_state);
    EXPECT_EQ(state_of("T1"), TicketState::scanned);
}

TEST_P(StorageContract, ARedeemComesBeforeTheDeadlineSweptOrNot) {
    const Ticket ticket = confirmed();
    const WallTime end = ticket.life.deadline;

    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1", end), trace_)),
              Errc::ticket_expired);
    good(storage().expire_tickets(end, 10));
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1", end), trace_)),
              Errc::ticket_expired);
}

TEST_P(StorageContract, ARedeemInTheLastMomentIsInTime) {
    const Ticket ticket = confirmed();

    EXPECT_TRUE(
        run(storage().redeem_ticket(redemption_of("pre", "s1", ticket.life.deadline - moment), trace_)));
}

TEST_P(StorageContract, ARedeemChecksTheLevelAgain) {
    const Ticket ticket = confirmed();
    put_at_level_two();

    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::level_too_low);
    EXPECT_EQ(events(ticket.person_id).back(), "authn_login_fail:level_too_low");
    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(21))));
    EXPECT_FALSE(good(storage().resume(digest("pre"), t0)).pre_session_ended);
}

TEST_P(StorageContract, ARedeemChecksTheCertificateAgain) {
    const Ticket ticket = confirmed();
    // Disabled by ten wrong passphrases, which end no ticket: the statement itself must look.
    for (int i = 0; i < 10; ++i)
        good(storage().try_unlock("aa", ticket.person_id, digest("device"), digest("guess"), t0, trace_));
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)),
              Errc::certificate_unusable);

    good(storage().revoke_certificate("aa", ticket.person_id, "lost", t0, trace_));
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::ticket_state);
}

TEST_P(StorageContract, ARedeemOfALockedPersonFindsItsTicketCancelled) {
    const Ticket ticket = confirmed();
    good(storage().set_person_state(ticket.person_id, PersonState::locked, t0, trace_));

    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)), Errc::ticket_state);
}

TEST_P(WithTypedCode, TheRightCodeRedeems) {
    EXPECT_TRUE(confirmed_with_code().needs_code);

    EXPECT_TRUE(run(storage().redeem_ticket(redemption("typed"), trace_)));
}

TEST_P(WithTypedCode, TheThirdWrongOrMissingCodeKills) {
    const Ticket ticket = confirmed_with_code();

    EXPECT_EQ(refused(storage().redeem_ticket(redemption("guess"), trace_)), Errc::code_wrong);
    EXPECT_EQ(refused(storage().redeem_ticket(redemption(""), trace_)), Errc::code_wrong);
    EXPECT_EQ(state_of("T1"), TicketState::confirmed);
    EXPECT_EQ(refused(storage().redeem_ticket(redemption("guess"), trace_)), Errc::code_wrong);
    EXPECT_EQ(state_of("T1"), TicketState::dead);
    EXPECT_EQ(events(ticket.person_id).back(), "ticket_dead:code_wrong");
    EXPECT_EQ(refused(storage().redeem_ticket(redemption("typed"), trace_)), Errc::ticket_state);
}

TEST_P(WithTypedCode, AfterTwoWrongCodesTheRightOneStillRedeems) {
    confirmed_with_code();
    refused(storage().redeem_ticket(redemption("guess"), trace_));
    refused(storage().redeem_ticket(redemption("guess"), trace_));

    EXPECT_TRUE(run(storage().redeem_ticket(redemption("typed"), trace_)));
}

TEST_P(WithTypedCode, ParallelGuessesAreThreeAtMost) {
    confirmed_with_code();
    std::vector<Task<Result<Redeemed>>> all;
    for (std::size_t i = 0; i < 12; ++i)
        all.push_back(door(i).redeem_ticket(redemption("guess" + std::to_string(i)), trace_));

    int compared = 0;
    for (const auto& answer : together<Redeemed>(std::move(all)))
        compared += answer.error() == Errc::code_wrong ? 1 : 0;
    EXPECT_EQ(compared, 3);
}

}  // namespace
}  // namespace qrgate
