// A new account and a new password, each by a code sent by text.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::ElementsAre;

NewPerson wang() {
    return {.id = "person-wang",
            .identity_number = "110101190001010110",
            .name = "王五",
            .phone = "13900000011",
            .level = 1,
            .level_evidence = "registration",
            .password_hash = "hash-wang"};
}

Task<Result<std::string>> id_of(Task<Result<Session>> login) {
    auto opened = co_await std::move(login);
    if (!opened) co_return opened.error();
    co_return opened->id;
}

TEST_P(Registration, ACodeMakesAPerson) {
    put_code_for(CodePurpose::registration, "");

    EXPECT_EQ(try_register(wang()).value(), "person-wang");

    const auto found = good(storage().find_person(PersonKind::personal, wang().identity_number));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, wang().name);
    EXPECT_EQ(found->phone, wang().phone);
    EXPECT_EQ(found->level, 1);
    EXPECT_EQ(found->level_evidence, "registration");
    EXPECT_EQ(found->state, PersonState::active);
    EXPECT_EQ(found->password_hash, "hash-wang");
    EXPECT_EQ(good(storage().find_people_by_phone(PersonKind::personal, wang().phone)).size(), 1U);
    EXPECT_THAT(events("person-wang"), ElementsAre("person_registered:ok"));
}

TEST_P(Registration, AWrongCodeMakesNobodyAndIsCounted) {
    put_code_for(CodePurpose::registration, "");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(try_register(wang(), "wrong").error(), Errc::code_wrong);

    EXPECT_EQ(try_register(wang()).error(), Errc::code_wrong) << "five tries are all";
    EXPECT_FALSE(good(storage().find_person(PersonKind::personal, wang().identity_number)));
}

TEST_P(Registration, ACodeCountsForItsPurposeHolderAndTimeOnly) {
    put_code_for(CodePurpose::reset, "");
    EXPECT_EQ(try_register(wang()).error(), Errc::code_wrong);
    put_code_for(CodePurpose::registration, "", "another");
    EXPECT_EQ(try_register(wang()).error(), Errc::code_wrong);
    put_code_for(CodePurpose::registration, "");
    EXPECT_EQ(try_register(wang(), "code", t0 + minutes(5)).error(), Errc::code_wrong);
    EXPECT_TRUE(try_register(wang(), "code", t0 + minutes(5) - moment));
}

TEST_P(Registration, ACodeMakesOnePersonOnly) {
    put_code_for(CodePurpose::registration, "");
    ASSERT_TRUE(try_register(wang()));
    auto second = zhao();

    EXPECT_EQ(try_register(second).error(), Errc::code_wrong);
    EXPECT_FALSE(good(storage().find_person(PersonKind::personal, second.identity_number)));
}

TEST_P(Registration, ATakenNumberIsAConflictThatUsesTheCodeUpAndChangesNobody) {
    const auto id = put(lin());
    put_code_for(CodePurpose::registration, "");
    auto thief = wang();
    thief.identity_number = lin().identity_number;

    EXPECT_EQ(try_register(thief).error(), Errc::conflict);

    const auto found = good(storage().find_person(PersonKind::personal, lin().identity_number));
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->password_hash, lin().password_hash);
    EXPECT_EQ(found->phone, lin().phone);
    EXPECT_EQ(try_register(wang()).error(), Errc::code_wrong);
}

TEST_P(Registration, OneNumberFromManySidesMakesOnePerson) {
    std::vector<Task<Result<std::string>>> all;
    for (std::size_t i = 0; i < 6; ++i) {
        const std::string holder = "h" + std::to_string(i);
        put_code_for(CodePurpose::registration, "", holder);
        auto person = wang();
        person.id = "person-" + std::to_string(i);
        all.push_back(door(i).register_person(person, proof(CodePurpose::registration, "code", holder),
                                              t0 + seconds(1), trace_));
    }

    EXPECT_EQ(successes(together<std::string>(std::move(all))), 1);
}

TEST_P(Registration, OneCodeFromManySidesIsUsedOnce) {
    put_code_for(CodePurpose::registration, "");
    std::vector<Task<Result<std::string>>> all;
    const char* numbers[] = {"110101190001010110", "110101190001010137", "110101190001010153"};
    for (std::size_t i = 0; i < 3; ++i) {
        auto person = wang();
        person.id = "person-" + std::to_string(i);
        person.identity_number = numbers[i];
        all.push_back(
            door(i).register_person(person, proof(CodePurpose::registration), t0 + seconds(1), trace_));
    }

    EXPECT_EQ(successes(together<std::string>(std::move(all))), 1);
}

TEST_P(Registration, AResetSetsThePasswordAndEndsAllSessionsAndOpenTickets) {
    const Ticket ticket = scanned();
    const auto& id = ticket.person_id;
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    auto phone = browser_session("p1", t0);
    phone.kind = SessionKind::phone;
    good(storage().open_session(id, {}, phone, trace_));
    const auto other = put(zhao());
    good(storage().open_session(other, {}, browser_session("s2", t0), trace_));
    put_code_for(CodePurpose::reset, id);

    EXPECT_EQ(try_reset().value(), id);

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, "new-hash");
    EXPECT_FALSE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(2))));
    EXPECT_FALSE(good(storage().use_session(digest("p1"), SessionKind::phone, t0 + seconds(2))));
    EXPECT_TRUE(good(storage().use_session(digest("s2"), SessionKind::browser, t0 + seconds(2))));
    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_EQ(good(storage().find_person_by_id(other))->password_hash, zhao().password_hash);
    auto seen = events(id);
    seen.erase(seen.begin(), seen.end() - 4);
    EXPECT_THAT(seen, ElementsAre("password_reset:ok", "session_ended:password_reset",
                                  "session_ended:password_reset", "ticket_cancelled:ok"));
}

TEST_P(Registration, AWrongCodeResetsNothingAndIsCounted) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    put_code_for(CodePurpose::reset, id);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(try_reset("wrong").error(), Errc::code_wrong);

    EXPECT_EQ(try_reset().error(), Errc::code_wrong);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, lin().password_hash);
    EXPECT_TRUE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(2))));
}

TEST_P(Registration, AResetByNobodysCodeOrOfALockedPersonIsACodeThatIsWrong) {
    put_code_for(CodePurpose::reset, "");
    EXPECT_EQ(try_reset().error(), Errc::code_wrong);
    const auto id = put(lin());
    put_code_for(CodePurpose::reset, id);
    good(storage().set_person_state(id, PersonState::locked, t0, trace_));
    EXPECT_EQ(try_reset().error(), Errc::code_wrong);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, lin().password_hash);
}

TEST_P(Registration, ACodeThatWentToAFormerNumberResetsNothing) {
    const auto id = put(lin());
    put_code_for(CodePurpose::reset, id);
    NewPerson moved = lin();
    moved.phone = "13900000077";
    put(moved);

    EXPECT_EQ(try_reset().error(), Errc::code_wrong);

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, lin().password_hash);
}

TEST_P(Registration, APasswordBeginsWithTheRegistrationAndAnewWithAReset) {
    put_code_for(CodePurpose::registration, "");
    const auto id = try_register(lin(), "code", t0 + seconds(1)).value();
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0 + seconds(1));
    put_code_for(CodePurpose::reset, id);

    EXPECT_EQ(try_reset("wrong", t0 + seconds(2)).error(), Errc::code_wrong);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0 + seconds(1));

    EXPECT_EQ(try_reset("code", t0 + seconds(3)).value(), id);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0 + seconds(3));
}

TEST_P(Registration, AResetToThePasswordThatIsThereChangesNothingAndLeavesTheCode) {
    const auto id = put(lin());
    good(storage().open_session(id, {}, browser_session("s1", t0), trace_));
    put_code_for(CodePurpose::reset, id);
    const auto to_the_same = [&](const std::string& code) {
        return run(
            storage().reset_password(proof(CodePurpose::reset, code), std::nullopt, t0 + seconds(1), trace_));
    };

    EXPECT_EQ(to_the_same("wrong").error(), Errc::code_wrong) << "who has no code is told nothing";
    EXPECT_EQ(to_the_same("code").error(), Errc::password_too_weak);

    EXPECT_EQ(good(storage().find_person_by_id(id))->password_hash, lin().password_hash);
    EXPECT_EQ(good(storage().find_person_by_id(id))->password_set_at, t0);
    EXPECT_TRUE(good(storage().use_session(digest("s1"), SessionKind::browser, t0 + seconds(2))));
    EXPECT_EQ(events(id).back(), "password_reset:password_too_weak");
    EXPECT_EQ(try_reset().value(), id);
}

TEST_P(Registration, AResetToThePasswordThatIsThereTakesATryEachTime) {
    const auto id = put(lin());
    put_code_for(CodePurpose::reset, id);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(
            run(storage().reset_password(proof(CodePurpose::reset), std::nullopt, t0 + seconds(1), trace_))
                .error(),
            Errc::password_too_weak);

    EXPECT_EQ(try_reset().error(), Errc::code_wrong);
}

TEST_P(Registration, AResetCodeIsUsedOnce) {
    put_code_for(CodePurpose::reset, put(lin()));
    std::vector<Task<Result<std::string>>> all;
    for (std::size_t i = 0; i < 6; ++i)
        all.push_back(door(i).reset_password(proof(CodePurpose::reset), "hash-" + std::to_string(i),
                                             t0 + seconds(1), trace_));

    EXPECT_EQ(successes(together<std::string>(std::move(all))), 1);
    EXPECT_EQ(try_reset().error(), Errc::code_wrong);
}

TEST_P(Registration, ALoginWithTheOldPasswordDoesNotOutliveAResetBesideIt) {
    const auto id = put(lin());
    for (int round = 0; round < 10; ++round) {
        put_code_for(CodePurpose::reset, id);
        const std::string name = "s" + std::to_string(round);
        const auto old = good(storage().find_person_by_id(id))->password_hash;
        std::vector<Task<Result<std::string>>> reset;
        reset.push_back(id_of(door(1).open_session(id, old, browser_session(name, t0), trace_)));
        reset.push_back(door(0).reset_password(proof(CodePurpose::reset), "hash-" + std::to_string(round),
                                               t0 + seconds(1), trace_));
        const auto answers = together<std::string>(std::move(reset));
        ASSERT_TRUE(answers[1]);
        EXPECT_FALSE(good(storage().use_session(digest(name), SessionKind::browser, t0 + seconds(2))));
    }
}

}  // namespace
}  // namespace qrgate
