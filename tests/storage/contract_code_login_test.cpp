// The login by a code sent by text.
#include "storage/task.hpp"
#include "tests/storage/contract.hpp"

namespace qrgate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

TEST_P(CodeLogin, OpensASessionOnce) {
    const auto id = put(lin());
    send_code(id);

    const Session opened = good(storage().open_session_by_code(typed("123456"), session(), trace_));

    EXPECT_EQ(opened.person_id, id);
    EXPECT_EQ(opened.method, LoginMethod::sms);
    EXPECT_EQ(opened.person_name, lin().name);
    EXPECT_EQ(opened.person_level, 3);
    NewSession second = session("s2");
    second.pre_session_hash = digest("another");
    EXPECT_EQ(refused(storage().open_session_by_code(typed("123456"), second, trace_)), Errc::code_wrong);
    EXPECT_THAT(events(id), ElementsAre("person_put:ok", "code_sent:ok", "session_created:ok",
                                        "authn_login_success:ok", "authn_login_fail:code_wrong"));
}

TEST_P(CodeLogin, CountsATryBeforeItCompares) {
    send_code(put(lin()));
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(refused_with("000000"), Errc::code_wrong);

    EXPECT_EQ(refused_with("123456"), Errc::code_wrong) << "the sixth try, although right";
}

TEST_P(CodeLogin, TheFifthTryMayBeTheRightOne) {
    send_code(put(lin()));
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(refused_with("000000"), Errc::code_wrong);

    EXPECT_EQ(good(storage().open_session_by_code(typed("123456"), session(), trace_)).id, "s1");
}

TEST_P(CodeLogin, TakesTheNewestCodeOnly) {
    const auto id = put(lin());
    send_code(id, "111111");
    send_code(id, "222222");

    EXPECT_EQ(refused_with("111111"), Errc::code_wrong);
    EXPECT_EQ(good(storage().open_session_by_code(typed("222222"), session(), trace_)).id, "s1");
}

TEST_P(CodeLogin, ACodeEndsWithItsLife) {
    send_code(put(lin()));

    EXPECT_EQ(refused_with("123456", t0 + minutes(5)), Errc::code_wrong);
    EXPECT_TRUE(run(
        storage().open_session_by_code(typed("123456"), session("s1", t0 + minutes(5) - moment), trace_)));
}

TEST_P(CodeLogin, ACodeForSomethingElseOpensNothing) {
    put_code("holder", put(lin()));

    EXPECT_EQ(refused(storage().open_session_by_code(typed("code"), session(), trace_)), Errc::code_wrong);
}

TEST_P(CodeLogin, ACodeOfNobodyOpensNothing) {
    send_code("");

    EXPECT_EQ(refused_with("123456"), Errc::code_wrong);
}

TEST_P(CodeLogin, ALockedPersonGetsNoSession) {
    const auto id = put(lin());
    send_code(id);
    good(storage().set_person_state(id, PersonState::locked, t0, trace_));

    EXPECT_EQ(refused_with("123456"), Errc::code_wrong);
    EXPECT_THAT(events(id), Contains("authn_login_fail:code_wrong"));
}

TEST_P(CodeLogin, APersonWhoLostTheLevelGetsNoSession) {
    const auto id = put(lin());
    send_code(id);
    good(storage().set_person_level(id, 2, "desk", t0, trace_));

    EXPECT_EQ(refused_with("123456"), Errc::code_wrong);
}

TEST_P(CodeLogin, ANumberThatAnotherPersonHasTooOpensNothing) {
    send_code(put(lin()));
    NewPerson other = zhao();
    other.phone = lin().phone;
    put(other);

    EXPECT_EQ(refused_with("123456"), Errc::code_wrong);
}

TEST_P(CodeLogin, ACompanyWithTheSameNumberIsNoHindrance) {
    send_code(put(lin()));
    NewPerson company = zhao();
    company.kind = PersonKind::corporate;
    company.phone = lin().phone;
    put(company);

    EXPECT_TRUE(run(storage().open_session_by_code(typed("123456"), session(), trace_)));
}

TEST_P(CodeLogin, ACodeDoesNotFollowThePersonToAnotherNumber) {
    send_code(put(lin()));
    NewPerson moved = lin();
    moved.phone = "13900000009";
    put(moved);

    EXPECT_EQ(refused_with("123456"), Errc::code_wrong);
}

TEST_P(CodeLogin, AnEndedPreSessionOpensNothingAndLeavesTheCode) {
    const auto id = put(lin());
    auto by_password = browser_session("s0", t0);
    by_password.pre_session_hash = digest("pre");
    good(storage().open_session(id, {}, by_password, trace_));
    send_code(id);

    EXPECT_EQ(refused_with("123456"), Errc::session_missing);
    NewSession fresh = session("s2");
    fresh.pre_session_hash = digest("another");
    EXPECT_TRUE(run(storage().open_session_by_code(typed("123456"), fresh, trace_)));
}

TEST_P(CodeLogin, CancelsTheOpenTicketOfItsPreSession) {
    const Ticket ticket = confirmed();
    send_code(ticket.person_id);

    good(storage().open_session_by_code(typed("123456"), session(), trace_));

    EXPECT_EQ(state_of("T1"), TicketState::cancelled);
}

TEST_P(CodeLogin, ParallelTriesWithTheRightCodeOpenOneSession) {
    const auto id = put(lin());
    send_code(id);
    std::vector<Task<Result<Session>>> all;
    for (std::size_t i = 0; i < 8; ++i) {
        NewSession each = session("s" + std::to_string(i));
        each.pre_session_hash = digest("pre" + std::to_string(i));
        all.push_back(door(i).open_session_by_code(typed("123456"), each, trace_));
    }

    EXPECT_EQ(successes(together<Session>(std::move(all))), 1);
    EXPECT_EQ(good(storage().list_sessions(id, SessionKind::browser, t0 + seconds(10))).size(), 1U);
}

}  // namespace
}  // namespace qrgate
