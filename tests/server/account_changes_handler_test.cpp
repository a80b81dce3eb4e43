// A new password and a new phone number, by somebody who is logged in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* new_password = "Neu%2026pass";
constexpr const char* new_phone = "13900000088";

class AccountChanges : public testing::Test, protected Fixture {
protected:
    AccountChanges() {
        pc.is_logged_in(lin);
        pc.get("/api/v1/session");
    }
    Response change(const std::string& old_password, const std::string& to) {
        return pc.post("/api/v1/password", {{"old_password", old_password}, {"new_password", to}});
    }
    std::string field(const Response& response, const char* name) {
        return std::string(json_of(response).at("error").at("fields").at(name).as_string());
    }
    Response start(const std::string& phone = new_phone) {
        return pc.post("/api/v1/phone-number/start", {{"phone", phone}});
    }
    Response finish_change(const std::string& old_code, const std::string& new_code,
                           const std::string& phone = new_phone) {
        return pc.post("/api/v1/phone-number/finish",
                       {{"phone", phone}, {"old_code", old_code}, {"new_code", new_code}});
    }
    std::string code_to(const std::string& phone) { return outbox.sent_to(phone).front().text.substr(0, 6); }
    std::string phone_of(const Someone& who) { return stored(storage.find_person_by_id(who.id))->phone; }

    Pc pc{*this};
    Pc other{*this};
};

// --- password

TEST_F(AccountChanges, OfThePasswordEndEveryOtherLoginAndKeepThisOneUnderANewCookie) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");
    Phone phone{*this, lin};
    const auto before = pc.cookies;

    EXPECT_EQ(change(lin.password, new_password).status, 204);

    EXPECT_EQ(other.get("/api/v1/session").status, 401);
    EXPECT_EQ(code_of(phone.get("/api/v1/phone/me")), "token_missing");
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
    EXPECT_NE(pc.cookies.at("qrgate-session"), before.at("qrgate-session"));
    other.cookies = before;
    EXPECT_EQ(other.get("/api/v1/session").status, 401) << "the old cookie is worth nothing";
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("密码刚刚被修改"));
    Someone fresh = lin;
    fresh.password = new_password;
    Pc third{*this};
    EXPECT_EQ(code_of(third.log_in(lin)), "credentials_wrong");
    EXPECT_EQ(third.log_in(fresh).status, 200);
}

TEST_F(AccountChanges, OfThePasswordWakeTheOtherPagesButNotTheOneThatStays) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");
    const Pending gone = begin(other.request(Method::get, "/api/v1/session/watch?wait=25"));
    const Pending stays = begin(pc.request(Method::get, "/api/v1/session/watch?wait=25"));
    turn_until([&] { return services.watch.waiting() == 2; });

    change(lin.password, new_password);

    EXPECT_EQ(code_of(finish(gone)), "session_missing");
    EXPECT_EQ(finish(stays).status, 204) << "the same session under another value";
}

TEST_F(AccountChanges, OfThePasswordNeedTheOldOne) {
    other.is_logged_in(lin);
    other.get("/api/v1/session");

    const Response refused = change("Wrong#2026", new_password);

    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(code_of(refused), "credentials_wrong");
    EXPECT_THAT(field(refused, "old_password"), HasSubstr("原密码"));
    EXPECT_EQ(other.get("/api/v1/session").status, 200);
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
    EXPECT_EQ(audit_of(lin).front().event.event, "password_change_refused");
    EXPECT_THAT(outbox.sent_to(lin.phone), IsEmpty());
}

TEST_F(AccountChanges, OfThePasswordNameTheRuleThatANewOneBreaks) {
    const Response weak = change("Wrong#2026", "abc12345");

    EXPECT_EQ(weak.status, 400);
    EXPECT_EQ(code_of(weak), "password_too_weak");
    EXPECT_THAT(field(weak, "new_password"), Not(IsEmpty()));
    EXPECT_EQ(code_of(change(lin.password, lin.password)), "password_too_weak") << "the same again";
}

TEST_F(AccountChanges, OfThePasswordGiveAThiefOfTheSessionAFewGuesses) {
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(code_of(change("Wrong#2026", new_password)), "credentials_wrong");

    const Response late = change(lin.password, new_password);

    EXPECT_EQ(code_of(late), "too_many");
    Pc fresh{*this};
    EXPECT_EQ(fresh.log_in(lin).status, 200) << "the login has tries of its own";
    advance(31s);
    EXPECT_EQ(change(lin.password, new_password).status, 204);
}

// --- phone number

TEST_F(AccountChanges, OfThePhoneNeedACodeFromBothNumbers) {
    const Response started = start();

    EXPECT_EQ(started.status, 202);
    EXPECT_EQ(json_of(started).at("old_phone").as_string(), "139****0001");
    const Response done = finish_change(code_to(lin.phone), code_to(new_phone));
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(json_of(done).at("phone").as_string(), "139****0088");
    EXPECT_FALSE(json_of(done).at("phone_shared").as_bool());
    EXPECT_EQ(phone_of(lin), new_phone);
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("手机号刚刚被更换"));
    EXPECT_THAT(outbox.sent_to(new_phone), SizeIs(1)) << "the notice goes to the old number";
    EXPECT_EQ(pc.get("/api/v1/session").status, 200);
}

TEST_F(AccountChanges, OfThePhoneAreRefusedWithOneWrongCode) {
    start();
    const std::string old_code = code_to(lin.phone);
    const std::string new_code = code_to(new_phone);
    const std::string wrong = old_code == "000000" ? "000001" : "000000";

    EXPECT_EQ(code_of(finish_change(wrong, new_code)), "code_wrong");
    EXPECT_EQ(code_of(finish_change(old_code, wrong == new_code ? "000002" : wrong)), "code_wrong");
    EXPECT_EQ(phone_of(lin), lin.phone);

    EXPECT_EQ(finish_change(old_code, new_code).status, 200);
    EXPECT_EQ(code_of(finish_change(old_code, new_code)), "code_wrong") << "used up";
}

TEST_F(AccountChanges, OfThePhoneAreBoundToTheNumberAndTheSessionThatAsked) {
    start();
    const std::string old_code = code_to(lin.phone);
    const std::string new_code = code_to(new_phone);

    EXPECT_EQ(code_of(finish_change(old_code, new_code, "13900000077")), "code_wrong");
    Pc thief{*this};
    thief.is_logged_in(lin);
    EXPECT_EQ(code_of(thief.post("/api/v1/phone-number/finish",
                                 {{"phone", new_phone}, {"old_code", old_code}, {"new_code", new_code}})),
              "code_wrong");
    EXPECT_EQ(phone_of(lin), lin.phone);
}

TEST_F(AccountChanges, OfThePhoneEndWithTheirTimeAndTheirTries) {
    start();
    const std::string old_code = code_to(lin.phone);
    const std::string new_code = code_to(new_phone);
    advance(5min);
    EXPECT_EQ(code_of(finish_change(old_code, new_code)), "code_wrong");

    start();
    const std::string fresh_old = code_to(lin.phone);
    const std::string fresh_new = code_to(new_phone);
    const std::string wrong = fresh_old == "000000" ? "000001" : "000000";
    for (int i = 0; i < 5; ++i)
        finish_change(wrong, fresh_new);
    EXPECT_EQ(code_of(finish_change(fresh_old, fresh_new)), "code_wrong");
    EXPECT_EQ(phone_of(lin), lin.phone);
}

TEST_F(AccountChanges, OfThePhoneSayWhenTheNewNumberIsSharedAndWarnOfIt) {
    start(gongsi.phone);
    const Response company = finish_change(code_to(lin.phone), code_to(gongsi.phone), gongsi.phone);
    EXPECT_FALSE(json_of(company).at("phone_shared").as_bool()) << "a company is another kind";
    advance(2min);
    start(hao.phone);

    const Response done = finish_change(code_to(gongsi.phone), code_to(hao.phone), hao.phone);

    EXPECT_EQ(done.status, 200);
    EXPECT_TRUE(json_of(done).at("phone_shared").as_bool());
    EXPECT_TRUE(json_of(pc.get("/api/v1/account")).at("phone_shared").as_bool());
}

TEST_F(AccountChanges, OfThePhoneTakeNumbersAsTypedAndRefuseWhatIsNone) {
    EXPECT_EQ(start("139 0000-0088").status, 202);
    advance(61s);
    EXPECT_EQ(code_of(start("12345")), "bad_request");
    const Response same = start(lin.phone);
    EXPECT_EQ(code_of(same), "bad_request");
    EXPECT_THAT(field(same, "phone"), HasSubstr("现在绑定"));
}

TEST_F(AccountChanges, OfThePhoneSendNoSecondTextWithinAMinute) {
    start();

    const Response again = start();

    EXPECT_EQ(code_of(again), "too_many");
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
}

TEST_F(AccountChanges, OfThePhoneWithoutANumberOnRecordNeedProofingOrTheDesk) {
    NewPerson bare;
    bare.id = "bare";
    bare.identity_number = "110101190001010030";
    bare.name = "赵";
    bare.level = 2;
    const std::string id = stored(storage.put_person(bare, clock.now()));
    Someone who;
    who.id = id;
    other.is_logged_in(who);

    EXPECT_EQ(code_of(other.post("/api/v1/phone-number/start", {{"phone", new_phone}})), "proofing_needed");
    EXPECT_THAT(outbox.sent_to(new_phone), IsEmpty());
}

TEST_F(AccountChanges, OfThePhoneWithoutTheOldNumberNeedAProofingOnThisVeryPhone) {
    Phone phone{*this, lin};
    Phone elsewhere{*this, lin, "another-device!!"};
    const char* begin_path = "/api/v1/phone/phone-number/start";
    EXPECT_EQ(code_of(phone.post(begin_path, {{"phone", new_phone}})), "proofing_needed");

    NewProofing asked;
    asked.proofing.id = "proofing-1";
    asked.proofing.person_id = lin.id;
    asked.proofing.phone_session_id = phone.session_id;
    asked.proofing.device_hash = sha256(as_bytes("device-of-tests!"));
    asked.proofing.provider = "simulated";
    asked.proofing.started_at = clock.now();
    asked.proofing.ends_at = clock.now() + 10min;
    stored(storage.start_proofing(asked, {}));
    stored(storage.decide_proofing(
        {.proofing_id = "proofing-1", .event_id = "event-1", .passed = true, .at = clock.now()}, {}));

    EXPECT_EQ(code_of(elsewhere.post(begin_path, {{"phone", new_phone}})), "proofing_needed");
    EXPECT_EQ(phone.post(begin_path, {{"phone", new_phone}}).status, 202);
    const std::string code = code_to(new_phone);
    const boost::json::object last{{"phone", new_phone}, {"new_code", code}};
    EXPECT_EQ(code_of(elsewhere.post("/api/v1/phone/phone-number/finish", last)), "proofing_needed");
    EXPECT_EQ(phone.post("/api/v1/phone/phone-number/finish", last).status, 200);
    EXPECT_EQ(phone_of(lin), new_phone);
    EXPECT_EQ(audit_of(lin).front().event.subject, "proofing:proofing-1");
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("手机号刚刚被更换"));
}

TEST_F(AccountChanges, NeedALogin) {
    Pc nobody{*this};
    EXPECT_EQ(code_of(nobody.post("/api/v1/password", {{"old_password", "a"}, {"new_password", "b"}})),
              "session_missing");
    EXPECT_EQ(code_of(nobody.post("/api/v1/phone-number/start", {{"phone", new_phone}})), "session_missing");
    EXPECT_EQ(code_of(nobody.post("/api/v1/phone-number/finish",
                                  {{"phone", new_phone}, {"old_code", "123456"}, {"new_code", "123456"}})),
              "session_missing");
}

}  // namespace
}  // namespace qrgate::tests
