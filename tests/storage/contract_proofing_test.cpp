// Proofings: one open a person, each event once, and what passing gives.
#include "storage/names.hpp"
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Optional;

NewPerson hao() {
    return {.id = "person-hao",
            .identity_number = "11010119000101009X",
            .name = "郝二",
            .phone = "13900000002",
            .level = 2,
            .level_evidence = "demo",
            .password_hash = "hash-hao"};
}

NewProofing proofing_of(const std::string& id, const std::string& person, WallTime at = t0) {
    return {.proofing = {.id = id,
                         .person_id = person,
                         .phone_session_id = "phone-1",
                         .device_hash = digest("device"),
                         .provider = "simulated",
                         .started_at = at,
                         .ends_at = at + minutes(30)},
            .consents = {{.text = "biometric", .version = "1"}, {.text = "quote\"d", .version = "2"}}};
}

ProofingVerdict passed(const std::string& id, const std::string& event, WallTime at = t0 + minutes(1)) {
    return {.proofing_id = id, .event_id = event, .passed = true, .at = at};
}

TEST_P(StorageContract, AStartedProofingIsOpenAndFoundAsItWasStarted) {
    const auto id = put(hao());

    good(storage().start_proofing(proofing_of("f1", id), trace_));
    good(storage().note_proofing_reference("f1", "their-7"));

    const auto found = good(storage().find_proofing("f1"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->person_id, id);
    EXPECT_EQ(found->phone_session_id, "phone-1");
    EXPECT_EQ(found->device_hash, digest("device"));
    EXPECT_EQ(found->provider, "simulated");
    EXPECT_EQ(found->reference, "their-7");
    EXPECT_EQ(found->state, ProofingState::open);
    EXPECT_EQ(found->started_at, t0);
    EXPECT_EQ(found->ends_at, t0 + minutes(30));
    EXPECT_EQ(found->decided_at, std::nullopt);
    EXPECT_THAT(events(id), Contains("proofing_started:ok"));
    EXPECT_FALSE(good(storage().find_proofing("f2")));
    EXPECT_EQ(refused(storage().note_proofing_reference("f2", "x")), Errc::not_found);
}

TEST_P(StorageContract, NobodyAndTheLockedStartNoProofing) {
    const auto id = put(hao());
    good(storage().set_person_state(id, PersonState::locked, t0, trace_));

    EXPECT_EQ(refused(storage().start_proofing(proofing_of("f1", id), trace_)), Errc::not_found);
    EXPECT_EQ(refused(storage().start_proofing(proofing_of("f1", "nobody"), trace_)), Errc::not_found);
}

TEST_P(StorageContract, ANewProofingEndsTheOlderOpenOne) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));

    good(storage().start_proofing(proofing_of("f2", id, t0 + minutes(1)), trace_));

    EXPECT_EQ(good(storage().find_proofing("f1"))->state, ProofingState::expired);
    EXPECT_EQ(good(storage().find_proofing("f2"))->state, ProofingState::open);
    EXPECT_EQ(refused(storage().decide_proofing(passed("f1", "e1"), trace_)), Errc::conflict);
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
}

TEST_P(StorageContract, OfProofingsStartedSideBySideOneStaysOpen) {
    const auto id = put(hao());
    std::vector<Task<Result<Proofing>>> all;
    for (std::size_t i = 0; i < 8; ++i)
        all.push_back(door(i).start_proofing(proofing_of("f" + std::to_string(i), id), trace_));

    EXPECT_EQ(successes(together<Proofing>(std::move(all))), 8);

    int open = 0;
    for (int i = 0; i < 8; ++i)
        open += good(storage().find_proofing("f" + std::to_string(i)))->state == ProofingState::open ? 1 : 0;
    EXPECT_EQ(open, 1);
}

TEST_P(StorageContract, PassingRaisesThePersonToLevelThreeWithTheProofingAsEvidence) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    auto verdict = passed("f1", "e1");
    verdict.level_ends_at = t0 + hours(1000);

    const auto decided = good(storage().decide_proofing(verdict, trace_));

    EXPECT_EQ(decided.state, ProofingState::passed);
    EXPECT_EQ(decided.decided_at, t0 + minutes(1));
    const auto person = good(storage().find_person_by_id(id));
    EXPECT_EQ(person->level, 3);
    EXPECT_EQ(person->level_evidence, "proofing:f1");
    EXPECT_EQ(person->level_since, t0 + minutes(1));
    EXPECT_EQ(person->level_ends_at, t0 + hours(1000));
    EXPECT_THAT(events(id), ElementsAre("person_put:ok", "proofing_started:ok", "proofing_decided:passed",
                                        "level_changed:ok"));
}

TEST_P(StorageContract, APersonOfLevelOnePassesDirectlyToThree) {
    auto low = hao();
    low.level = 1;
    const auto id = put(low);
    good(storage().start_proofing(proofing_of("f1", id), trace_));

    good(storage().decide_proofing(passed("f1", "e1"), trace_));

    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 3);
}

TEST_P(StorageContract, FailingKeepsTheReasonAndTheLevel) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    auto verdict = passed("f1", "e1");
    verdict.passed = false;
    verdict.reason = "mismatch";

    const auto decided = good(storage().decide_proofing(verdict, trace_));

    EXPECT_EQ(decided.state, ProofingState::failed);
    EXPECT_EQ(decided.reason, "mismatch");
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
    EXPECT_EQ(refused(storage().decide_proofing(passed("f1", "e2"), trace_)), Errc::conflict);
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
}

TEST_P(StorageContract, AnEventCountsOnceWhateverItNames) {
    const auto lin_id = put(lin());
    const auto hao_id = put(hao());
    good(storage().start_proofing(proofing_of("f1", lin_id), trace_));
    good(storage().start_proofing(proofing_of("f2", hao_id), trace_));
    good(storage().decide_proofing(passed("f1", "e1"), trace_));

    EXPECT_EQ(refused(storage().decide_proofing(passed("f1", "e1"), trace_)), Errc::conflict);
    EXPECT_EQ(refused(storage().decide_proofing(passed("f2", "e1"), trace_)), Errc::conflict);

    EXPECT_EQ(good(storage().find_proofing("f2"))->state, ProofingState::open);
    EXPECT_EQ(good(storage().find_person_by_id(hao_id))->level, 2);
    EXPECT_EQ(refused(storage().decide_proofing(passed("f9", "e9"), trace_)), Errc::not_found);
}

TEST_P(StorageContract, OfVerdictsSideBySideOneCounts) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    std::vector<Task<Result<Proofing>>> all;
    for (std::size_t i = 0; i < 8; ++i) {
        auto verdict = passed("f1", "e" + std::to_string(i % 2));
        verdict.passed = i % 2 == 0;
        all.push_back(door(i).decide_proofing(verdict, trace_));
    }
    EXPECT_EQ(successes(together<Proofing>(std::move(all))), 1);
}

TEST_P(StorageContract, AVerdictAfterTheTimeOfTheProofingChangesNothing) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));

    EXPECT_EQ(refused(storage().decide_proofing(passed("f1", "e1", t0 + minutes(30)), trace_)),
              Errc::conflict);

    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 2);
    good(storage().purge(t0 + minutes(30)));
    EXPECT_EQ(good(storage().find_proofing("f1"))->state, ProofingState::expired);
}

TEST_P(StorageContract, ListsOpenProofingsThatBeganBeforeOldestFirst) {
    const auto lin_id = put(lin());
    const auto hao_id = put(hao());
    const auto zhao_id = put(zhao());
    good(storage().start_proofing(proofing_of("f2", hao_id, t0 + seconds(1)), trace_));
    good(storage().start_proofing(proofing_of("f1", lin_id), trace_));
    good(storage().start_proofing(proofing_of("f3", zhao_id, t0 + seconds(2)), trace_));
    const auto ids = [&](WallTime before, int limit) {
        std::vector<std::string> out;
        for (const auto& it : good(storage().list_open_proofings(before, limit)))
            out.push_back(it.id);
        return out;
    };

    EXPECT_THAT(ids(t0 + seconds(2), 10), ElementsAre("f1", "f2"));
    EXPECT_THAT(ids(t0 + seconds(3), 2), ElementsAre("f1", "f2"));
    good(storage().decide_proofing(passed("f1", "e1"), trace_));
    EXPECT_THAT(ids(t0 + seconds(3), 10), ElementsAre("f2", "f3"));
    EXPECT_THAT(ids(t0 + hours(1), 10), ElementsAre());
}

// --- what permits a certificate

TEST_P(StorageContract, APassedProofingPermitsCertificatesOnItsDeviceForADay) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    EXPECT_EQ(good(storage().certificate_permit(id, digest("device"), t0)), std::nullopt);
    good(storage().decide_proofing(passed("f1", "e1", t0), trace_));

    const auto last = t0 + proofing_permit - moment;
    EXPECT_THAT(good(storage().certificate_permit(id, digest("device"), t0)),
                Optional(std::string("proofing:f1")));
    EXPECT_THAT(good(storage().certificate_permit(id, digest("device"), last)),
                Optional(std::string("proofing:f1")));
    EXPECT_EQ(good(storage().certificate_permit(id, digest("device"), last + moment)), std::nullopt);
    EXPECT_EQ(good(storage().certificate_permit(id, digest("other"), t0)), std::nullopt);
    EXPECT_EQ(good(storage().certificate_permit("nobody", digest("device"), t0)), std::nullopt);
}

TEST_P(StorageContract, AFailedProofingPermitsNothing) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    auto verdict = passed("f1", "e1");
    verdict.passed = false;
    good(storage().decide_proofing(verdict, trace_));

    EXPECT_EQ(good(storage().certificate_permit(id, digest("device"), t0 + minutes(2))), std::nullopt);
}

// --- levels and time

TEST_P(StorageContract, ALevelFallsToTwoAtItsEndAndNotBefore) {
    const auto id = put(hao());
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    auto verdict = passed("f1", "e1");
    verdict.level_ends_at = t0 + hours(10);
    good(storage().decide_proofing(verdict, trace_));

    EXPECT_EQ(good(storage().expire_levels(t0 + hours(10) - moment, 10)), 0);
    EXPECT_EQ(good(storage().find_person_by_id(id))->level, 3);
    EXPECT_EQ(good(storage().expire_levels(t0 + hours(10), 10)), 1);

    const auto person = good(storage().find_person_by_id(id));
    EXPECT_EQ(person->level, 2);
    EXPECT_EQ(person->level_evidence, "expired:proofing:f1");
    EXPECT_EQ(person->level_since, t0 + hours(10));
    EXPECT_EQ(person->level_ends_at, std::nullopt);
    EXPECT_EQ(good(storage().expire_levels(t0 + hours(11), 10)), 0);
}

TEST_P(StorageContract, ALevelThatEndsTakesItsSessionsAndTicketsWithIt) {
    const auto id = lin_with_certificate();
    good(storage().start_proofing(proofing_of("f1", id), trace_));
    auto verdict = passed("f1", "e1", t0);
    verdict.level_ends_at = t0 + minutes(1);
    good(storage().decide_proofing(verdict, trace_));
    good(storage().scan_ticket(scan_of("T1", "pre", id), trace_));
    for (const auto method : {LoginMethod::password, LoginMethod::sms, LoginMethod::qr}) {
        auto session = browser_session("s-" + std::string(name_of(method)), t0);
        session.method = method;
        session.present_within = hours(1);
        good(storage().open_session(id, std::nullopt, session, trace_));
    }

    EXPECT_EQ(good(storage().expire_levels(t0 + minutes(1), 10)), 1);

    const auto left = good(storage().list_sessions(id, SessionKind::browser, t0 + minutes(1)));
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left.front().id, "s-password");
    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
    EXPECT_THAT(events(id), Contains("session_ended:level").Times(2));
}

TEST_P(StorageContract, LoweringALevelEndsWhatNeededItAndKeepsTheRest) {
    const auto id = lin_with_certificate();
    good(storage().scan_ticket(scan_of("T1", "pre", id), trace_));
    auto qr = browser_session("s-qr", t0);
    qr.method = LoginMethod::qr;
    good(storage().open_session(id, std::nullopt, qr, trace_));
    good(storage().open_session(id, std::nullopt, browser_session("s-password", t0), trace_));

    good(storage().set_person_level(id, 2, "operator:test", t0 + seconds(1), trace_));

    const auto left = good(storage().list_sessions(id, SessionKind::browser, t0 + seconds(1)));
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left.front().id, "s-password");
    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
}

TEST_P(StorageContract, SettingLevelThreeEndsNothing) {
    const auto id = lin_with_certificate();
    good(storage().scan_ticket(scan_of("T1", "pre", id), trace_));
    auto qr = browser_session("s-qr", t0);
    qr.method = LoginMethod::qr;
    good(storage().open_session(id, std::nullopt, qr, trace_));

    good(storage().set_person_level(id, 3, "operator:test", t0 + seconds(1), trace_));

    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0 + seconds(1))).size(), 1u);
    EXPECT_EQ(state_of("T1"), TicketState::scanned);
}

TEST_P(StorageContract, ExpiresAtMostAsManyLevelsAsAskedFor) {
    for (const NewPerson& person : {lin(), zhao(), hao()}) {
        const auto id = put(person);
        good(storage().start_proofing(proofing_of("f-" + id, id), trace_));
        auto verdict = passed("f-" + id, "e-" + id);
        verdict.level_ends_at = t0 + hours(1);
        good(storage().decide_proofing(verdict, trace_));
    }
    EXPECT_EQ(good(storage().expire_levels(t0 + hours(2), 2)), 2);
    EXPECT_EQ(good(storage().expire_levels(t0 + hours(2), 2)), 1);
}

}  // namespace
}  // namespace qrgate
