// People and budgets.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;

TEST_P(StorageContract, IsReady) {
    good(storage().ready());
}

TEST_P(StorageContract, FindsAPersonByKindAndNumberOnly) {
    const auto id = put(lin());

    const auto found = good(storage().find_person(PersonKind::personal, lin().identity_number));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->identity_number, lin().identity_number);
    EXPECT_EQ(found->name, lin().name);
    EXPECT_EQ(found->phone, lin().phone);
    EXPECT_EQ(found->level, 3);
    EXPECT_EQ(found->state, PersonState::active);
    EXPECT_EQ(found->password_hash, lin().password_hash);
    EXPECT_FALSE(good(storage().find_person(PersonKind::corporate, lin().identity_number)));
    EXPECT_FALSE(good(storage().find_person(PersonKind::personal, zhao().identity_number)));
}

TEST_P(StorageContract, FindsAPersonById) {
    const auto id = put(lin());

    EXPECT_EQ(good(storage().find_person_by_id(id))->name, lin().name);
    EXPECT_FALSE(good(storage().find_person_by_id("nobody")));
}

TEST_P(StorageContract, FindsAllPeopleOfAPhone) {
    put(zhao());
    auto qian = zhao();
    qian.id = "person-qian";
    qian.identity_number = "110101190001010057";
    put(qian);
    put(lin());

    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::personal, zhao().phone)).size(), 2U);
    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::corporate, zhao().phone)).size(), 0U);
    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::personal, lin().phone)).size(), 1U);
}

TEST_P(StorageContract, APersonWithoutPhoneIsFoundByNoPhone) {
    auto person = lin();
    person.phone = "";
    const auto id = put(person);

    EXPECT_EQ(good(storage().find_person_by_id(id))->phone, "");
    EXPECT_TRUE(good(storage().find_people_by_phone(PersonKind::personal, "")).empty());
}

TEST_P(StorageContract, PuttingAKnownPersonBackKeepsIdSessionsAndCertificates) {
    const auto id = lin_with_certificate();
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().set_person_level(id, 1, "desk", t0, trace_));
    auto again = lin();
    again.id = "another-id";
    again.phone = "13900000009";

    EXPECT_EQ(put(again), id);

    const auto found = good(storage().find_person_by_id(id));
    EXPECT_EQ(found->level, 3);
    EXPECT_EQ(found->phone, "13900000009");
    EXPECT_FALSE(good(storage().find_person_by_id("another-id")));
    EXPECT_TRUE(good(storage().find_people_by_phone(PersonKind::personal, lin().phone)).empty());
    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0)).size(), 1U);
    EXPECT_EQ(good(storage().list_certificates(id)).size(), 1U);
}

TEST_P(StorageContract, PuttingAPersonBackUnlocksAndClearsWrongPassphrases) {
    const auto id = lin_with_certificate();
    good(storage().try_unlock("aa", id, digest("device"), digest("wrong"), t0, trace_));
    good(storage().set_person_state(id, PersonState::locked, t0, trace_));

    put(lin());

    EXPECT_EQ(good(storage().find_person_by_id(id))->state, PersonState::active);
    EXPECT_EQ(good(storage().find_certificate("aa"))->unlock_failures, 0);
}

TEST_P(StorageContract, AnIdOfAnotherNumberIsAConflict) {
    put(lin());
    auto thief = zhao();
    thief.id = lin().id;

    EXPECT_EQ(refused(storage().put_person(thief, t0)), Errc::conflict);
    EXPECT_EQ(good(storage().find_person_by_id(lin().id))->name, lin().name);
}

TEST_P(StorageContract, PuttingOnePersonFromManySidesMakesOneRow) {
    std::vector<Task<Result<std::string>>> all;
    for (std::size_t i = 0; i < 8; ++i) {
        auto person = lin();
        person.id = "person-" + std::to_string(i);
        all.push_back(door(i).put_person(person, t0));
    }

    const auto answers = together<std::string>(std::move(all));

    for (const auto& answer : answers) {
        ASSERT_TRUE(answer);
        EXPECT_EQ(*answer, *answers.front());
    }
}

TEST_P(StorageContract, LockingEndsSessionsAndOpenTicketsAndRefusesEverything) {
    const Ticket ticket = scanned();
    const auto& id = ticket.person_id;
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));

    good(storage().set_person_state(id, PersonState::locked, t0 + seconds(1), trace_));

    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(2))));
    EXPECT_TRUE(good(storage().list_sessions(id, SessionKind::browser, t0 + seconds(2))).empty());
    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_EQ(refused(storage().open_session(id, {}, browser_session("s2", t0), trace_)),
              Errc::credentials_wrong);
    EXPECT_EQ(refused(storage().scan_ticket(scan_of("T2", "pre2", id), trace_)), Errc::credentials_wrong);
    EXPECT_EQ(try_certificate(new_certificate("bb", id)).error(), Errc::credentials_wrong);
}

TEST_P(StorageContract, UnlockingLetsInAgainButBringsNoSessionBack) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    good(storage().set_person_state(id, PersonState::locked, t0, trace_));

    good(storage().set_person_state(id, PersonState::active, t0, trace_));

    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0)));
    good(storage().open_session(id, {}, browser_session("s2", t0), trace_));
    EXPECT_THAT(events(id), ElementsAre("person_put:ok", "session_created:ok", "authn_login_success:ok",
                                        "person_locked:ok", "session_ended:locked", "person_unlocked:ok",
                                        "session_created:ok", "authn_login_success:ok"));
}

TEST_P(StorageContract, NoSessionOpensBesideALock) {
    const auto id = put(lin());
    for (int round = 0; round < 5; ++round) {
        good(storage().set_person_state(id, PersonState::active, t0, trace_));
        const auto name = "round-" + std::to_string(round);
        bool opened = false;
        Task<Result<void>> lock = door(1).set_person_state(id, PersonState::locked, t0, trace_);
        std::vector<Task<Result<bool>>> all;
        all.push_back([](Task<Result<void>> step) -> Task<Result<bool>> {
            co_return (co_await std::move(step)).has_value();
        }(std::move(lock)));
        all.push_back([](Task<Result<Session>> step) -> Task<Result<bool>> {
            co_return (co_await std::move(step)).has_value();
        }(door(2).open_session(id, {}, browser_session(name, t0), trace_)));
        opened = *together<bool>(std::move(all))[1];

        good(storage().set_person_state(id, PersonState::active, t0, trace_));
        const bool lives = good(storage().use_session(digest(name), SessionKind::browser, t0)).has_value();
        EXPECT_FALSE(lives) << "opened: " << opened;
    }
}

TEST_P(StorageContract, StateAndLevelOfNobodyAreNotFound) {
    EXPECT_EQ(refused(storage().set_person_state("nobody", PersonState::locked, t0, trace_)),
              Errc::not_found);
    EXPECT_EQ(refused(storage().set_person_level("nobody", 3, "desk", t0, trace_)), Errc::not_found);
}

TEST_P(StorageContract, ALevelChangeIsRecordedWithItsEvidenceAndKeepsSessions) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));

    good(storage().set_person_level(id, 2, "desk:17", t0, trace_));

    const auto session = good(storage().use_session(digest("s1"), SessionKind::browser, t0));
    ASSERT_TRUE(session);
    EXPECT_EQ(session->person_level, 2);
    EXPECT_EQ(good(storage().list_audit(id, 1)).front().event.subject, "level:2 desk:17");
}

TEST_P(StorageContract, APasswordHashIsReplacedOnlyWhileItIsTheOldOne) {
    const auto id = put(lin());

    good(storage().set_password_hash(id, "hash-lin", "new", t0));

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, "new");
    EXPECT_EQ(refused(storage().set_password_hash(id, "hash-lin", "newer", t0)), Errc::conflict);
    EXPECT_EQ(refused(storage().set_password_hash("nobody", "", "newer", t0)), Errc::conflict);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, "new");
}

TEST_P(StorageContract, APasswordBeginsWhenThePersonIsPutAndIsNoYoungerInAnotherForm) {
    const auto id = put(lin());
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0);

    good(storage().set_password_hash(id, "hash-lin", "new", t0 + minutes(1)));
    good(storage().set_person_level(id, 2, "desk:17", t0 + minutes(2), trace_));
    good(storage().set_person_state(id, PersonState::locked, t0 + minutes(3), trace_));
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0);

    good(storage().put_person(lin(), t0 + minutes(4)));
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0 + minutes(4));
}

TEST_P(StorageContract, HowOldAPasswordIsIsReadByEveryWayToAPerson) {
    put(lin());

    EXPECT_EQ(good(storage().find_person(lin().kind, lin().identity_number))->password_set_at, t0);
    const auto by_phone = good(storage().find_people_by_phone(lin().kind, lin().phone));
    ASSERT_EQ(by_phone.size(), 1U);
    EXPECT_EQ(by_phone.front().password_set_at, t0);
}

// --- budgets

BudgetRule window(int limit) {
    return {.limit = limit, .window = seconds(60)};
}
BudgetRule backoff(int limit, int ceiling) {
    return {.shape = BudgetRule::Shape::backoff,
            .limit = limit,
            .window = hours(1),
            .first_wait = seconds(2),
            .max_wait = seconds(11),
            .ceiling = ceiling};
}

std::optional<seconds> wait_of(const std::optional<BudgetRefusal>& refused) {
    return refused ? std::optional(refused->retry_after) : std::nullopt;
}

TEST_P(StorageContract, SpendsLikeTheRuleOfTheProtocolAtEveryTime) {
    const std::vector<BudgetRule> rules{window(1),     window(3),     window(0),
                                        backoff(1, 0), backoff(3, 6), backoff(0, 4)};
    const std::vector<std::chrono::microseconds> steps{moment,      seconds(0),
                                                       seconds(1),  seconds(2) - moment,
                                                       seconds(2),  seconds(4),
                                                       seconds(8),  seconds(11),
                                                       seconds(3),  seconds(60) - moment,
                                                       moment,      seconds(60),
                                                       minutes(59), moment,
                                                       seconds(12), hours(1),
                                                       seconds(0)};
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const Charge charge{.key = digest("rule" + std::to_string(i)), .rule = rules[i]};
        std::optional<BudgetState> state;
        WallTime now = t0;
        for (const auto step : steps) {
            now += step;
            const auto expected = qrgate::spend(rules[i], state, now);
            EXPECT_EQ(wait_of(good(storage().spend({charge}, now))), expected.retry_after)
                << "rule " << i << " at " << (now - t0).count();
            if (!expected.retry_after) state = expected.next;
        }
    }
}

TEST_P(StorageContract, SpendsAllChargesOrNone) {
    const Charge small{.key = digest("small"), .rule = window(1)};
    const Charge large{.key = digest("large"), .rule = window(2)};
    EXPECT_FALSE(good(storage().spend({small, large}, t0)));

    EXPECT_EQ(good(storage().spend({large, small}, t0 + seconds(10))),
              (BudgetRefusal{seconds(50), small.key}));

    EXPECT_FALSE(good(storage().spend({large}, t0 + seconds(20))));
    EXPECT_TRUE(good(storage().spend({large}, t0 + seconds(20))));
}

TEST_P(StorageContract, TellsTheLongestWaitOfSeveralRefusals) {
    const Charge early{.key = digest("early"), .rule = window(1)};
    const Charge late{.key = digest("late"), .rule = window(1)};
    good(storage().spend({early}, t0));
    good(storage().spend({late}, t0 + seconds(30)));

    EXPECT_EQ(good(storage().spend({early, late}, t0 + seconds(40))), (BudgetRefusal{seconds(50), late.key}));
}

TEST_P(StorageContract, SpendingNothingIsFine) {
    EXPECT_FALSE(good(storage().spend({}, t0)));
}

TEST_P(StorageContract, ParallelSpendingCountsExactlyTheLimit) {
    std::vector<Task<Result<std::optional<BudgetRefusal>>>> all;
    for (std::size_t i = 0; i < 24; ++i) {
        const Charge shared{.key = digest("shared"), .rule = window(7)};
        const Charge own{.key = digest("own" + std::to_string(i)), .rule = window(1)};
        std::vector<Charge> charges{shared, own};
        if (i % 2 == 0) std::swap(charges[0], charges[1]);
        all.push_back(door(i).spend(charges, t0));
    }

    int counted = 0;
    for (const auto& answer : together<std::optional<BudgetRefusal>>(std::move(all))) {
        ASSERT_TRUE(answer);
        counted += answer->has_value() ? 0 : 1;
    }
    EXPECT_EQ(counted, 7);
    int unused = 0;
    for (int i = 0; i < 24; ++i)
        unused += good(storage().spend({{.key = digest("own" + std::to_string(i)), .rule = window(1)}}, t0))
                      ? 0
                      : 1;
    EXPECT_EQ(unused, 17);
}

TEST_P(StorageContract, ForgettingABudgetBeginsItAnew) {
    const Charge one{.key = digest("one"), .rule = window(1)};
    const Charge two{.key = digest("two"), .rule = window(1)};
    good(storage().spend({one, two}, t0));

    good(storage().forget_budgets({one.key}));
    EXPECT_FALSE(good(storage().spend({one}, t0)));
    EXPECT_TRUE(good(storage().spend({two}, t0)));

    good(storage().forget_all_budgets());
    EXPECT_FALSE(good(storage().spend({two}, t0)));
}

}  // namespace
}  // namespace qrgate
