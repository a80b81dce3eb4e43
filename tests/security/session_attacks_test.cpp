// Sessions (security.md section 4), each test under its row's name: what ends them, at once and everywhere;
// how long they last; when their value changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <functional>

#include "server/sweeper.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SessionAttacks : public testing::Test, protected Fixture {
protected:
    SessionAttacks() { config.sms_provider = "http"; }

    // Logged in through the door itself, so that the limits are the door's.
    void log_in_by(Pc& who, LoginMethod method) {
        switch (method) {
            case LoginMethod::password:
                ASSERT_EQ(who.log_in(lin).status, 200);
                return;
            case LoginMethod::sms: {
                const Captcha captcha = who.captcha();
                ASSERT_EQ(
                    who.post("/api/v1/sms/login",
                             {{"phone", lin.phone}, {"captcha_id", captcha.id}, {"captcha", captcha.answer}})
                        .status,
                    202);
                const std::string code = outbox.sent_to(lin.phone).front().text.substr(0, 6);
                ASSERT_EQ(who.post("/api/v1/login/sms", {{"phone", lin.phone}, {"code", code}}).status, 200);
                return;
            }
            case LoginMethod::qr:
                Socket socket = who.sit();
                const std::string token = socket.hear().text("token");
                ASSERT_EQ(phone.confirm(token, text_of(phone.scan(token))).status, 204);
                ASSERT_EQ(who.redeem().status, 200);
                return;
        }
    }
    int status_of(Pc& who) { return who.get("/api/v1/session").status; }
    // What another process of this node did is seen by the sweeper's next round.
    void elsewhere(const std::function<void()>& done) {
        Sweeper sweeper(io.get_executor(), services, hashing, signing);
        done();
        ended_elsewhere.raise();
        bool over = false;
        sweeper.each_round([&] { sweeper.stop(); });  // the one round is enough
        asio::co_spawn(io, sweeper.run(), [&](std::exception_ptr) { over = true; });
        turn_until([&] { return over; });
    }

    Phone with_certificate() {
        Phone made{*this, lin};
        made.has_certificate();
        return made;
    }

    Pc pc{*this};
    Phone phone = with_certificate();
};

// --- live sockets of an ended session

class LiveSockets : public SessionAttacks {
protected:
    std::string id_of_only_session() {
        return stored(storage.list_sessions(lin.id, SessionKind::browser, clock.now())).front().id;
    }
    // A page of the session waits for news; then `cause`. The waiting call must end by itself.
    void is_closed_by(LoginMethod method, const std::function<void()>& cause) {
        log_in_by(pc, method);
        ASSERT_EQ(status_of(pc), 200);
        const Pending waiting = begin(pc.request(Method::get, "/api/v1/session/watch?wait=25"));
        turn_until([&] { return watch.waiting() == 1; });
        ASSERT_FALSE(waiting->has_value());

        cause();

        EXPECT_EQ(code_of(finish(waiting)), "session_missing");
        EXPECT_EQ(status_of(pc), 401);
        EXPECT_EQ(pc.get("/api/v1/verify").status, 401);
    }
    Pc another_of_lin() {
        Pc other{*this};
        other.is_logged_in(lin);
        other.get("/api/v1/session");
        return other;
    }
};

TEST_F(LiveSockets, OfAnEndedSessionAreClosedAtLogout) {
    is_closed_by(LoginMethod::password, [&] {
        Pc same = pc;
        EXPECT_EQ(same.post("/api/v1/logout").status, 204);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedWhenItIsEndedFromTheList) {
    is_closed_by(LoginMethod::password, [&] {
        const std::string id = id_of_only_session();
        EXPECT_EQ(another_of_lin().del("/api/v1/sessions/" + id).status, 204);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedWhenAllOthersAreEnded) {
    is_closed_by(LoginMethod::sms,
                 [&] { EXPECT_EQ(another_of_lin().del("/api/v1/sessions?others=1").status, 204); });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByUndoOnThePhone) {
    is_closed_by(LoginMethod::qr, [&] {
        EXPECT_EQ(phone.post("/api/v1/phone/sessions/" + id_of_only_session() + "/undo").status, 204);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByUndoOnTheAccountPage) {
    is_closed_by(LoginMethod::qr, [&] {
        const std::string id = id_of_only_session();
        EXPECT_EQ(another_of_lin().post("/api/v1/logins/" + id + "/undo").status, 204);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByANewPassword) {
    is_closed_by(LoginMethod::password, [&] {
        EXPECT_EQ(
            another_of_lin()
                .post("/api/v1/password", {{"old_password", lin.password}, {"new_password", "Another#2026x"}})
                .status,
            204);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByAPasswordReset) {
    is_closed_by(LoginMethod::password, [&] {
        Pc forgetful{*this};
        const Captcha captcha = forgetful.captcha();
        const Response begun =
            forgetful.post("/api/v1/password/reset/start", {{"kind", "personal"},
                                                            {"identity_number", lin.number},
                                                            {"captcha_id", captcha.id},
                                                            {"captcha", captcha.answer}});
        ASSERT_EQ(begun.status, 202) << begun.body;
        EXPECT_EQ(forgetful
                      .post("/api/v1/password/reset/finish",
                            {{"reset", json_of(begun).at("reset")},
                             {"code", outbox.sent_to(lin.phone).front().text.substr(0, 6)},
                             {"new_password", "Another#2026x"}})
                      .status,
                  204);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByTheNextLoginOfTheSameBrowser) {
    is_closed_by(LoginMethod::password, [&] {
        Pc same = pc;
        EXPECT_EQ(same.log_in(lin).status, 200);
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedWhenTheAccountIsDisabled) {
    is_closed_by(LoginMethod::password, [&] {
        elsewhere([&] { stored(storage.set_person_state(lin.id, PersonState::locked, clock.now(), {})); });
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByTheOperator) {
    is_closed_by(LoginMethod::password, [&] {
        elsewhere([&] { stored(storage.end_session_by_operator(id_of_only_session(), clock.now(), {})); });
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedByALowerLevel) {
    is_closed_by(LoginMethod::sms, [&] {
        elsewhere([&] { stored(storage.set_person_level(lin.id, 2, "operator:test", clock.now(), {})); });
    });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedWhenItsCertificateIsRevokedOnThePhone) {
    is_closed_by(LoginMethod::qr,
                 [&] { EXPECT_EQ(phone.del("/api/v1/phone/certificates/" + phone.serial).status, 204); });
}

TEST_F(LiveSockets, OfAnEndedSessionAreClosedWhenItsCertificateIsRevokedByTheOperator) {
    is_closed_by(LoginMethod::qr, [&] {
        elsewhere([&] {
            stored(storage.revoke_certificate(phone.serial, std::nullopt, "operator", clock.now(), {}));
        });
    });
}

TEST_F(LiveSockets, OfOtherPeopleStayOpen) {
    Pc other{*this};
    ASSERT_EQ(other.log_in(hao).status, 200);
    other.get("/api/v1/session");
    const Pending waiting = begin(other.request(Method::get, "/api/v1/session/watch?wait=25"));
    turn_until([&] { return watch.waiting() == 1; });

    Pc own{*this};
    own.log_in(lin);
    own.post("/api/v1/logout");

    EXPECT_FALSE(waiting->has_value());
    EXPECT_EQ(status_of(other), 200);
}

// --- what a revoked certificate ends

TEST_F(SessionAttacks, RevocationEndsWhatTheCertificateOpenedAndNothingElse) {
    log_in_by(pc, LoginMethod::qr);
    Pc by_password{*this};
    log_in_by(by_password, LoginMethod::password);
    const std::string first = phone.serial;
    advance(1s);
    phone.has_certificate();
    Pc by_another{*this};
    log_in_by(by_another, LoginMethod::qr);
    for (Pc* each : {&pc, &by_password, &by_another})
        ASSERT_EQ(status_of(*each), 200);

    EXPECT_EQ(phone.del("/api/v1/phone/certificates/" + first).status, 204);

    EXPECT_EQ(status_of(pc), 401);
    EXPECT_EQ(status_of(by_password), 200);
    EXPECT_EQ(status_of(by_another), 200);
}

TEST_F(SessionAttacks, RevocationLeavesTheBrowserThatAsksForIt) {
    log_in_by(pc, LoginMethod::qr);
    Pc other{*this};
    log_in_by(other, LoginMethod::qr);
    ASSERT_EQ(status_of(pc), 200);
    ASSERT_EQ(status_of(other), 200);

    EXPECT_EQ(pc.del("/api/v1/certificates/" + phone.serial).status, 204);

    EXPECT_EQ(status_of(pc), 200);
    EXPECT_EQ(status_of(other), 401);
}

// --- time

struct Limits {
    std::string name;
    LoginMethod method;
    std::chrono::seconds idle;
};

class Timeouts : public SessionAttacks, public testing::WithParamInterface<Limits> {};

TEST_P(Timeouts, IdleOnBothSidesOfTheEdge) {
    log_in_by(pc, GetParam().method);
    ASSERT_EQ(status_of(pc), 200);
    advance(GetParam().idle - 1s);
    EXPECT_EQ(status_of(pc), 200) << "and this use moved the end";
    advance(GetParam().idle - 1s);
    EXPECT_EQ(status_of(pc), 200);
    advance(GetParam().idle);
    EXPECT_EQ(status_of(pc), 401);
}

TEST_P(Timeouts, AbsoluteOnBothSidesOfTheEdgeWhateverIsUsed) {
    log_in_by(pc, GetParam().method);
    const WallTime opened = clock.now();
    while (clock.now() + GetParam().idle / 2 < opened + 12h) {
        ASSERT_EQ(status_of(pc), 200);
        advance(GetParam().idle / 2);
    }
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(opened + 12h - clock.now());
    ASSERT_EQ(status_of(pc), 200);
    advance(left - 1s);
    EXPECT_EQ(status_of(pc), 200);
    EXPECT_EQ(pc.post("/api/v1/session/extend").status, 200);
    advance(1s);
    EXPECT_EQ(status_of(pc), 401);
    EXPECT_EQ(pc.post("/api/v1/session/extend").status, 401);
}

TEST_P(Timeouts, WatchingIsNoUse) {
    log_in_by(pc, GetParam().method);
    ASSERT_EQ(status_of(pc), 200);
    advance(GetParam().idle - 1s);
    EXPECT_EQ(pc.get("/api/v1/session/watch?wait=0").status, 204);
    advance(1s);
    EXPECT_EQ(pc.get("/api/v1/session/watch?wait=0").status, 401);
}

INSTANTIATE_TEST_SUITE_P(Sessions, Timeouts,
                         testing::Values(Limits{"password", LoginMethod::password, 30min},
                                         Limits{"sms", LoginMethod::sms, 30min},
                                         Limits{"qr", LoginMethod::qr, 60min}),
                         [](const auto& info) { return info.param.name; });

TEST_F(SessionAttacks, ThePhonesLoginLastsThirtyDaysOnBothSidesOfTheEdge) {
    Phone used{*this, lin, "one-more-device!"};
    advance(30 * 24h - 1s);
    EXPECT_EQ(used.get("/api/v1/phone/me").status, 200);
    advance(1s);
    EXPECT_EQ(used.get("/api/v1/phone/me").status, 401) << "also though it was used";
}

// --- the value

TEST_F(SessionAttacks, RotationAtLoginKillsTheFormerValue) {
    for (const LoginMethod method : {LoginMethod::password, LoginMethod::sms, LoginMethod::qr}) {
        advance(61s);
        log_in_by(pc, method);
        ASSERT_EQ(status_of(pc), 200);
        Pc thief = pc;
        log_in_by(pc, LoginMethod::password);

        EXPECT_NE(pc.cookies.at("qrgate-session"), thief.cookies.at("qrgate-session"));
        EXPECT_EQ(status_of(thief), 401);
        EXPECT_EQ(status_of(pc), 200);
    }
}

TEST_F(SessionAttacks, RotationAtLevelChangeKillsTheFormerValue) {
    for (const int level : {3, 2}) {
        Pc visitor{*this};
        visitor.log_in(hao);
        ASSERT_EQ(status_of(visitor), 200);
        EXPECT_THAT(values_of(visitor.get("/account"), "Set-Cookie"), IsEmpty()) << "nothing has changed";
        advance(1s);
        elsewhere([&] { stored(storage.set_person_level(hao.id, level, "operator:test", clock.now(), {})); });
        Pc thief = visitor;
        EXPECT_EQ(json_of(visitor.get("/api/v1/session")).at("person").at("level").as_int64(), level)
            << "the change counts at once";

        EXPECT_THAT(values_of(visitor.get("/account"), "Set-Cookie"), SizeIs(1));

        EXPECT_NE(visitor.cookies.at("qrgate-session"), thief.cookies.at("qrgate-session"));
        EXPECT_EQ(status_of(thief), 401);
        EXPECT_EQ(status_of(visitor), 200);
        EXPECT_THAT(values_of(visitor.get("/account"), "Set-Cookie"), IsEmpty()) << "once for one change";
        advance(1s);
    }
}

TEST_F(SessionAttacks, RotationAtLevelChangeComesWithExtendToo) {
    pc.log_in(hao);
    advance(1s);
    elsewhere([&] { stored(storage.set_person_level(hao.id, 3, "operator:test", clock.now(), {})); });
    Pc thief = pc;

    EXPECT_EQ(pc.post("/api/v1/session/extend").status, 200);

    EXPECT_EQ(status_of(thief), 401);
    EXPECT_EQ(status_of(pc), 200);
}

TEST_F(SessionAttacks, ALowerLevelEndsWhatOnlyTheHigherOneOpens) {
    Pc by_password{*this};
    Pc by_sms{*this};
    log_in_by(pc, LoginMethod::qr);
    log_in_by(by_password, LoginMethod::password);
    log_in_by(by_sms, LoginMethod::sms);
    for (Pc* each : {&pc, &by_password, &by_sms})
        ASSERT_EQ(status_of(*each), 200);

    elsewhere([&] { stored(storage.set_person_level(lin.id, 2, "operator:test", clock.now(), {})); });

    EXPECT_EQ(status_of(pc), 401);
    EXPECT_EQ(status_of(by_sms), 401);
    EXPECT_EQ(status_of(by_password), 200);
}

TEST_F(SessionAttacks, NoSessionIsAboveTheAssuranceOfItsLogin) {
    for (const auto& [method, aal] : {std::pair{LoginMethod::password, 1}, std::pair{LoginMethod::sms, 1},
                                      std::pair{LoginMethod::qr, 2}}) {
        Pc each{*this};
        log_in_by(each, method);
        EXPECT_EQ(json_of(each.get("/api/v1/session")).at("aal").as_int64(), aal);
        each.post("/api/v1/session/extend");
        EXPECT_EQ(json_of(each.get("/api/v1/session")).at("aal").as_int64(), aal) << "extending adds nothing";
    }
}

TEST_F(SessionAttacks, AnEndedPhoneLoginScansAndConfirmsNothing) {
    Socket socket = pc.sit();
    const std::string token = socket.hear().text("token");
    const std::string text = text_of(phone.scan(token));
    EXPECT_EQ(phone.post("/api/v1/phone/logout").status, 204);

    EXPECT_EQ(code_of(phone.confirm(token, text)), "token_missing");
    EXPECT_EQ(code_of(phone.scan(token)), "token_missing");
}

}  // namespace
}  // namespace qrgate::tests
