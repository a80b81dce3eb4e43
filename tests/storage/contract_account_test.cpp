// What people change about their own account, and their login history.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// --- looking at a session

TEST_P(AccountContract, LookingAtASessionDoesNotKeepItAlive) {
    const auto id = put(lin());
    open(id, "s1");

    EXPECT_TRUE(lives("s1", SessionKind::browser, t0 + minutes(29)));

    EXPECT_FALSE(lives("s1", SessionKind::browser, t0 + minutes(30)));
    EXPECT_FALSE(lives("s1", SessionKind::phone));
    EXPECT_FALSE(lives("unknown"));
}

TEST_P(AccountContract, ALockedPersonsSessionIsNotSeen) {
    const auto id = put(lin());
    open(id, "s1");

    good(storage().set_person_state(id, PersonState::locked, t0, trace_));

    EXPECT_FALSE(lives("s1"));
}

// --- password

TEST_P(AccountContract, ANewPasswordEndsEverythingButTheSessionThatChangedIt) {
    const Ticket ticket = scanned();
    const auto id = ticket.person_id;
    const auto other = put(zhao());
    open(id, "keep");
    open(id, "pc");
    open(id, "phone", t0, SessionKind::phone);
    open(other, "foreign");

    good(storage().change_password(id, "hash-lin", "hash-new", kept("keep", "renewed"), t0, trace_));

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, "hash-new");
    EXPECT_FALSE(lives("pc"));
    EXPECT_FALSE(lives("phone", SessionKind::phone));
    EXPECT_TRUE(lives("foreign"));
    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_FALSE(lives("keep")) << "its old value is worth nothing";
    const auto stays = good(storage().find_session(digest("renewed"), SessionKind::browser, t0));
    ASSERT_TRUE(stays);
    EXPECT_EQ(stays->id, "keep");
    auto rows = events(id);
    EXPECT_THAT(std::vector(rows.end() - 4, rows.end()),
                ElementsAre("password_changed:ok", "session_ended:password_changed",
                            "session_ended:password_changed", "ticket_cancelled:ok"));
}

TEST_P(AccountContract, APasswordIsChangedOnlyFromTheHashThatWasChecked) {
    const auto id = put(lin());
    open(id, "keep");
    open(id, "pc");

    EXPECT_EQ(
        refused(storage().change_password(id, "older", "hash-new", kept("keep", "renewed"), t0, trace_)),
        Errc::conflict);
    EXPECT_EQ(refused(storage().change_password("nobody", "hash-lin", "hash-new", kept("keep", "renewed"), t0,
                                                trace_)),
              Errc::conflict);

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, "hash-lin");
    EXPECT_TRUE(lives("keep"));
    EXPECT_TRUE(lives("pc"));
}

TEST_P(AccountContract, AChangedPasswordBeginsAnew) {
    const auto id = put(lin());
    open(id, "keep");

    EXPECT_EQ(refused(storage().change_password(id, "older", "hash-new", kept("keep", "renewed"),
                                                t0 + minutes(1), trace_)),
              Errc::conflict);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0);

    good(storage().change_password(id, "hash-lin", "hash-new", kept("keep", "renewed"), t0 + minutes(2),
                                   trace_));
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0 + minutes(2));
}

TEST_P(AccountContract, ALockedPersonChangesNoPassword) {
    const auto id = put(lin());
    open(id, "keep");
    good(storage().set_person_state(id, PersonState::locked, t0, trace_));

    EXPECT_EQ(
        refused(storage().change_password(id, "hash-lin", "hash-new", kept("keep", "renewed"), t0, trace_)),
        Errc::conflict);
}

TEST_P(AccountContract, ASessionThatEndedMeanwhileChangesNoPassword) {
    const auto id = put(lin());
    const auto other = put(zhao());
    open(id, "ended");
    open(other, "foreign");
    good(storage().end_session(id, "ended", "undo", t0, trace_));

    for (const char* session : {"ended", "foreign", "unknown"})
        EXPECT_EQ(refused(storage().change_password(id, "hash-lin", "hash-new", kept(session, "renewed"), t0,
                                                    trace_)),
                  Errc::session_missing)
            << session;

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, "hash-lin");
    EXPECT_FALSE(lives("renewed"));
    EXPECT_TRUE(lives("foreign"));
}

TEST_P(AccountContract, OfParallelChangesOfAPasswordOneWins) {
    const auto id = put(lin());
    std::vector<Task<Result<void>>> all;
    for (std::size_t i = 0; i < 6; ++i)
        open(id, "s" + std::to_string(i));
    for (std::size_t i = 0; i < 6; ++i)
        all.push_back(door(i).change_password(id, "hash-lin", "hash-" + std::to_string(i),
                                              kept("s" + std::to_string(i), "r" + std::to_string(i)), t0,
                                              trace_));

    EXPECT_EQ(successes(together<void>(std::move(all))), 1);
    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0)).size(), 1U);
}

// --- phone

TEST_P(AccountContract, CodesThatWentOutBeforeAnotherChangeChangeNoPhone) {
    const auto id = put(lin());
    put_phone_code(CodePurpose::phone_old, id);
    put_phone_code(CodePurpose::phone_new, id, "other");
    NewPerson moved = lin();
    moved.phone = "13900000077";
    put(moved);

    EXPECT_EQ(refused(change_phone(id, "13900000077", typed("code", "other"))), Errc::code_wrong);

    EXPECT_EQ(phone_of(id), "13900000077");
}

TEST_P(AccountContract, BothCodesChangeThePhoneAndAreUsedUp) {
    const auto id = put(lin());
    put_phone_code(CodePurpose::phone_old, id);
    put_phone_code(CodePurpose::phone_new, id, "other");

    good(change_phone(id, lin().phone, typed("code", "other")));

    EXPECT_EQ(phone_of(id), "13900000088");
    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::personal, "13900000088")).size(), 1U);
    EXPECT_THAT(good(storage().find_people_by_phone(PersonKind::personal, lin().phone)), IsEmpty());
    EXPECT_EQ(refused(change_phone(id, "13900000088", typed("code", "other"))), Errc::code_wrong);
    const auto row = good(storage().list_audit(id, 2)).back();
    EXPECT_EQ(row.event.event, "phone_changed");
    EXPECT_EQ(row.event.subject, "old_phone");
}

TEST_P(AccountContract, OneWrongCodeOfTwoChangesNothingAndUsesUpNothing) {
    const auto id = put(lin());
    put_phone_code(CodePurpose::phone_old, id);
    put_phone_code(CodePurpose::phone_new, id);

    EXPECT_EQ(refused(change_phone(id, lin().phone, typed("code", "guess"))), Errc::code_wrong);
    EXPECT_EQ(refused(change_phone(id, lin().phone, typed("guess", "code"))), Errc::code_wrong);
    EXPECT_EQ(phone_of(id), lin().phone);

    good(change_phone(id, lin().phone, typed("code", "code")));
}

TEST_P(AccountContract, EveryTryOfAChangeCountsForBothCodes) {
    const auto id = put(lin());
    put_phone_code(CodePurpose::phone_old, id);
    put_phone_code(CodePurpose::phone_new, id);
    for (int i = 0; i < 5; ++i)
        refused(change_phone(id, lin().phone, typed("guess", "code")));

    EXPECT_EQ(refused(change_phone(id, lin().phone, typed("code", "code"))), Errc::code_wrong);
}

TEST_P(AccountContract, CodesOfAnotherPersonOrPastTheirTimeChangeNothing) {
    const auto id = put(lin());
    const auto other = put(zhao());
    put_phone_code(CodePurpose::phone_old, other);
    put_phone_code(CodePurpose::phone_new, other);

    EXPECT_EQ(refused(change_phone(id, lin().phone, typed("code", "code"))), Errc::code_wrong);
    EXPECT_EQ(refused(storage().change_phone(other, zhao().phone, "13900000088", typed("code", "code"),
                                             "old_phone", t0 + minutes(5), trace_)),
              Errc::code_wrong);
    good(change_phone(other, zhao().phone, typed("code", "code")));
}

TEST_P(AccountContract, ANumberThatChangedMeanwhileIsNotChangedAgain) {
    const auto id = put(lin());
    put_phone_code(CodePurpose::phone_old, id);
    put_phone_code(CodePurpose::phone_new, id);

    EXPECT_EQ(refused(change_phone(id, "13900000077", typed("code", "code"))), Errc::conflict);

    EXPECT_EQ(phone_of(id), lin().phone);
    good(change_phone(id, lin().phone, typed("code", "code")));
}

TEST_P(AccountContract, WithoutANumberTheNewOnesCodeIsEnoughForStorage) {
    auto person = lin();
    person.phone = "";
    const auto id = put(person);
    put_phone_code(CodePurpose::phone_new, id);

    good(change_phone(id, "", {{CodePurpose::phone_new, digest("session"), digest("code")}}));

    EXPECT_EQ(phone_of(id), "13900000088");
}

TEST_P(AccountContract, ParallelChangesWithTheSameCodesAreOne) {
    const auto id = put(lin());
    put_phone_code(CodePurpose::phone_old, id);
    put_phone_code(CodePurpose::phone_new, id);
    std::vector<Task<Result<void>>> all;
    for (std::size_t i = 0; i < 4; ++i)
        all.push_back(change_phone(id, lin().phone, typed("code", "code"), i));

    EXPECT_EQ(successes(together<void>(std::move(all))), 1);
}

// --- preferences

TEST_P(AccountContract, PreferencesAreNoneUntilTheyAreChosenThenTheLastChoice) {
    const auto id = put(lin());
    const auto other = put(zhao());
    EXPECT_FALSE(good(storage().preferences(id)));

    good(storage().set_preferences(id, {.easy = true, .contrast = false, .language = "en"}, t0));
    good(storage().set_preferences(id, {.easy = true, .contrast = true, .language = ""}, t0 + seconds(1)));

    EXPECT_EQ(good(storage().preferences(id)),
              std::optional(Preferences{.easy = true, .contrast = true, .language = ""}));
    EXPECT_FALSE(good(storage().preferences(other)));
    EXPECT_EQ(refused(storage().set_preferences("nobody", {}, t0)), Errc::not_found);
}

// --- login history

TEST_P(AccountContract, HistoryHasSessionsAndRefusedTriesNewestFirst) {
    const auto id = put(lin());
    const auto other = put(zhao());
    open(id, "first", t0);
    good(storage().record({.event = "authn_login_fail",
                           .outcome = "credentials_wrong",
                           .person_id = id,
                           .method = "sms",
                           .at = t0 + seconds(1)},
                          trace_));
    good(storage().record({.event = "authz_fail", .outcome = "x", .person_id = id, .at = t0}, trace_));
    open(id, "phone", t0 + seconds(2), SessionKind::phone);
    open(other, "foreign", t0);
    good(storage().end_session(id, "first", "undo", t0 + seconds(3), trace_));

    const auto rows = good(storage().list_logins(id, 10, t0 + seconds(4)));

    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].session_id, "phone");
    EXPECT_EQ(rows[0].kind, SessionKind::phone);
    EXPECT_TRUE(rows[0].live);
    EXPECT_EQ(rows[1].session_id, "");
    EXPECT_EQ(rows[1].outcome, "credentials_wrong");
    EXPECT_EQ(rows[1].method, LoginMethod::sms);
    EXPECT_EQ(rows[1].address, trace_.address);
    EXPECT_FALSE(rows[1].live);
    EXPECT_EQ(rows[2].session_id, "first");
    EXPECT_EQ(rows[2].outcome, "ok");
    EXPECT_EQ(rows[2].end_reason, "undo");
    EXPECT_EQ(rows[2].browser, "Firefox on Linux");
    EXPECT_EQ(rows[2].place, "somewhere");
    EXPECT_FALSE(rows[2].live);
    EXPECT_EQ(good(storage().list_logins(id, 2, t0 + seconds(4))).back().session_id, "");
}

TEST_P(AccountContract, RefusedTriesDoNotPushSessionsOffTheList) {
    const auto id = put(lin());
    open(id, "early");
    open(id, "late", t0 + seconds(1));
    for (int i = 0; i < 8; ++i)
        good(storage().record({.event = "authn_login_fail",
                               .outcome = "credentials_wrong",
                               .person_id = id,
                               .method = "password",
                               .at = t0 + seconds(10 + i)},
                              trace_));

    const auto rows = good(storage().list_logins(id, 6, t0 + seconds(60)));

    ASSERT_EQ(rows.size(), 5U) << "three refusals and both sessions";
    EXPECT_EQ(rows[0].at, t0 + seconds(17)) << "the newest refusals";
    EXPECT_EQ(rows[2].at, t0 + seconds(15));
    EXPECT_EQ(rows[3].session_id, "late");
    EXPECT_EQ(rows[4].session_id, "early");
}

TEST_P(AccountContract, ASessionThatEndedByTimeIsHistoryWithoutAReason) {
    const auto id = put(lin());
    open(id, "s1");

    const auto rows = good(storage().list_logins(id, 10, t0 + hours(1)));

    ASSERT_EQ(rows.size(), 1U);
    EXPECT_FALSE(rows[0].live);
    EXPECT_EQ(rows[0].end_reason, "");
}

TEST_P(AccountContract, HistoryGoesBackNinetyDaysThroughEveryPurge) {
    const auto id = put(lin());
    open(id, "s1");
    const WallTime last = t0 + hours(24 * 90);

    good(storage().purge(last));
    EXPECT_EQ(good(storage().list_logins(id, 10, last)).size(), 1U);
    EXPECT_THAT(good(storage().list_logins(id, 10, last + seconds(1))), IsEmpty());

    good(storage().purge(last + hours(13)));
    EXPECT_THAT(good(storage().list_logins(id, 10, last)), IsEmpty()) << "deleted";
}

}  // namespace
}  // namespace qrgate
