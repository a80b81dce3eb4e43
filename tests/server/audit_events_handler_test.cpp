// The logging line, event by event: what the handlers leave in the audit, once, and with nothing secret in
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "server/audit_notes.hpp"
#include "tests/server/handler_actors.hpp"
#include "tests/simulation/failing_storage.hpp"

namespace qrgate::tests {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class AuditEvents : public testing::Test, protected Fixture {
protected:
    std::vector<AuditRow> rows_of(const Someone& who, std::string_view event) {
        std::vector<AuditRow> out;
        for (AuditRow& row : audit_of(who))
            if (row.event.event == event) out.push_back(std::move(row));
        return out;
    }
    // Rows of refusals are written beside the answer.
    void wait_for(const Someone& who, std::string_view event) {
        for (int i = 0; i < 100 && rows_of(who, event).empty(); ++i)
            turn_until([] { return true; });
    }
    void try_wrong_passwords(Pc& of, const Someone& whom, int times) {
        Someone guess = whom;
        guess.password = "Wrong#2026";
        for (int i = 0; i < times; ++i)
            of.log_in(guess);
    }
    void too_many_from(std::string address) {
        note_no_more_tries(services, LoginMethod::password, Refusal(Errc::too_many), std::nullopt,
                           {.address = std::move(address), .request_id = "request"});
    }
    std::string wait(Pc& of) {
        socket = of.sit();
        return socket.hear().text("token");
    }

    static constexpr int throttle_limit = 1000;  // the fixture's

    Pc pc{*this};
    Socket socket{-1};
};

TEST_F(AuditEvents, AuthnLoginSuccessAndFailSayByWhichMethodFromWhereAndWithWhichResult) {
    try_wrong_passwords(pc, lin, 1);
    pc.log_in(lin);

    const auto fail = rows_of(lin, "authn_login_fail");
    ASSERT_THAT(fail, SizeIs(1));
    EXPECT_EQ(fail.front().event.outcome, "credentials_wrong");
    EXPECT_EQ(fail.front().event.method, "password");
    EXPECT_EQ(fail.front().event.at, clock.now());
    EXPECT_EQ(fail.front().trace.address, "203.0.113.9");
    EXPECT_FALSE(fail.front().trace.request_id.empty());
    const auto success = rows_of(lin, "authn_login_success");
    ASSERT_THAT(success, SizeIs(1));
    EXPECT_EQ(success.front().event.outcome, "ok");
    EXPECT_THAT(rows_of(lin, "session_created"), SizeIs(1));
}

TEST_F(AuditEvents, AuthnLoginFailMaxComesOnceHoweverManyTriesAreRefused) {
    try_wrong_passwords(pc, lin, 40);
    wait_for(lin, "authn_login_fail_max");

    const auto rows = rows_of(lin, "authn_login_fail_max");

    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows.front().event.outcome, "too_many");
    EXPECT_EQ(rows.front().event.method, "password");
    EXPECT_THAT(rows_of(lin, "authn_login_fail"), SizeIs(10));
}

// NotifyUser: suspicious attempts (security.md section 4).
TEST_F(AuditEvents, NotifyUserSuspiciousAttemptsAreToldByTextOnceADay) {
    config.sms_provider = "http";
    try_wrong_passwords(pc, lin, 40);
    wait_for(lin, "authn_login_fail_max");
    turn_until([&] { return !outbox.sent_to(lin.phone).empty(); });
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(lin.phone).front().text, HasSubstr("多次输错"));
    advance(2h);

    try_wrong_passwords(pc, lin, 40);
    turn_until([&] { return rows_of(lin, "authn_login_fail_max").size() == 2; });

    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
}

TEST_F(AuditEvents, AStrangersManyAddressesSilenceNeitherAPersonsRowNorTheText) {
    config.sms_provider = "http";
    for (int i = 0; i < throttle_limit; ++i)
        too_many_from("198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250));

    try_wrong_passwords(pc, lin, 40);
    wait_for(lin, "authn_login_fail_max");
    turn_until([&] { return !outbox.sent_to(lin.phone).empty(); });

    EXPECT_THAT(rows_of(lin, "authn_login_fail_max"), SizeIs(1));
    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
}

TEST_F(AuditEvents, APersonsTextComesWhereNoMoreRowsAreNoted) {
    config.sms_provider = "http";
    for (int i = 0; i < throttle_limit; ++i)
        note_no_more_tries(services, LoginMethod::password, Refusal(Errc::too_many),
                           TriedPerson{.id = "person " + std::to_string(i)}, {});

    try_wrong_passwords(pc, lin, 40);
    turn_until([&] { return !outbox.sent_to(lin.phone).empty(); });

    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(1));
}

TEST_F(AuditEvents, OneCustomersManyAddressesLeaveOneRow) {
    for (int i = 1; i <= 50; ++i)
        too_many_from("2001:db8::" + std::to_string(i));
    too_many_from("2001:db8:0:1::1");
    turn_until([&] { return tasks.size() == 0; });

    EXPECT_EQ(std::ranges::count(storage.calls, "record authn_login_fail_max"), 2);
}

TEST_F(AuditEvents, SessionUseAfterExpireIsNotedHoweverManyValuesNeverWereOurs) {
    pc.log_in(lin);
    pc.get("/api/v1/session");
    advance(13h);
    for (int i = 0; i < throttle_limit; ++i)
        note_refused_request(services, Refusal(Errc::session_missing),
                             {.cookies = "qrgate-session=not-a-session-" + std::to_string(i)});
    turn_until([&] { return tasks.size() == 0; });

    EXPECT_EQ(pc.get("/api/v1/sessions").status, 401);
    wait_for(lin, "session_use_after_expire");

    EXPECT_THAT(rows_of(lin, "session_use_after_expire"), SizeIs(1));
}

TEST_F(AuditEvents, SessionUseAfterExpireIsNotedOnceForABrowser) {
    pc.log_in(lin);
    pc.get("/api/v1/session");
    advance(13h);

    EXPECT_EQ(pc.get("/api/v1/sessions").status, 401);
    EXPECT_EQ(pc.get("/api/v1/sessions").status, 401);
    wait_for(lin, "session_use_after_expire");

    const auto rows = rows_of(lin, "session_use_after_expire");
    ASSERT_THAT(rows, SizeIs(1));
    EXPECT_EQ(rows.front().event.outcome, "expired");
    EXPECT_EQ(rows.front().trace.address, "203.0.113.9");
}

TEST_F(AuditEvents, SessionUseAfterExpireIsNotedForAPhoneThatWasLoggedOut) {
    Phone phone(*this, lin);
    EXPECT_EQ(phone.get("/api/v1/phone/me").status, 200);
    EXPECT_EQ(phone.post("/api/v1/phone/logout").status, 204);

    EXPECT_EQ(phone.get("/api/v1/phone/me").status, 401);
    wait_for(lin, "session_use_after_expire");

    ASSERT_THAT(rows_of(lin, "session_use_after_expire"), SizeIs(1));
    EXPECT_EQ(rows_of(lin, "session_use_after_expire").front().event.outcome, "logout");
}

TEST_F(AuditEvents, ACookieThatNeverWasOursIsNoEvent) {
    pc.cookies["qrgate-session"] = "not-a-session-of-ours-at-all-not-a-session";

    EXPECT_EQ(pc.get("/api/v1/sessions").status, 401);

    EXPECT_THAT(audit_of(lin),
                Not(Contains(testing::Field(
                    &AuditRow::event, testing::Field(&AuditEvent::event, "session_use_after_expire")))));
}

TEST_F(AuditEvents, AuthnTokenReuseIsASecondScanAndASecondRedeem) {
    Phone phone(*this, lin);
    phone.has_certificate();
    const std::string token = wait(pc);
    const std::string text = text_of(phone.scan(token));
    EXPECT_EQ(phone.confirm(token, text).status, 204);
    Pc copy = pc;  // with the pre-session of before
    EXPECT_EQ(pc.redeem().status, 200);

    EXPECT_EQ(phone.scan(token).status, 409);
    EXPECT_EQ(copy.redeem().status, 409);

    EXPECT_THAT(rows_of(lin, "authn_token_reuse"), SizeIs(2));
}

TEST_F(AuditEvents, AuthzFailIsARequestFromAForeignPage) {
    pc.log_in(lin);
    pc.origin = "https://evil.example";

    EXPECT_EQ(pc.post("/api/v1/logout").status, 403);
    EXPECT_EQ(pc.post("/api/v1/logout").status, 403);

    // Whoever it was for is not known: it has an address, and no person.
    EXPECT_THAT(rows_of(lin, "authz_fail"), IsEmpty());
}

TEST_F(AuditEvents, AuthzFailIsALevelThatDoesNotDo) {
    pc.log_in(hao);

    EXPECT_EQ(pc.get("/api/v1/verify?level=3").status, 403);
    EXPECT_EQ(pc.get("/api/v1/verify?level=3").status, 403);
    wait_for(hao, "authz_fail");

    ASSERT_THAT(rows_of(hao, "authz_fail"), SizeIs(1));
    EXPECT_EQ(rows_of(hao, "authz_fail").front().event.outcome, "level_too_low");
    EXPECT_EQ(rows_of(hao, "authz_fail").front().event.subject, "verify");
}

// Storage writes its row of a refused scan; the handler wrote another beside it.
TEST_F(AuditEvents, ARefusedScanLeavesOneRow) {
    Phone phone(*this, lin);  // without a certificate: storage refuses
    EXPECT_EQ(phone.scan(wait(pc)).status, 403);
    std::size_t rows = rows_of(lin, "ticket_scanned").size() + rows_of(lin, "authz_fail").size();
    EXPECT_EQ(rows, 1U);

    Phone low(*this, hao);  // refused before storage is asked
    Pc other{*this};
    EXPECT_EQ(low.scan(wait(other)).status, 403);
    rows = rows_of(hao, "ticket_scanned").size() + rows_of(hao, "authz_fail").size();
    EXPECT_EQ(rows, 1U);
}

struct FrontOfStorage {
    FailingStorage front;
};

class AuditOfFailures : public testing::Test, protected FrontOfStorage, protected Fixture {
protected:
    AuditOfFailures() : Fixture(1, &front) { front.stand_before(storage); }
    void storage_fails_at(std::string_view named) {
        front.fate = [named](std::string_view verb) { return verb == named ? Fate::not_done : Fate::done; };
    }
};

TEST_F(AuditOfFailures, AScanThatStorageCouldNotAnswerIsNoRefusal) {
    Pc pc{*this};
    Socket socket = pc.sit();
    const std::string token = socket.hear().text("token");
    Phone owner{*this, lin};
    owner.has_certificate();
    Phone second{*this, gongsi};
    second.has_certificate();
    ASSERT_EQ(owner.scan(token).status, 200);
    const auto before = audit_of(gongsi).size();

    storage_fails_at("find_ticket");
    EXPECT_EQ(second.scan(token).status, 503);
    EXPECT_EQ(audit_of(gongsi).size(), before);

    front.fate = {};
    EXPECT_EQ(code_of(second.scan(token)), "ticket_taken");
    EXPECT_EQ(audit_of(gongsi).size(), before + 1) << "a refusal is one";
}

TEST_F(AuditEvents, NothingSecretIsInAnyRow) {
    Someone guess = lin;
    guess.password = "Kanarienvogel#2026";
    pc.log_in(guess);
    pc.log_in(lin);

    for (const AuditRow& row : audit_of(lin)) {
        const std::string all = row.event.event + row.event.outcome + row.event.method + row.event.subject +
                                row.trace.address + row.trace.request_id;
        for (const std::string& secret : {guess.password, lin.password, lin.number, lin.name, lin.phone})
            EXPECT_THAT(all, Not(HasSubstr(secret)));
        for (const auto& [name, value] : pc.cookies)
            EXPECT_THAT(all, Not(HasSubstr(value)));
    }
}

}  // namespace
}  // namespace qrgate::tests
