// GET /api/v1/verify, and that what it answers from memory ends the moment the session does.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "server/live_session.hpp"
#include "server/session_refresh.hpp"
#include "server/session_watch.hpp"
#include "server/sweeper.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using Calls = std::vector<std::string>;
constexpr const char* path = "/api/v1/verify";
constexpr const char* new_password = "Neu%2026pass";

class Verify : public testing::Test, protected Fixture {
protected:
    Verify() { pc.is_logged_in(lin); }

    std::optional<Response> at_once(const Pc& from, std::string_view query = {}, std::string target = path) {
        return Fixture::at_once(
            from.request(Method::get, query.empty() ? target : target.append("?").append(query)));
    }
    void is_in_memory(Pc& from) {
        EXPECT_EQ(from.get(path).status, 204);
        EXPECT_TRUE(at_once(from));
    }
    void is_over(Pc& from) {
        EXPECT_FALSE(at_once(from)) << "memory must not say so any more";
        EXPECT_EQ(from.get(path).status, 401);
        EXPECT_EQ(from.get("/api/v1/session").status, 401);
    }
    void sessions_are_read_again() {
        bool done = false;
        SessionRefresh refresh(io.get_executor(), services);
        asio::co_spawn(io, refresh.read_what_is_due(), [&done](std::exception_ptr) { done = true; });
        turn_until([&] { return done; });
    }
    std::string id_of(Pc& of) {
        const auto body = json_of(of.get("/api/v1/sessions"));
        for (const auto& row : body.at("sessions").as_array())
            if (row.at("current").as_bool()) return std::string(row.at("id").as_string());
        return "";
    }
    WallTime last_use(const Someone& who) {
        return stored(storage.list_sessions(who.id, SessionKind::browser, clock.now())).front().last_used_at;
    }

    Pc pc{*this};
    Pc other{*this};
};

TEST_F(Verify, TellsAProxyWhoIsThere) {
    for (int times = 0; times < 2; ++times) {
        const Response answer = times == 0 ? pc.get(path) : at_once(pc).value();
        EXPECT_EQ(answer.status, 204);
        EXPECT_EQ(values_of(answer, "X-Auth-Person"), std::vector{lin.id});
        EXPECT_EQ(values_of(answer, "X-Auth-Level"), std::vector{std::string("3")});
        EXPECT_EQ(values_of(answer, "X-Auth-Method"), std::vector{std::string("password")});
        EXPECT_EQ(answer.body, "");
        EXPECT_EQ(answer.route, path);
    }
}

TEST_F(Verify, RefusesWithoutALiveSession) {
    EXPECT_EQ(code_of(other.get(path)), "session_missing");
    EXPECT_EQ(other.get(path).status, 401);
    other.cookies["qrgate-session"] = base64url(random.bytes<32>());
    EXPECT_EQ(other.get(path).status, 401);
}

TEST_F(Verify, AsksForALevel) {
    other.is_logged_in(hao);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(pc.get("/api/v1/verify?level=3").status, 204);
        EXPECT_EQ(other.get("/api/v1/verify?level=2").status, 204);
        const Response low = other.get("/api/v1/verify?level=3");
        EXPECT_EQ(low.status, 403);
        EXPECT_EQ(code_of(low), "level_too_low");
        EXPECT_TRUE(values_of(low, "X-Auth-Person").empty());
        EXPECT_FALSE(at_once(other, "level=3"));
        EXPECT_TRUE(at_once(other, "level=2"));
    }
}

TEST_F(Verify, TakesNoOtherSpellingOfALevel) {
    for (const char* query : {"level=0", "level=4", "level=", "level", "level=03", "level=3&level=1",
                              "level=3x", "LEVEL=3", "level=%33", "to=/"}) {
        EXPECT_EQ(code_of(pc.get(std::string(path) + "?" + query)), "bad_request") << query;
        EXPECT_FALSE(at_once(pc, query)) << query;
    }
}

TEST_F(Verify, AnswersHeadAndNoOtherMethod) {
    EXPECT_EQ(pc.send(pc.request(Method::head, path)).status, 204);
    EXPECT_EQ(pc.post(path).status, 405);
}

TEST_F(Verify, ReadsNothingButTheSessionCookie) {
    Request forged = other.request(Method::get, path);
    Phone phone{*this, lin};
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"x-auth-person", lin.id},
                                            {"x-auth-level", "3"},
                                            {"x-forwarded-user", lin.id},
                                            {"x-original-uri", "/?level=1"},
                                            {"authorization", "Bearer " + phone.bearer}})
        forged.headers.emplace_back(name, value);
    EXPECT_EQ(call(forged).status, 401);

    Request right = pc.request(Method::get, path);
    right.headers.emplace_back("x-auth-person", hao.id);
    right.headers.emplace_back("origin", "https://elsewhere.example");
    const Response answer = call(right);
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(values_of(answer, "X-Auth-Person"), std::vector{lin.id});
}

TEST_F(Verify, KeepsASessionAliveThatOnlyTheProxyAsksAbout) {
    for (int i = 0; i < 9; ++i) {
        EXPECT_EQ(pc.get(path).status, 204) << i;
        advance(20min);
    }
    advance(11min);
    EXPECT_EQ(pc.get(path).status, 401) << "idle for half an hour";
}

TEST_F(Verify, WritesTheUseAtMostOnceAMinute) {
    advance(1s);
    pc.get(path);
    turn_until([&] { return tasks.size() == 0; });
    const WallTime first = last_use(lin);
    EXPECT_EQ(first, clock.now());
    for (int seconds = 0; seconds < 59; ++seconds) {
        advance(1s);
        EXPECT_EQ(pc.get(path).status, 204);
    }
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_EQ(last_use(lin), first);
    advance(1s);
    pc.get(path);
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_EQ(last_use(lin), clock.now());
}

TEST_F(Verify, WritesTheUseAlsoOfAnAnswerFromMemory) {
    advance(1s);
    is_in_memory(pc);
    turn_until([&] { return tasks.size() == 0; });
    advance(57s);
    is_in_memory(pc);
    advance(4s);
    EXPECT_TRUE(at_once(pc));
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_EQ(last_use(lin), clock.now());
}

TEST_F(Verify, PresentsASessionThatWasNeverUsed) {
    pc.get(path);
    turn_until([&] { return tasks.size() == 0; });
    advance(61s);
    EXPECT_EQ(pc.get(path).status, 204);
}

TEST_F(Verify, LooksUpNothingThatHasNotOurShape) {
    const std::string good(43, 'A');
    EXPECT_TRUE(session_hash("qrgate-session=" + good, false));
    for (const std::string& value : {good + "A", good.substr(1), good.substr(1) + "=", good.substr(1) + "%",
                                     std::string(), std::string(8000, 'A')})
        EXPECT_FALSE(session_hash("qrgate-session=" + value, false)) << value.size();
    EXPECT_FALSE(session_hash("__Host-qrgate-session=" + good, false));
    EXPECT_FALSE(session_hash("qrgate-session=" + good, true));
}

TEST_F(Verify, KeepsNothingOfUnknownSessions) {
    for (int i = 0; i < 50; ++i) {
        other.cookies["qrgate-session"] = base64url(random.bytes<32>());
        EXPECT_EQ(other.get(path).status, 401);
    }
    EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(Verify, ReadsASessionThatIsAskedAboutAgainBesideTheAnswer) {
    is_in_memory(pc);
    turn_until([&] { return tasks.size() == 0; });
    stored(storage.end_session_by_operator(id_of(pc), clock.now(), {}));
    advance(SessionCache::fresh);
    EXPECT_TRUE(at_once(pc)) << "this one is still answered";
    sessions_are_read_again();
    is_over(pc);
}

TEST_F(Verify, ReadsAgainInOneStatementAsLongAsSomebodyAsks) {
    other.is_logged_in(hao);
    advance(1s);  // or it would look as if nobody had used the sessions yet
    is_in_memory(pc);
    is_in_memory(other);
    turn_until([&] { return tasks.size() == 0; });
    for (int round = 0; round < 3; ++round) {
        advance(SessionCache::fresh);
        EXPECT_TRUE(at_once(pc));
        storage.calls.clear();
        sessions_are_read_again();
        EXPECT_EQ(storage.calls, round == 0 ? Calls{"find_sessions of 2"} : Calls{"find_sessions of 1"});
    }
    EXPECT_FALSE(at_once(other)) << "nobody asked about it";
}

TEST_F(Verify, KeepsWhatItHasWhenReadingAgainFails) {
    is_in_memory(pc);
    advance(SessionCache::fresh);
    EXPECT_TRUE(at_once(pc));
    storage.is_away = true;
    sessions_are_read_again();
    EXPECT_TRUE(at_once(pc));
    storage.is_away = false;
    sessions_are_read_again();
    advance(SessionCache::fresh);
    EXPECT_TRUE(at_once(pc)) << "it was tried again";
}

// Each way a session ends or a level changes in this process or by its operator's command.

TEST_F(Verify, RefusesAfterLogout) {
    is_in_memory(pc);
    Pc same = pc;
    pc.post("/api/v1/logout");
    is_over(same);
}

TEST_F(Verify, RefusesWhenThePersonEndsThatSession) {
    other.is_logged_in(lin);
    is_in_memory(pc);
    const std::string id = id_of(pc);
    is_in_memory(other);
    EXPECT_EQ(other.del("/api/v1/sessions/" + id).status, 204);
    is_over(pc);
    EXPECT_EQ(other.get(path).status, 204);
}

TEST_F(Verify, RefusesWhenThePersonEndsAllOthers) {
    other.is_logged_in(lin);
    is_in_memory(pc);
    is_in_memory(other);
    EXPECT_EQ(other.del("/api/v1/sessions?others=1").status, 204);
    is_over(pc);
    EXPECT_EQ(other.get(path).status, 204);
}

TEST_F(Verify, RefusesAfterNotMeInTheHistory) {
    other.is_logged_in(lin);
    is_in_memory(pc);
    EXPECT_EQ(other.post("/api/v1/logins/" + id_of(pc) + "/undo").status, 204);
    is_over(pc);
}

TEST_F(Verify, RefusesAfterUndoOnThePhone) {
    Phone phone{*this, lin};
    is_in_memory(pc);
    EXPECT_EQ(phone.post("/api/v1/phone/sessions/" + id_of(pc) + "/undo").status, 204);
    is_over(pc);
}

TEST_F(Verify, RefusesWhenAnotherLoginReplacesIt) {
    is_in_memory(pc);
    Pc before = pc;
    EXPECT_EQ(pc.log_in(lin).status, 200);
    is_over(before);
    is_in_memory(pc);
}

TEST_F(Verify, RefusesTheOldValueAndTheOthersAfterAChangeOfPassword) {
    other.is_logged_in(lin);
    is_in_memory(pc);
    is_in_memory(other);
    Pc before = pc;
    EXPECT_EQ(
        pc.post("/api/v1/password", {{"old_password", lin.password}, {"new_password", new_password}}).status,
        204);
    is_over(before);
    is_over(other);
    is_in_memory(pc);
}

TEST_F(Verify, RefusesAfterAResetOfThePassword) {
    is_in_memory(pc);
    const Captcha captcha = other.captcha();
    const Response started = other.post("/api/v1/password/reset/start", {{"kind", name_of(lin.kind)},
                                                                         {"identity_number", lin.number},
                                                                         {"captcha_id", captcha.id},
                                                                         {"captcha", captcha.answer}});
    ASSERT_EQ(started.status, 202) << started.body;
    is_in_memory(pc);
    const Response done = other.post("/api/v1/password/reset/finish",
                                     {{"reset", json_of(started).at("reset")},
                                      {"code", outbox.sent_to(lin.phone).front().text.substr(0, 6)},
                                      {"new_password", new_password}});
    ASSERT_EQ(done.status, 204) << done.body;
    is_over(pc);
}

TEST_F(Verify, RefusesWhenTheOperatorLocksThePerson) {
    is_in_memory(pc);
    lock(lin);
    is_over(pc);
}

TEST_F(Verify, RefusesWhenTheOperatorEndsTheSession) {
    is_in_memory(pc);
    stored(storage.end_session_by_operator(id_of(pc), clock.now(), {}));
    ended_elsewhere.raise();
    is_over(pc);
}

TEST_F(Verify, KnowsALevelThatTheOperatorChanged) {
    is_in_memory(pc);
    set_level(lin, 2);
    EXPECT_FALSE(at_once(pc, "level=3"));
    EXPECT_EQ(pc.get("/api/v1/verify?level=3").status, 403);
}

TEST_F(Verify, KnowsALevelThatRanOut) {
    NewProofing proofing;
    proofing.proofing = {.id = "proofing",
                         .person_id = lin.id,
                         .provider = "test",
                         .started_at = clock.now(),
                         .ends_at = clock.now() + 1h};
    stored(storage.start_proofing(proofing, {}));
    stored(storage.decide_proofing({.proofing_id = "proofing",
                                    .event_id = "event",
                                    .passed = true,
                                    .at = clock.now(),
                                    .level_ends_at = clock.now() + 1s},
                                   {}));
    is_in_memory(pc);
    advance(2s);
    Sweeper sweeper(io.get_executor(), services, hashing, signing);
    tasks.spawn("sweeper", sweeper.run());
    turn_until([&] { return stored(storage.find_person_by_id(lin.id))->level == 2; });
    sweeper.stop();
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_FALSE(at_once(pc, "level=3"));
    EXPECT_EQ(pc.get("/api/v1/verify?level=3").status, 403);
}

TEST_F(Verify, SeesTheEndOnAnotherNodeWithinTenSeconds) {
    is_in_memory(pc);
    stored(storage.end_session_by_operator(id_of(pc), clock.now(), {}));
    EXPECT_TRUE(at_once(pc)) << "nobody told this process";
    advance(SessionCache::life);
    is_over(pc);
}

TEST_F(Verify, ShowsTheLaterEndAfterExtending) {
    is_in_memory(pc);
    advance(2min);
    pc.get("/api/v1/session");
    EXPECT_EQ(pc.post("/api/v1/session/extend").status, 200);
    EXPECT_EQ(json_of(pc.get("/api/v1/session")).at("expires_at").as_string(), "2026-11-22T08:32:00Z");
}

}  // namespace
}  // namespace qrgate::tests
