// The desk: one operator asks, another decides.
#include "storage/names.hpp"
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Optional;

DeskCase case_of(const std::string& id, const std::string& person, DeskAction action = DeskAction::level,
                 WallTime at = t0) {
    DeskCase it{.id = id,
                .person_id = person,
                .action = action,
                .evidence = "identity card seen",
                .opened_by = "wang",
                .opened_at = at};
    if (action == DeskAction::level) it.level = 3;
    if (action == DeskAction::phone) it.phone = "13911112222";
    return it;
}

DeskDecision approval(const std::string& id, WallTime at = t0 + minutes(5)) {
    return {.case_id = id, .approve = true, .by = "zhou", .at = at};
}

NewPerson low() {
    auto person = lin();
    person.level = 2;
    return person;
}

TEST_P(StorageContract, ADeskCaseIsFoundAsItWasOpened) {
    const auto id = put(low());

    EXPECT_EQ(good(storage().open_desk_case(case_of("d1", id, DeskAction::phone), trace_)), "d1");

    const auto found = good(storage().find_desk_case("d1"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->person_id, id);
    EXPECT_EQ(found->action, DeskAction::phone);
    EXPECT_EQ(found->phone, "13911112222");
    EXPECT_EQ(found->evidence, "identity card seen");
    EXPECT_EQ(found->opened_by, "wang");
    EXPECT_EQ(found->opened_at, t0);
    EXPECT_EQ(found->state, DeskState::open);
    EXPECT_EQ(found->decided_by, "");
    EXPECT_EQ(found->decided_at, std::nullopt);
    EXPECT_THAT(events(id), Contains("desk_opened:phone"));
    EXPECT_FALSE(good(storage().find_desk_case("d2")));
    EXPECT_EQ(refused(storage().open_desk_case(case_of("d3", "nobody"), trace_)), Errc::not_found);
}

TEST_P(StorageContract, OpeningACaseChangesNothingOfThePerson) {
    const auto id = put(low());
    good(storage().open_desk_case(case_of("d1", id), trace_));
    good(storage().open_desk_case(case_of("d2", id, DeskAction::phone), trace_));
    good(storage().open_desk_case(case_of("d3", id, DeskAction::certificate), trace_));

    const auto person = good(storage().find_person_by_id(id));
    EXPECT_EQ(person->level, 2);
    EXPECT_EQ(person->phone, lin().phone);
    EXPECT_EQ(good(storage().certificate_permit(id, digest("device"), t0)), std::nullopt);
}

TEST_P(StorageContract, ApprovalByAnotherOperatorRaisesTheLevel) {
    const auto id = put(low());
    good(storage().open_desk_case(case_of("d1", id), trace_));
    auto decision = approval("d1");
    decision.level_ends_at = t0 + hours(5);

    const auto decided = good(storage().decide_desk_case(decision, trace_));

    EXPECT_EQ(decided.state, DeskState::approved);
    EXPECT_EQ(decided.decided_by, "zhou");
    EXPECT_EQ(decided.decided_at, t0 + minutes(5));
    const auto person = good(storage().find_person_by_id(id));
    EXPECT_EQ(person->level, 3);
    EXPECT_EQ(person->level_evidence, "desk:d1");
    EXPECT_EQ(person->level_since, t0 + minutes(5));
    EXPECT_EQ(person->level_ends_at, t0 + hours(5));
    EXPECT_THAT(events(id), ElementsAre("person_put:ok", "desk_opened:level", "desk_decided:approved",
                                        "level_changed:ok"));
}

TEST_P(StorageContract, WhoOpenedACaseCannotDecideIt) {
    const auto id = put(low());
    good(storage().open_desk_case(case_of("d1", id), trace_));
    auto own = approval("d1");
    own.by = "wang";

    EXPECT_EQ(refused(storage().decide_desk_case(own, trace_)), Errc::conflict);
    own.approve = false;
    EXPECT_EQ(refused(storage().decide_desk_case(own, trace_)), Errc::conflict);

    EXPECT_EQ(good(storage().find_desk_case("d1"))->state, DeskState::open);
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
    EXPECT_THAT(events(id), Contains("desk_decided:conflict").Times(2));
}

TEST_P(StorageContract, ARefusedCaseChangesNothingAndStaysRefused) {
    const auto id = put(low());
    good(storage().open_desk_case(case_of("d1", id), trace_));
    auto refusal = approval("d1");
    refusal.approve = false;

    EXPECT_EQ(good(storage().decide_desk_case(refusal, trace_)).state, DeskState::refused);

    EXPECT_EQ(refused(storage().decide_desk_case(approval("d1"), trace_)), Errc::conflict);
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
    EXPECT_EQ(refused(storage().decide_desk_case(approval("d9"), trace_)), Errc::not_found);
}

TEST_P(StorageContract, OfDecisionsSideBySideOneCounts) {
    const auto id = put(low());
    good(storage().open_desk_case(case_of("d1", id), trace_));
    std::vector<Task<Result<DeskCase>>> all;
    for (std::size_t i = 0; i < 6; ++i) {
        auto decision = approval("d1");
        decision.approve = i % 2 == 0;
        all.push_back(door(i).decide_desk_case(decision, trace_));
    }
    EXPECT_EQ(successes(together<DeskCase>(std::move(all))), 1);
}

TEST_P(StorageContract, AnApprovedPhoneIsThePhoneOnRecordAndOldCodesAreDead) {
    const auto id = put(low());
    put_code("holder", id);
    good(storage().open_desk_case(case_of("d1", id, DeskAction::phone), trace_));

    good(storage().decide_desk_case(approval("d1", t0 + minutes(1)), trace_));

    EXPECT_EQ(good(storage().find_person_by_id(id))->phone, "13911112222");
    ASSERT_EQ(good(storage().find_people_by_phone(PersonKind::personal, "13911112222")).size(), 1u);
    EXPECT_TRUE(good(storage().find_people_by_phone(PersonKind::personal, lin().phone)).empty());
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
    EXPECT_EQ(refused(storage().check_code(CodePurpose::certificate, digest("holder"), digest("code"),
                                           t0 + minutes(1))),
              Errc::code_wrong);
    EXPECT_THAT(events(id), Contains("phone_changed:ok"));
}

TEST_P(StorageContract, AnApprovedCertificateIsPermittedForAWeek) {
    const auto id = put(lin());
    good(storage().open_desk_case(case_of("d1", id, DeskAction::certificate), trace_));
    good(storage().decide_desk_case(approval("d1", t0), trace_));

    const auto last = t0 + desk_permit - moment;
    EXPECT_THAT(good(storage().certificate_permit(id, digest("any"), t0)), Optional(std::string("desk:d1")));
    EXPECT_THAT(good(storage().certificate_permit(id, digest("any"), last)),
                Optional(std::string("desk:d1")));
    EXPECT_EQ(good(storage().certificate_permit(id, digest("any"), last + moment)), std::nullopt);
    EXPECT_EQ(good(storage().certificate_permit("nobody", digest("any"), t0)), std::nullopt);
}

TEST_P(StorageContract, ListsCasesNewestFirstByState) {
    const auto id = put(low());
    for (int i = 0; i < 3; ++i)
        good(storage().open_desk_case(
            case_of("d" + std::to_string(i), id, DeskAction::certificate, t0 + seconds(i)), trace_));
    good(storage().decide_desk_case(approval("d1"), trace_));
    const auto ids = [&](std::optional<DeskState> state, int limit) {
        std::vector<std::string> out;
        for (const auto& it : good(storage().list_desk_cases(state, limit)))
            out.push_back(it.id);
        return out;
    };

    EXPECT_THAT(ids(std::nullopt, 10), ElementsAre("d2", "d1", "d0"));
    EXPECT_THAT(ids(DeskState::open, 10), ElementsAre("d2", "d0"));
    EXPECT_THAT(ids(DeskState::approved, 10), ElementsAre("d1"));
    EXPECT_THAT(ids(DeskState::open, 1), ElementsAre("d2"));
}

}  // namespace
}  // namespace qrgate
