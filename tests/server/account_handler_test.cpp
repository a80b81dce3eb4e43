// The account page's calls: level, certificates, login history, "this was not me", the watch, preferences.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Account : public testing::Test, protected Fixture {
protected:
    Account() {
        pc.is_logged_in(lin);
        pc.get("/api/v1/session");
    }
    boost::json::array logins_of(Pc& of) { return json_of(of.get("/api/v1/logins")).at("logins").as_array(); }
    std::string own_id(Pc& of) {
        for (const auto& row : logins_of(of))
            if (row.at("current").as_bool()) return std::string(row.at("id").as_string());
        return "";
    }
    Response put_preferences(Pc& of, const boost::json::object& body) {
        return of.send(of.request(Method::put, "/api/v1/preferences", boost::json::serialize(body)));
    }

    Pc pc{*this};
    Pc other{*this};
};

// --- account

TEST_F(Account, NamesTheKindOfTheEvidenceWithoutItsParticulars) {
    for (const char* kind : {"real-name", "registration", "desk", "proofing"}) {
        stored(storage.set_person_level(lin.id, 3, std::string(kind) + ":particulars", clock.now(), {}));

        EXPECT_EQ(json_of(pc.get("/api/v1/account")).at("evidence").as_string(), kind);
    }
}

TEST_F(Account, TellsTheLevelAndWhatEachMethodStillNeeds) {
    const auto body = json_of(pc.get("/api/v1/account"));

    EXPECT_EQ(body.at("person").at("id").as_string(), lin.id);
    EXPECT_EQ(body.at("level").as_int64(), 3);
    EXPECT_THAT(std::string(body.at("level_name").as_string()), HasSubstr("L3"));
    EXPECT_EQ(body.at("since").as_string(), "2026-11-22T08:00:00Z");
    EXPECT_FALSE(body.contains("ends_at"));
    EXPECT_EQ(body.at("evidence").as_string(), "other");
    EXPECT_EQ(body.at("phone").as_string(), "139****0001");
    EXPECT_FALSE(body.at("phone_shared").as_bool());
    EXPECT_TRUE(body.at("methods").at("sms").at("available").as_bool());
    const auto& qr = body.at("methods").at("qr");
    EXPECT_FALSE(qr.at("available").as_bool());
    EXPECT_EQ(qr.at("missing").at(0).at("code").as_string(), "certificate_missing");
}

TEST_F(Account, OfALowLevelSaysWhatIsMissing) {
    other.is_logged_in(hao);

    const auto body = json_of(other.get("/api/v1/account"));

    EXPECT_EQ(body.at("level").as_int64(), 2);
    EXPECT_EQ(body.at("methods").at("sms").at("missing").at(0).at("code").as_string(), "level_too_low");
    EXPECT_EQ(body.at("methods").at("qr").at("missing").as_array().size(), 2u);
}

TEST_F(Account, HoldsNoNumberNoPhoneAndNoDetailOfTheEvidence) {
    stored(storage.set_person_level(lin.id, 3, "desk:case-of-mrs-wang", clock.now(), {}));
    Phone phone{*this, lin};
    phone.has_certificate();

    const Response shown = pc.get("/api/v1/account");

    for (const std::string& secret : {lin.number, lin.phone, lin.name, std::string("wang")})
        EXPECT_THAT(shown.body, Not(HasSubstr(secret)));
    EXPECT_EQ(json_of(shown).at("evidence").as_string(), "desk");
}

TEST_F(Account, SaysWhenAPhoneIsBoundToSeveralPeople) {
    NewPerson twin;
    twin.id = "twin";
    twin.identity_number = "110101190001010030";
    twin.name = "赵";
    twin.phone = lin.phone;
    stored(storage.put_person(twin, clock.now()));

    EXPECT_TRUE(json_of(pc.get("/api/v1/account")).at("phone_shared").as_bool());
}

TEST_F(Account, DeletesACertificateFromThePc) {
    Phone phone{*this, lin};
    phone.has_certificate();
    ASSERT_EQ(json_of(pc.get("/api/v1/account")).at("certificates").as_array().size(), 1u);

    EXPECT_EQ(pc.del("/api/v1/certificates/" + phone.serial).status, 204);

    const auto body = json_of(pc.get("/api/v1/account"));
    EXPECT_EQ(body.at("certificates").at(0).at("state").as_string(), "revoked");
    EXPECT_FALSE(body.at("methods").at("qr").at("available").as_bool());
}

TEST_F(Account, NeedsALogin) {
    Pc nobody{*this};
    for (const char* path : {"/api/v1/account", "/api/v1/logins", "/api/v1/preferences",
                             "/api/v1/session/watch?wait=1", "/api/v1/session/watch"})
        EXPECT_EQ(code_of(nobody.get(path)), "session_missing") << path;
    EXPECT_EQ(code_of(nobody.del("/api/v1/certificates/aa")), "session_missing");
    EXPECT_EQ(code_of(nobody.post("/api/v1/logins/x/undo")), "session_missing");
}

// --- history

TEST_F(Account, HistoryShowsLoginsAndRefusedTriesWithTheirPlaces) {
    advance(1s);
    Someone wrong = lin;
    wrong.password = "Wrong#2026";
    other.address = "198.51.100.4";
    other.log_in(wrong);
    advance(1s);
    Phone phone{*this, lin};

    const auto rows = logins_of(pc);

    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].at("kind").as_string(), "phone");
    EXPECT_EQ(rows[1].at("outcome").as_string(), "credentials_wrong");
    EXPECT_EQ(rows[1].at("address").as_string(), "198.51.100.4");
    EXPECT_EQ(rows[1].at("place").as_string(), "上海");
    EXPECT_FALSE(rows[1].as_object().contains("id"));
    EXPECT_TRUE(rows[2].at("current").as_bool());
    EXPECT_TRUE(rows[2].at("live").as_bool());
    EXPECT_EQ(rows[2].at("browser").as_string(), "Chrome on Linux");
    EXPECT_EQ(rows[2].at("outcome").as_string(), "ok");
}

TEST_F(Account, HistoryKeepsLoginsThatHaveEnded) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");
    other.post("/api/v1/logout");

    const auto rows = logins_of(pc);

    ASSERT_EQ(rows.size(), 2u);
    int ended = 0;
    for (const auto& row : rows)
        if (!row.at("live").as_bool() && row.at("end_reason").as_string() == "logout") ++ended;
    EXPECT_EQ(ended, 1);
}

TEST_F(Account, ThisWasNotMeEndsTheOtherLoginAtOnce) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");
    const std::string id = own_id(other);

    EXPECT_EQ(pc.post("/api/v1/logins/" + id + "/undo").status, 204);

    EXPECT_EQ(other.get("/api/v1/session").status, 401);
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
    EXPECT_EQ(code_of(pc.post("/api/v1/logins/" + id + "/undo")), "not_found") << "it is over";
}

TEST_F(Account, ThisWasNotMeEndsAPhonesLoginToo) {
    Phone phone{*this, lin};

    EXPECT_EQ(pc.post("/api/v1/logins/" + phone.session_id + "/undo").status, 204);

    EXPECT_EQ(code_of(phone.get("/api/v1/phone/me")), "token_missing");
}

TEST_F(Account, ThisWasNotMeOfTheLoginInUseLogsOut) {
    const Response ended = pc.post("/api/v1/logins/" + own_id(pc) + "/undo");

    EXPECT_EQ(ended.status, 204);
    EXPECT_THAT(values_of(ended, "Set-Cookie"),
                ElementsAre("qrgate-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

// --- the watch

TEST_F(Account, AWatchHearsTheEndOfItsSessionAtOnce) {
    using End = std::function<void()>;
    Phone phone{*this, lin};
    const std::vector<std::pair<const char*, End>> ways{
        {"undo from the PC", [&] { pc.post("/api/v1/logins/" + own_id(other) + "/undo"); }},
        {"undo from the phone", [&] { phone.post("/api/v1/phone/sessions/" + own_id(other) + "/undo"); }},
        {"end one", [&] { pc.del("/api/v1/sessions/" + own_id(other)); }},
        {"end others", [&] { pc.del("/api/v1/sessions?others=1"); }},
        {"logout", [&] { Pc(other).post("/api/v1/logout"); }},
    };
    for (const auto& [name, end] : ways) {
        other.is_logged_in(lin);
        other.get("/api/v1/session");
        const Pending heard = begin(other.request(Method::get, "/api/v1/session/watch?wait=25"));
        turn_until([&] { return services.watch.waiting() == 1; });
        EXPECT_FALSE(heard->has_value());

        end();

        EXPECT_EQ(code_of(finish(heard)), "session_missing") << name;
    }
}

TEST_F(Account, AWatchOfASessionThatGoesOnAnswersNoContent) {
    EXPECT_EQ(pc.get("/api/v1/session/watch?wait=0").status, 204);
    EXPECT_EQ(pc.get("/api/v1/session/watch?wait=1").status, 204);
    EXPECT_EQ(pc.get("/api/v1/session/watch").status, 204);
    for (const char* odd : {"-1", "x", "1e3", "9999", "%31"})
        EXPECT_EQ(code_of(pc.get(std::string("/api/v1/session/watch?wait=") + odd)),
                  odd == std::string("%31") ? "" : "bad_request")
            << odd;
}

TEST_F(Account, AWatchDoesNotKeepASessionAlive) {
    advance(20min);
    EXPECT_EQ(pc.get("/api/v1/session/watch?wait=0").status, 204);
    advance(10min);

    EXPECT_EQ(code_of(pc.get("/api/v1/session/watch?wait=0")), "session_missing");
    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

TEST_F(Account, AWatchIsNotWokenByOtherPeople) {
    other.is_logged_in(hao);
    other.get("/api/v1/session");
    const Pending heard = begin(pc.request(Method::get, "/api/v1/session/watch?wait=25"));
    turn_until([&] { return services.watch.waiting() == 1; });

    other.post("/api/v1/logout");

    EXPECT_FALSE(heard->has_value());
    EXPECT_EQ(services.watch.waiting(), 1u);
    services.watch.stop();
    EXPECT_EQ(finish(heard).status, 204);
}

// --- preferences

TEST_F(Account, PreferencesFollowThePersonToAnotherBrowserAndThePhone) {
    EXPECT_FALSE(json_of(pc.get("/api/v1/preferences")).at("chosen").as_bool());

    EXPECT_EQ(put_preferences(pc, {{"easy", true}, {"contrast", false}, {"language", "en"}}).status, 204);

    other.is_logged_in(lin);
    Phone phone{*this, lin};
    for (const Response& shown : {other.get("/api/v1/preferences"), phone.get("/api/v1/phone/preferences")}) {
        const auto body = json_of(shown);
        EXPECT_TRUE(body.at("easy").as_bool());
        EXPECT_FALSE(body.at("contrast").as_bool());
        EXPECT_EQ(body.at("language").as_string(), "en");
        EXPECT_TRUE(body.at("chosen").as_bool());
    }
    Pc stranger{*this};
    stranger.is_logged_in(hao);
    EXPECT_FALSE(json_of(stranger.get("/api/v1/preferences")).at("chosen").as_bool());
}

TEST_F(Account, PreferencesAreTakenFromThePhoneToo) {
    Phone phone{*this, lin};
    const boost::json::object wish{{"easy", false}, {"contrast", true}, {"language", ""}};

    EXPECT_EQ(
        call(phone.request(Method::put, "/api/v1/phone/preferences", boost::json::serialize(wish))).status,
        204);

    EXPECT_TRUE(json_of(pc.get("/api/v1/preferences")).at("contrast").as_bool());
}

TEST_F(Account, PreferencesAreReadStrictly) {
    for (const boost::json::object& odd :
         {boost::json::object{{"easy", 1}, {"contrast", false}, {"language", "zh"}},
          boost::json::object{{"easy", true}, {"contrast", false}, {"language", "fr"}},
          boost::json::object{{"easy", true}, {"language", "zh"}},
          boost::json::object{{"easy", true}, {"contrast", false}, {"language", "zh"}, {"more", 1}}})
        EXPECT_EQ(code_of(put_preferences(pc, odd)), "bad_request") << boost::json::serialize(odd);
    EXPECT_FALSE(json_of(pc.get("/api/v1/preferences")).at("chosen").as_bool());
}

}  // namespace
}  // namespace qrgate::tests
