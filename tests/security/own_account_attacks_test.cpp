// What somebody else's page, or somebody else's login, can do to an account: nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::Each;
using testing::IsEmpty;

class OwnAccountAttacks : public testing::Test, protected Fixture {
protected:
    OwnAccountAttacks() {
        owner.is_logged_in(lin);
        owner.get("/api/v1/session");
        stranger.is_logged_in(hao);
        stranger.get("/api/v1/session");
    }
    std::string own_id(Pc& of) {
        const auto body = json_of(of.get("/api/v1/logins"));
        for (const auto& row : body.at("logins").as_array())
            if (row.at("current").as_bool()) return std::string(row.at("id").as_string());
        return "";
    }
    Pc owner{*this};
    Pc stranger{*this};
};

TEST_F(OwnAccountAttacks, AnotherPersonsLoginCertificateAndSessionAreNotFoundAndStay) {
    Phone phone{*this, lin};
    phone.has_certificate();
    const std::string id = own_id(owner);

    EXPECT_EQ(code_of(stranger.post("/api/v1/logins/" + id + "/undo")), "not_found");
    EXPECT_EQ(code_of(stranger.post("/api/v1/logins/" + phone.session_id + "/undo")), "not_found");
    EXPECT_EQ(code_of(stranger.del("/api/v1/sessions/" + id)), "not_found");
    EXPECT_EQ(code_of(stranger.del("/api/v1/certificates/" + phone.serial)), "not_found");

    EXPECT_EQ(owner.get("/api/v1/session").status, 200);
    EXPECT_EQ(phone.get("/api/v1/phone/me").status, 200);
    EXPECT_EQ(json_of(owner.get("/api/v1/account")).at("certificates").at(0).at("state").as_string(),
              "active");
    EXPECT_EQ(json_of(stranger.get("/api/v1/logins")).at("logins").as_array().size(), 1u);
    EXPECT_THAT(json_of(stranger.get("/api/v1/account")).at("certificates").as_array(), IsEmpty());
}

TEST_F(OwnAccountAttacks, AForeignPageChangesNothing) {
    Phone phone{*this, lin};
    phone.has_certificate();
    const std::string id = own_id(owner);
    const std::string preferences = R"({"easy":true,"contrast":true,"language":"en"})";
    for (const char* foreign : {"https://evil.example", "null", "https://login.example.evil.example"}) {
        owner.origin = foreign;
        std::vector<std::string> codes{
            code_of(owner.post("/api/v1/logins/" + id + "/undo")),
            code_of(owner.del("/api/v1/certificates/" + phone.serial)),
            code_of(owner.post("/api/v1/password",
                               {{"old_password", lin.password}, {"new_password", "Neu%2026pass"}})),
            code_of(owner.post("/api/v1/phone-number/start", {{"phone", "13900000088"}})),
            code_of(owner.post("/api/v1/phone-number/finish",
                               {{"phone", "13900000088"}, {"old_code", "123456"}, {"new_code", "123456"}})),
            code_of(owner.send(owner.request(Method::put, "/api/v1/preferences", preferences))),
        };
        EXPECT_THAT(codes, Each("origin_refused")) << foreign;
    }
    owner.origin = "https://login.example";
    EXPECT_EQ(owner.get("/api/v1/session").status, 200);
    EXPECT_THAT(outbox.sent_to("13900000088"), IsEmpty());
    EXPECT_FALSE(json_of(owner.get("/api/v1/preferences")).at("chosen").as_bool());
    EXPECT_EQ(json_of(owner.get("/api/v1/account")).at("certificates").at(0).at("state").as_string(),
              "active");
}

TEST_F(OwnAccountAttacks, OneAccountCannotTakeAllPlacesOfTheWatch) {
    std::vector<Pending> many;
    for (int i = 0; i < 40; ++i)
        many.push_back(begin(stranger.request(Method::get, "/api/v1/session/watch?wait=25")));
    turn_until([&] {
        return services.watch.waiting() == 16 &&
               std::ranges::count_if(many, [](const Pending& one) { return one->has_value(); }) == 24;
    });

    const Pending heard = begin(owner.request(Method::get, "/api/v1/session/watch?wait=25"));
    turn_until([&] { return services.watch.waiting() == 17; });

    EXPECT_FALSE(heard->has_value());
    services.watch.stop();
    EXPECT_EQ(finish(heard).status, 204);
}

TEST_F(OwnAccountAttacks, NothingSecretOfAChangeIsKeptInLogsAndAudit) {
    owner.post("/api/v1/password", {{"old_password", "Canary#2026"}, {"new_password", "Canary%2026"}});
    owner.post("/api/v1/phone-number/start", {{"phone", "13900000088"}});
    const std::string old_code = outbox.sent_to(lin.phone).front().text.substr(0, 6);
    const std::string new_code = outbox.sent_to("13900000088").front().text.substr(0, 6);
    owner.post("/api/v1/phone-number/finish",
               {{"phone", "13900000088"}, {"old_code", old_code}, {"new_code", new_code}});

    std::string kept = metrics.text();
    for (const std::string& line : log_lines)
        kept += line + "\n";
    for (const AuditRow& row : audit_of(lin))
        kept += row.event.event + " " + row.event.outcome + " " + row.event.subject + "\n";

    EXPECT_THAT(kept, testing::HasSubstr("phone_changed ok old_phone"));
    for (const std::string& secret :
         {std::string("Canary"), std::string("13900000088"), lin.phone, old_code + " ", new_code + " "})
        EXPECT_THAT(kept, testing::Not(testing::HasSubstr(secret))) << secret;
}

}  // namespace
}  // namespace qrgate::tests
