// Attacks on registration and password reset: finding out who has an account, using another browser's start,
// guessing codes, sending texts to people who did not ask.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <set>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class AccountAttacks : public testing::Test, protected Fixture {
protected:
    Response register_start(Pc& from, const Someone& who) {
        const Captcha captcha = from.captcha();
        return from.post("/api/v1/register/start", {{"kind", name_of(who.kind)},
                                                    {"identity_number", who.number},
                                                    {"name", who.name},
                                                    {"phone", who.phone},
                                                    {"captcha_id", captcha.id},
                                                    {"captcha", captcha.answer}});
    }
    Response reset_start(Pc& from, const Someone& who) {
        const Captcha captcha = from.captcha();
        return from.post("/api/v1/password/reset/start", {{"kind", name_of(who.kind)},
                                                          {"identity_number", who.number},
                                                          {"captcha_id", captcha.id},
                                                          {"captcha", captcha.answer}});
    }
    Response register_finish(Pc& from, const boost::json::value& sealed, std::string_view code) {
        return from.post("/api/v1/register/finish",
                         {{"registration", sealed}, {"code", code}, {"password", "Reise#2026x"}});
    }
    Response reset_finish(Pc& from, const boost::json::value& sealed, std::string_view code) {
        return from.post("/api/v1/password/reset/finish",
                         {{"reset", sealed}, {"code", code}, {"new_password", "Reise#2026x"}});
    }
    std::string newest_code(const std::string& phone) {
        return outbox.sent_to(phone).at(0).text.substr(0, 6);
    }
    // Status, headers and body, with the sealed value replaced by its length.
    static std::string shape(const Response& answer, const char* sealed) {
        auto body = json_of(answer);
        body[sealed] = body.at(sealed).as_string().size();
        std::string shown = std::to_string(answer.status);
        for (const auto& [name, value] : answer.headers)
            shown += "\n" + name + ": " + value;
        return shown + "\n" + boost::json::serialize(body);
    }

    Pc pc{*this};
    Someone nobody{PersonKind::personal, "110101199003070118", "林晓燕", "13900000011", "Reise#2026x", 1, {}};
};

TEST_F(AccountAttacks, RegistrationSaysNothingAboutWhoHasAnAccount) {
    std::set<std::string> answers;
    std::set<std::string> finishes;
    int i = 0;
    for (const std::string& number : {nobody.number, lin.number, sun.number}) {
        Someone who = nobody;
        who.number = number;
        who.phone.back() = static_cast<char>('0' + i++);
        const Response answer = register_start(pc, who);
        answers.insert(shape(answer, "registration"));
        finishes.insert(
            bytes_without_captcha(register_finish(pc, json_of(answer).at("registration"), "000000")));
    }

    EXPECT_THAT(answers, SizeIs(1));
    EXPECT_THAT(finishes, SizeIs(1)) << *finishes.begin();
    EXPECT_THAT(*finishes.begin(), HasSubstr("code_wrong"));
}

TEST_F(AccountAttacks, ResetSaysNothingAboutWhoHasAnAccount) {
    lock(hao);
    std::set<std::string> answers;
    std::set<std::string> finishes;
    for (const Someone& who : {nobody, lin, sun, hao}) {
        const Response answer = reset_start(pc, who);
        answers.insert(shape(answer, "reset"));
        finishes.insert(bytes_without_captcha(reset_finish(pc, json_of(answer).at("reset"), "000000")));
    }

    EXPECT_THAT(answers, SizeIs(1)) << "unknown, known, weak, locked";
    EXPECT_THAT(finishes, SizeIs(1));
}

TEST_F(AccountAttacks, TheBudgetsOfUnknownAndKnownNumbersAreTheSame) {
    std::vector<int> known;
    std::vector<int> unknown;
    for (int i = 0; i < 8; ++i) {
        known.push_back(reset_start(pc, lin).status);
        unknown.push_back(reset_start(pc, nobody).status);
        if (i % 2 == 1) advance(61s);
    }

    EXPECT_EQ(known, unknown);
    EXPECT_THAT(known, testing::Contains(429));
}

TEST_F(AccountAttacks, AStartWorksInItsBrowserOnly) {
    const auto registration = json_of(register_start(pc, nobody)).at("registration");
    const auto reset = json_of(reset_start(pc, lin)).at("reset");
    Pc thief{*this};
    thief.visit();

    EXPECT_EQ(code_of(register_finish(thief, registration, newest_code(nobody.phone))), "code_wrong");
    EXPECT_EQ(code_of(reset_finish(thief, reset, newest_code(lin.phone))), "code_wrong");
    EXPECT_EQ(register_finish(pc, registration, newest_code(nobody.phone)).status, 201);
    EXPECT_EQ(reset_finish(pc, reset, newest_code(lin.phone)).status, 204);
}

TEST_F(AccountAttacks, AStartIsForItsPurposeOnlyAndCannotBeChanged) {
    const auto registration = json_of(register_start(pc, nobody)).at("registration");
    const auto reset = json_of(reset_start(pc, lin)).at("reset");
    EXPECT_EQ(code_of(reset_finish(pc, registration, newest_code(nobody.phone))), "code_wrong");
    EXPECT_EQ(code_of(register_finish(pc, reset, newest_code(lin.phone))), "code_wrong");
    std::string bent(reset.as_string());
    for (std::size_t at = 0; at < bent.size(); at += 7) {
        const char kept = bent[at];
        bent[at] = kept == 'A' ? 'B' : 'A';
        EXPECT_EQ(code_of(reset_finish(pc, boost::json::value(bent), newest_code(lin.phone))), "code_wrong")
            << at;
        bent[at] = kept;
    }

    EXPECT_EQ(reset_finish(pc, reset, newest_code(lin.phone)).status, 204);
}

// The code of my own phone must not prove another one, in the same browser.
TEST_F(AccountAttacks, ACodeFitsTheDataItWasSentForOnly) {
    Someone victim = nobody;
    victim.phone = lin.phone;
    const auto of_victim = json_of(register_start(pc, victim)).at("registration");
    const auto mine = json_of(register_start(pc, nobody)).at("registration");
    const auto of_sun = json_of(reset_start(pc, sun)).at("reset");
    const auto of_lin = json_of(reset_start(pc, lin)).at("reset");

    EXPECT_EQ(code_of(register_finish(pc, of_victim, newest_code(nobody.phone))), "code_wrong");
    EXPECT_EQ(code_of(reset_finish(pc, of_sun, newest_code(lin.phone))), "code_wrong");
    EXPECT_EQ(register_finish(pc, mine, newest_code(nobody.phone)).status, 201);
    EXPECT_EQ(reset_finish(pc, of_lin, newest_code(lin.phone)).status, 204);
}

TEST_F(AccountAttacks, AStartSaysNothingToWhoReadsIt) {
    const auto registration = json_of(register_start(pc, nobody)).at("registration");
    const auto octets = from_base64url(std::string_view(registration.as_string()));
    const std::string read(octets->begin(), octets->end());

    for (const std::string& secret : {nobody.number, nobody.name, nobody.phone})
        EXPECT_THAT(read, Not(HasSubstr(secret)));
}

TEST_F(AccountAttacks, SmsBombingOfThePhoneOnRecordIsCapped) {
    for (int i = 0; i < 40; ++i) {
        Someone who = nobody;
        who.number = lin.number;
        who.phone = "139000010" + std::to_string(10 + i);
        Pc each{*this};
        each.address = "203.0.113." + std::to_string(i + 1);
        register_start(each, who);
        advance(30s);
    }

    EXPECT_THAT(outbox.sent_to(lin.phone), SizeIs(5)) << "an hour's worth";
}

TEST_F(AccountAttacks, WrongCaptchasUseUpNobodysTexts) {
    for (int i = 0; i < 12; ++i) {
        const Captcha captcha = pc.captcha();
        const Response refused = pc.post("/api/v1/register/start", {{"kind", "personal"},
                                                                    {"identity_number", nobody.number},
                                                                    {"name", nobody.name},
                                                                    {"phone", nobody.phone},
                                                                    {"captcha_id", captcha.id},
                                                                    {"captcha", "wrong"}});
        ASSERT_EQ(code_of(refused), "captcha_wrong") << i;
    }

    EXPECT_EQ(register_start(pc, nobody).status, 202);
    EXPECT_THAT(outbox.sent_to(nobody.phone), SizeIs(1));
}

// The caps of the phone on record are silent; the ones of a phone that is typed answer. They must not be one.
TEST_F(AccountAttacks, ThePhoneOnRecordIsNotToldByItsBudget) {
    config.sms_provider = "http";  // the fixture's outbox stands in for it
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(reset_start(pc, lin).status, 202) << i;
        advance(61s);
    }

    EXPECT_EQ(code_of(pc.post("/api/v1/sms/login",
                              {{"phone", lin.phone}, {"captcha_id", "x"}, {"captcha", "wrong"}})),
              "captcha_wrong");
}

TEST_F(AccountAttacks, CodesAreNotGuessedBySendingMore) {
    int evaluated = 0;
    for (int i = 0; i < 5; ++i) {
        const Response begun = reset_start(pc, lin);
        if (begun.status != 202) break;
        const std::string code = newest_code(lin.phone);
        const std::string wrong = code == "000000" ? "111111" : "000000";
        for (int guess = 0; guess < 6; ++guess)
            evaluated += reset_finish(pc, json_of(begun).at("reset"), wrong).status == 403 ? 1 : 0;
        advance(61s);
    }

    EXPECT_EQ(evaluated, 10);
    EXPECT_EQ(pc.log_in(lin).status, 200);
}

TEST_F(AccountAttacks, NothingSecretIsLogged) {
    const auto registration = json_of(register_start(pc, nobody)).at("registration");
    const std::string code = newest_code(nobody.phone);
    ASSERT_EQ(register_finish(pc, registration, code).status, 201);
    const auto reset = json_of(reset_start(pc, lin)).at("reset");
    const std::string reset_code = newest_code(lin.phone);
    ASSERT_EQ(reset_finish(pc, reset, reset_code).status, 204);

    std::string kept = metrics.text();
    for (const std::string& line : log_lines)
        kept += line + "\n";
    std::vector<AuditRow> rows = audit_of(lin);
    for (const AuditRow& row :
         stored(storage.list_audit(stored(storage.find_person(nobody.kind, nobody.number))->id, 100)))
        rows.push_back(row);
    for (const AuditRow& row : rows)
        kept += row.event.event + " " + row.event.outcome + " " + row.event.method + " " + row.event.subject +
                "\n";

    EXPECT_THAT(kept, HasSubstr("password_reset"));
    EXPECT_THAT(kept, HasSubstr("person_registered"));
    for (const std::string& secret : {nobody.number, nobody.name, nobody.phone, lin.number, lin.phone, code,
                                      reset_code, std::string("Reise#2026x"), std::string(reset.as_string())})
        EXPECT_THAT(kept, Not(HasSubstr(secret))) << secret;
}

}  // namespace
}  // namespace qrgate::tests
