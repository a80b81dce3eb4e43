// The sessions of the person who is logged in with a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;

class Sessions : public testing::Test, protected Fixture {
protected:
    Sessions() {
        pc.is_logged_in(lin);
        pc.get("/api/v1/session");
    }
    std::vector<std::string> ids(Pc& of) {
        std::vector<std::string> all;
        const auto body = json_of(of.get("/api/v1/sessions"));
        for (const auto& row : body.at("sessions").as_array())
            all.emplace_back(row.at("id").as_string());
        return all;
    }
    std::string own_id(Pc& of) {
        const auto body = json_of(of.get("/api/v1/sessions"));
        for (const auto& row : body.at("sessions").as_array())
            if (row.at("current").as_bool()) return std::string(row.at("id").as_string());
        return "";
    }

    Pc pc{*this};
    Pc other{*this};
};

TEST_F(Sessions, TellWhoIsLoggedInHowAndUntilWhen) {
    const auto body = json_of(pc.get("/api/v1/session"));

    EXPECT_EQ(body.at("person").at("id").as_string(), lin.id);
    EXPECT_EQ(body.at("method").as_string(), "password");
    EXPECT_EQ(body.at("aal").as_int64(), 1);
    EXPECT_EQ(body.at("expires_at").as_string(), "2026-11-22T08:30:00Z");
    EXPECT_EQ(body.size(), 4u);
}

TEST_F(Sessions, AreAsManyAsOneOpensWithoutALimit) {
    for (int i = 0; i < 5; ++i) {
        Pc another(*this);
        EXPECT_EQ(another.log_in(lin).status, 200);
        another.get("/api/v1/session");
    }
    EXPECT_EQ(ids(pc).size(), 6u);
}

TEST_F(Sessions, BeyondTheLimitEndWithALogin) {
    config.sessions_per_person = 2;
    advance(1s);
    EXPECT_EQ(other.log_in(lin).status, 200);
    EXPECT_EQ(ids(other).size(), 2u);
    advance(1s);
    Pc third(*this);

    EXPECT_EQ(third.log_in(lin).status, 200);

    EXPECT_EQ(code_of(pc.get("/api/v1/session")), "session_missing");
    EXPECT_EQ(other.get("/api/v1/session").status, 200);
    EXPECT_EQ(ids(third).size(), 2u);
}

TEST_F(Sessions, AreMissingWithoutCookieAndWithAWrongOne) {
    for (const char* path : {"/api/v1/session", "/api/v1/sessions"}) {
        other.cookies.clear();
        EXPECT_EQ(code_of(other.get(path)), "session_missing");
        other.cookies["qrgate-session"] = "";
        EXPECT_EQ(code_of(other.get(path)), "session_missing");
        other.cookies["qrgate-session"] = "AAAA";
        EXPECT_EQ(other.get(path).status, 401);
    }
    EXPECT_EQ(code_of(other.del("/api/v1/sessions/x")), "session_missing");
    EXPECT_EQ(code_of(other.del("/api/v1/sessions?others=1")), "session_missing");
    EXPECT_EQ(code_of(other.post("/api/v1/session/extend")), "session_missing");
}

TEST_F(Sessions, OfHttpAreNotTakenOverHttps) {
    pc.secure = true;

    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

TEST_F(Sessions, ArePersonalThoughAPhoneTokenIsNoCookie) {
    Phone phone{*this, lin};
    other.cookies["qrgate-session"] = phone.bearer;

    EXPECT_EQ(other.get("/api/v1/session").status, 401);
}

TEST_F(Sessions, EndWhenTheyAreNotUsed) {
    advance(29min);
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
    advance(30min);
    EXPECT_EQ(code_of(pc.get("/api/v1/session")), "session_missing");
}

TEST_F(Sessions, AreExtendedOnPurposeUntilTheirEnd) {
    advance(20min);
    const Response extended = pc.post("/api/v1/session/extend");
    EXPECT_EQ(extended.status, 200);
    EXPECT_EQ(json_of(extended).at("expires_at").as_string(), "2026-11-22T08:50:00Z");

    for (int i = 0; i < 25; ++i) {
        advance(28min);
        pc.post("/api/v1/session/extend");
    }

    EXPECT_EQ(pc.post("/api/v1/session/extend").status, 401) << "twelve hours are over";
}

TEST_F(Sessions, AreNotExtendedByAForeignPage) {
    pc.origin = "https://evil.example";

    EXPECT_EQ(code_of(pc.post("/api/v1/session/extend")), "origin_refused");
    EXPECT_EQ(code_of(pc.post("/api/v1/session/extend", {{"a", 1}})), "bad_request");
}

TEST_F(Sessions, AreListedWithTheOneInUseMarked) {
    other.is_logged_in(lin, LoginMethod::qr);
    other.get("/api/v1/session");
    Pc stranger{*this};
    stranger.is_logged_in(hao);

    const auto rows = json_of(pc.get("/api/v1/sessions")).at("sessions").as_array();

    ASSERT_EQ(rows.size(), 2u);
    int current = 0;
    for (const auto& row : rows)
        current += row.at("current").as_bool() ? 1 : 0;
    EXPECT_EQ(current, 1);
    EXPECT_EQ(rows[0].at("browser").as_string(), "Chrome on Linux");
    EXPECT_EQ(pc.get("/api/v1/sessions").body.find(pc.cookies.at("qrgate-session")), std::string::npos);
}

TEST_F(Sessions, EndOneByOne) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");
    const std::string id = own_id(other);

    const Response ended = pc.del("/api/v1/sessions/" + id);

    EXPECT_EQ(ended.status, 204);
    EXPECT_TRUE(values_of(ended, "Set-Cookie").empty());
    EXPECT_EQ(other.get("/api/v1/session").status, 401);
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
    EXPECT_EQ(code_of(pc.del("/api/v1/sessions/" + id)), "not_found");
}

TEST_F(Sessions, LoseTheirCookieWhenTheyEndThemselves) {
    const Response ended = pc.del("/api/v1/sessions/" + own_id(pc));

    EXPECT_EQ(ended.status, 204);
    EXPECT_THAT(values_of(ended, "Set-Cookie"),
                ElementsAre("qrgate-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
}

TEST_F(Sessions, OfAnotherPersonAreNotFound) {
    other.is_logged_in(hao);
    other.get("/api/v1/session");

    EXPECT_EQ(code_of(pc.del("/api/v1/sessions/" + own_id(other))), "not_found");
    EXPECT_EQ(other.get("/api/v1/session").status, 200);
}

TEST_F(Sessions, EndAllOthersAtOnce) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");
    Phone phone{*this, lin};

    EXPECT_EQ(pc.del("/api/v1/sessions?others=1").status, 204);

    EXPECT_EQ(other.get("/api/v1/session").status, 401);
    EXPECT_EQ(ids(pc).size(), 1u);
    EXPECT_EQ(phone.get("/api/v1/phone/me").status, 200);
    for (const char* unclear :
         {"/api/v1/sessions", "/api/v1/sessions?others=0", "/api/v1/sessions?others=1&others=2"})
        EXPECT_EQ(code_of(pc.del(unclear)), "bad_request") << unclear;
}

TEST_F(Sessions, AreNotEndedByAForeignPage) {
    const std::string id = own_id(pc);
    pc.origin = "https://evil.example";

    EXPECT_EQ(code_of(pc.del("/api/v1/sessions/" + id)), "origin_refused");
    EXPECT_EQ(code_of(pc.del("/api/v1/sessions?others=1")), "origin_refused");
    EXPECT_EQ(code_of(pc.post("/api/v1/logout")), "origin_refused");
    pc.origin = "https://login.example";
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

TEST_F(Sessions, EndByLogout) {
    const auto before = pc.cookies;

    const Response out = pc.post("/api/v1/logout");

    EXPECT_EQ(out.status, 204);
    EXPECT_THAT(values_of(out, "Set-Cookie"),
                ElementsAre("qrgate-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
    pc.cookies = before;
    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
    EXPECT_EQ(pc.post("/api/v1/logout").status, 204) << "twice is fine";
}

TEST_F(Sessions, RemoveTheHostCookieOverHttps) {
    other.secure = true;
    other.is_logged_in(lin);

    EXPECT_THAT(values_of(other.post("/api/v1/logout"), "Set-Cookie"),
                ElementsAre("__Host-qrgate-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"));
}

TEST_F(Sessions, EndWhenThePersonIsLocked) {
    lock(lin);

    EXPECT_EQ(code_of(pc.get("/api/v1/session")), "session_missing");
}

TEST_F(Sessions, ShowAChangedLevelAtOnce) {
    set_level(lin, 2);

    EXPECT_EQ(json_of(pc.get("/api/v1/session")).at("person").at("level").as_int64(), 2);
}

TEST_F(Sessions, ThatAreNeverPresentedEndAfterAMinute) {
    pc.post("/api/v1/logout");
    pc.log_in(lin);
    advance(60s);

    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

}  // namespace
}  // namespace qrgate::tests
