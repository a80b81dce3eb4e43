// Sessions, codes, purge.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(StorageContract, OpensASessionAndGivesItBackWithItsPerson) {
    const auto id = put(lin());
    auto fresh = browser_session("s1", t0);
    fresh.device_hash = digest("device");

    const auto opened = good(storage().open_session(id, "hash-lin", fresh, trace_));
    const auto used = good(storage().use_session(fresh.token_hash, SessionKind::browser, t0 + seconds(1)));

    EXPECT_EQ(opened.id, "s1");
    EXPECT_EQ(opened.person_id, id);
    EXPECT_EQ(opened.last_used_at, t0);
    ASSERT_TRUE(used);
    EXPECT_EQ(used->id, "s1");
    EXPECT_EQ(used->method, LoginMethod::password);
    EXPECT_EQ(used->aal, 1);
    EXPECT_EQ(used->opened_at, t0);
    EXPECT_EQ(used->last_used_at, t0 + seconds(1));
    EXPECT_EQ(used->idle_ends_at, t0 + seconds(1) + minutes(30));
    EXPECT_EQ(used->expires_at, t0 + hours(12));
    EXPECT_EQ(used->address, "192.0.2.1");
    EXPECT_EQ(used->browser, "Firefox on Linux");
    EXPECT_EQ(used->place, "somewhere");
    EXPECT_EQ(used->device_hash, digest("device"));
    EXPECT_EQ(used->person_kind, PersonKind::personal);
    EXPECT_EQ(used->person_name, lin().name);
    EXPECT_EQ(used->person_level, 3);
}

TEST_P(StorageContract, OpensNoSessionWhenThePasswordHashChangedMeanwhile) {
    const auto id = put(lin());

    EXPECT_EQ(refused(storage().open_session(id, "older", browser_session("s1", t0), trace_)),
              Errc::credentials_wrong);
    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0)));
    EXPECT_THAT(events(id), ElementsAre("person_put:ok", "authn_login_fail:credentials_wrong"));
}

TEST_P(StorageContract, OpensNoSessionForNobody) {
    EXPECT_EQ(refused(storage().open_session("nobody", {}, browser_session("s1", t0), trace_)),
              Errc::credentials_wrong);
}

TEST_P(StorageContract, APreSessionOpensOneSessionOnly) {
    const auto id = put(lin());
    auto first = browser_session("s1", t0);
    first.pre_session_hash = digest("pre");
    auto second = browser_session("s2", t0);
    second.pre_session_hash = digest("pre");
    EXPECT_FALSE(good(storage().resume(digest("pre"), t0)).pre_session_ended);

    good(storage().open_session(id, {}, first, trace_));

    EXPECT_TRUE(good(storage().resume(digest("pre"), t0)).pre_session_ended);
    EXPECT_EQ(refused(storage().open_session(id, {}, second, trace_)), Errc::session_missing);
}

TEST_P(StorageContract, ParallelLoginsOfOnePreSessionOpenOneSession) {
    const auto id = put(lin());
    std::vector<Task<Result<Session>>> all;
    for (std::size_t i = 0; i < 8; ++i) {
        auto fresh = browser_session("s" + std::to_string(i), t0);
        fresh.pre_session_hash = digest("pre");
        all.push_back(door(i).open_session(id, {}, fresh, trace_));
    }

    EXPECT_EQ(successes(together<Session>(std::move(all))), 1);
    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0)).size(), 1U);
}

TEST_P(StorageContract, ALoginCancelsTheOpenTicketOfItsPreSession) {
    const Ticket ticket = confirmed();
    auto fresh = browser_session("s1", t0 + seconds(15));
    fresh.pre_session_hash = digest("pre");

    good(storage().open_session(ticket.person_id, {}, fresh, trace_));

    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_EQ(refused(storage().redeem_ticket(redemption_of("pre", "s2"), trace_)), Errc::ticket_state);
}

TEST_P(StorageContract, ASessionIsFoundUnderItsOwnKindOnly) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));

    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::phone, t0)));
    EXPECT_FALSE(good(storage().use_session(digest("other"), SessionKind::browser, t0)));
    EXPECT_TRUE(good(storage().use_session(digest("s1"), SessionKind::browser, t0)));
}

TEST_P(StorageContract, FindsSeveralSessionsInTheOrderAskedAndUsesNone) {
    const auto id = put(lin());
    for (const std::string name : {"s1", "s2", "s3"}) {
        good(storage().open_session(id, {}, browser_session(name, t0), trace_));
        if (name != "s3") good(storage().use_session(digest(name), SessionKind::browser, t0));
    }
    const auto found =
        good(storage().find_sessions({digest("s2"), digest("nobody's"), digest("s1"), digest("s3")},
                                     SessionKind::browser, t0 + minutes(2)));

    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[0]->id, "s2");
    EXPECT_FALSE(found[1]);
    EXPECT_EQ(found[2]->id, "s1");
    EXPECT_FALSE(found[3]) << "not presented in time";
    EXPECT_EQ(found[2]->last_used_at, t0);
    EXPECT_EQ(found[2]->person_name, lin().name);
    EXPECT_FALSE(good(storage().find_sessions({digest("s1")}, SessionKind::phone, t0)).front());
    EXPECT_THAT(good(storage().find_sessions({}, SessionKind::browser, t0)), IsEmpty());
}

TEST_P(StorageContract, ASessionThatIsNotPresentedInTimeIsNone) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("in-time", t0), trace_));
    good(storage().open_session(id, {}, browser_session("late", t0), trace_));

    EXPECT_TRUE(
        good(storage().use_session(digest("in-time"), SessionKind::browser, t0 + seconds(60) - moment)));
    EXPECT_FALSE(good(storage().use_session(digest("late"), SessionKind::browser, t0 + seconds(60))));
    EXPECT_TRUE(good(storage().use_session(digest("in-time"), SessionKind::browser, t0 + seconds(61))));
    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0 + seconds(60))).size(), 1U);
}

TEST_P(StorageContract, ASessionEndsWhenItIsIdleTooLong) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().use_session(digest("s1"), SessionKind::browser, t0));

    const WallTime last = t0 + minutes(30) - moment;
    EXPECT_TRUE(good(storage().use_session(digest("s1"), SessionKind::browser, last)));
    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, last + minutes(30))));
    EXPECT_THAT(good(storage().list_sessions(id, SessionKind::browser, last + minutes(30))), IsEmpty());
}

TEST_P(StorageContract, AUseIsWrittenAtMostOnceAMinute) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().use_session(digest("s1"), SessionKind::browser, t0));

    const auto soon =
        good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(60) - moment));
    const auto later = good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(60)));

    EXPECT_EQ(soon->last_used_at, t0);
    EXPECT_EQ(later->last_used_at, t0 + seconds(60));
}

TEST_P(StorageContract, ASessionEndsAtItsAbsoluteEndHoweverBusy) {
    const auto id = put(lin());
    auto fresh = browser_session("s1", t0);
    fresh.expires_at = t0 + minutes(40);
    good(storage().open_session(id, {}, fresh, trace_));
    good(storage().use_session(digest("s1"), SessionKind::browser, t0));

    const auto late = good(storage().use_session(digest("s1"), SessionKind::browser, t0 + minutes(20)));
    EXPECT_EQ(late->idle_ends_at, t0 + minutes(40));
    EXPECT_TRUE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + minutes(40) - moment)));
    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + minutes(40))));
}

TEST_P(StorageContract, ListsLiveSessionsOfOneKindNewestFirst) {
    const auto id = put(lin());
    auto phone = browser_session("phone", t0);
    phone.kind = SessionKind::phone;
    good(storage().open_session(id, {}, browser_session("old", t0), trace_));
    good(storage().open_session(id, {}, phone, trace_));
    good(storage().open_session(id, {}, browser_session("new", t0 + seconds(1)), trace_));

    const auto found = good(storage().list_sessions(id, SessionKind::browser, t0 + seconds(2)));
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].id, "new");
    EXPECT_EQ(found[1].id, "old");
}

TEST_P(StorageContract, EndsASessionOnceAndOnlyItsOwnersOne) {
    const auto id = put(lin());
    const auto other = put(zhao());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));

    EXPECT_FALSE(good(storage().end_session(other, "s1", "logout", t0, trace_)));
    EXPECT_TRUE(good(storage().end_session(id, "s1", "logout", t0, trace_)));
    EXPECT_FALSE(good(storage().end_session(id, "s1", "logout", t0, trace_)));
    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0)));
    EXPECT_EQ(events(id).back(), "session_ended:logout");
}

TEST_P(StorageContract, TheOperatorEndsASessionById) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));

    EXPECT_TRUE(good(storage().end_session_by_operator("s1", t0, trace_)));
    EXPECT_FALSE(good(storage().end_session_by_operator("s1", t0, trace_)));
    EXPECT_FALSE(good(storage().end_session_by_operator("unknown", t0, trace_)));
    EXPECT_EQ(events(id).back(), "session_ended:operator");
}

TEST_P(StorageContract, EndsAllOtherBrowserSessionsOfThePerson) {
    const auto id = put(lin());
    const auto other = put(zhao());
    auto phone = browser_session("phone", t0);
    phone.kind = SessionKind::phone;
    good(storage().open_session(id, {}, phone, trace_));
    for (const char* name : {"keep", "a", "b"})
        good(storage().open_session(id, {}, browser_session(name, t0), trace_));
    good(storage().open_session(other, {}, browser_session("foreign", t0), trace_));

    EXPECT_EQ(good(storage().end_other_sessions(id, "keep", 0, "ended", t0, trace_)), 2);

    EXPECT_TRUE(good(storage().use_session(digest("keep"), SessionKind::browser, t0)));
    EXPECT_TRUE(good(storage().use_session(digest("phone"), SessionKind::phone, t0)));
    EXPECT_TRUE(good(storage().use_session(digest("foreign"), SessionKind::browser, t0)));
    EXPECT_FALSE(good(storage().use_session(digest("a"), SessionKind::browser, t0)));
}

TEST_P(StorageContract, EndsTheOldestBrowserSessionsBeyondTheNewest) {
    const auto id = put(lin());
    auto phone = browser_session("phone", t0);
    phone.kind = SessionKind::phone;
    good(storage().open_session(id, {}, phone, trace_));
    // Of the same moment: the greater id is the newer one.
    for (const auto& [name, age] : {std::pair{"b", 2}, {"a", 1}, {"c", 1}, {"d", 0}})
        good(storage().open_session(id, {}, browser_session(name, t0 - seconds(age)), trace_));

    EXPECT_EQ(good(storage().end_other_sessions(id, "d", 1, "too_many", t0, trace_)), 2);
    EXPECT_EQ(good(storage().end_other_sessions(id, "d", 1, "too_many", t0, trace_)), 0);

    for (const char* stays : {"c", "d"})
        EXPECT_TRUE(good(storage().use_session(digest(stays), SessionKind::browser, t0))) << stays;
    for (const char* gone : {"a", "b"})
        EXPECT_FALSE(good(storage().use_session(digest(gone), SessionKind::browser, t0))) << gone;
    EXPECT_TRUE(good(storage().use_session(digest("phone"), SessionKind::phone, t0)));
    EXPECT_EQ(events(id).back(), "session_ended:too_many");
}

// --- codes

TEST_P(StorageContract, ARightCodeGivesItsChallengeUntilItIsUsedUp) {
    put_code("holder", "p");

    EXPECT_EQ(good(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0)),
              "challenge-holder");
    EXPECT_EQ(good(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0)),
              "challenge-holder");
}

TEST_P(StorageContract, ACodeIsWrongForAnotherHolderPurposeOrValue) {
    put_code("holder", "p");

    EXPECT_EQ(refused(storage().check_code(CodePurpose::certificate, digest("other"), digest("code"), t0)),
              Errc::code_wrong);
    EXPECT_EQ(refused(storage().check_code(CodePurpose::login, digest("holder"), digest("code"), t0)),
              Errc::code_wrong);
    EXPECT_EQ(refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("guess"), t0)),
              Errc::code_wrong);
}

TEST_P(StorageContract, ACodeIsWrongFromItsExpiryOn) {
    put_code("holder", "p");

    good(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"),
                              t0 + minutes(5) - moment));
    EXPECT_EQ(refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"),
                                           t0 + minutes(5))),
              Errc::code_wrong);
}

TEST_P(StorageContract, AfterFiveTriesTheRightCodeIsWrongToo) {
    put_code("holder", "p");
    for (int i = 0; i < 5; ++i)
        refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("guess"), t0));

    EXPECT_EQ(refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0)),
              Errc::code_wrong);
}

TEST_P(StorageContract, ParallelChecksOfACodeGetItsTriesAndNoMore) {
    put_code("holder", "p");
    std::vector<Task<Result<std::string>>> all;
    for (std::size_t i = 0; i < 16; ++i)
        all.push_back(door(i).check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0));

    EXPECT_EQ(successes(together<std::string>(std::move(all))), 5);
}

TEST_P(StorageContract, TheNewestCodeReplacesTheOlderOneWithFreshTries) {
    put_code("holder", "p");
    for (int i = 0; i < 5; ++i)
        refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("guess"), t0));

    put_code("holder", "p", t0 + minutes(1));

    good(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0 + minutes(1)));
}

TEST_P(StorageContract, CodesLeaveRowsOfTheirPerson) {
    put_code("holder", "p");
    good(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"), t0));
    refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("guess"), t0));

    EXPECT_THAT(events("p"), ElementsAre("code_sent:ok", "code_checked:ok", "code_checked:code_wrong"));
}

// --- audit and purge

TEST_P(StorageContract, RecordsAndListsAuditRowsNewestFirst) {
    good(storage().record(
        {.event = "authz_fail", .outcome = "level_too_low", .person_id = "p", .method = "qr", .at = t0},
        trace_));
    good(storage().record({.event = "second", .outcome = "ok", .person_id = "p", .at = t0}, {}));
    good(storage().record({.event = "of nobody", .outcome = "ok", .at = t0}, {}));

    const auto rows = good(storage().list_audit("p", 10));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].event.event, "second");
    EXPECT_EQ(rows[1].event.event, "authz_fail");
    EXPECT_EQ(rows[1].event.outcome, "level_too_low");
    EXPECT_EQ(rows[1].event.method, "qr");
    EXPECT_EQ(rows[1].event.at, t0);
    EXPECT_EQ(rows[1].trace.address, trace_.address);
    EXPECT_EQ(rows[1].trace.request_id, trace_.request_id);
    EXPECT_GT(rows[0].number, rows[1].number);
    EXPECT_EQ(good(storage().list_audit("p", 1)).size(), 1U);
}

TEST_P(StorageContract, PurgingTakesTheDeadAndLeavesTheLiving) {
    const Ticket ticket = confirmed();
    const auto session = good(storage().redeem_ticket(redemption_of("pre", "s1"), trace_)).session;
    good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(21)));
    const Charge charge{.key = digest("b"), .rule = {.limit = 1, .window = hours(72)}};
    good(storage().spend({charge}, t0));

    good(storage().purge(t0 + hours(1)));
    EXPECT_TRUE(good(storage().find_ticket(ticket.token_hash)));
    EXPECT_TRUE(good(storage().resume(digest("pre"), t0)).pre_session_ended);
    EXPECT_EQ(good(storage().list_sessions(session.person_id, SessionKind::browser, t0 + seconds(22))).size(),
              1U);

    good(storage().purge(t0 + hours(48)));
    EXPECT_TRUE(good(storage().resume(digest("pre"), t0)).pre_session_ended)
        << "a cookie from a clock that was ahead lives so long";

    good(storage().purge(t0 + hours(50)));
    EXPECT_FALSE(good(storage().find_ticket(ticket.token_hash)));
    EXPECT_FALSE(good(storage().resume(digest("pre"), t0)).pre_session_ended);
    EXPECT_EQ(good(storage().list_logins(session.person_id, 10, t0 + hours(50))).size(), 1U);
    EXPECT_TRUE(good(storage().spend({charge}, t0 + hours(51))));
    EXPECT_TRUE(good(storage().find_receipt(ticket.token_hash)));
}

}  // namespace
}  // namespace qrgate
