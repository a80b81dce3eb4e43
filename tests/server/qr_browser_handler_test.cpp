// The waiting browser's half: the upgrade, another code, and taking the session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class QrBrowser : public testing::Test, protected Fixture {
protected:
    QrBrowser() { phone.has_certificate(); }
    void wait() {
        socket = pc.sit();
        token = socket.hear().text("token");
    }
    void scan() {
        wait();
        text = text_of(phone.scan(token));
        ASSERT_EQ(socket.hear().type(), "scanned");
    }
    Response confirm() {
        scan();
        Response answer = phone.confirm(token, text);
        heard = socket.hear();
        return answer;
    }
    std::string needed_code() { return std::string(json_of(confirm()).at("code").as_string()); }

    Pc pc{*this};
    Phone phone{*this, lin};
    Socket socket{-1};
    Heard heard;
    std::string token;
    std::string text;
};

// --- the upgrade

TEST_F(QrBrowser, IsSeatedAndShownACode) {
    socket = pc.sit();

    const Heard code = socket.hear();

    EXPECT_EQ(code.type(), "code");
    EXPECT_EQ(code.text("url"), "https://login.example/s/" + code.text("token"));
    EXPECT_EQ(room.seats(), 1u);
}

TEST_F(QrBrowser, GetsMoreTimeWhereItIsAskedFor) {
    EXPECT_EQ(pc.sit("/ws/qr?easy=1").hear().json().at("expires_in").as_int64(), 240);
}

TEST_F(QrBrowser, IsRefusedWithoutAPreSession) {
    for (const char* cookie : {"", "forged"}) {
        pc.cookies.clear();
        if (*cookie != '\0') pc.cookies["qrgate-pre"] = cookie;
        const Response refused = pc.send(pc.upgrade());
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "origin_refused");
        EXPECT_FALSE(refused.take_over);
    }
}

TEST_F(QrBrowser, IsRefusedWhenItIsNoUpgrade) {
    pc.visit();
    EXPECT_EQ(code_of(pc.get("/ws/qr")), "bad_request");
    Request old = pc.upgrade();
    old.http_1_1 = false;
    EXPECT_EQ(code_of(pc.send(old)), "bad_request");
}

TEST_F(QrBrowser, NeedsANewPreSessionAfterALogin) {
    pc.visit();
    const auto before = pc.cookies;
    pc.log_in(lin);
    pc.cookies = before;

    const Response refused = pc.send(pc.upgrade());

    EXPECT_EQ(code_of(refused), "origin_refused");
    EXPECT_THAT(values_of(refused, "Set-Cookie"), SizeIs(1));
    EXPECT_NE(pc.cookies, before);
    EXPECT_EQ(pc.send(pc.upgrade()).status, 101);
}

// --- cancel

TEST_F(QrBrowser, GetsAnotherCodeAndTheTicketIsOver) {
    scan();

    EXPECT_EQ(pc.post("/api/v1/qr/cancel").status, 204);

    EXPECT_EQ(socket.hear().type(), "code");
    EXPECT_EQ(phone.state_of(token), "cancelled");
    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(code_of(phone.scan(token)), "ticket_state");
}

TEST_F(QrBrowser, GetsAnotherCodeBeforeAnyScan) {
    wait();

    EXPECT_EQ(pc.post("/api/v1/qr/cancel").status, 204);

    EXPECT_NE(socket.hear().text("token"), token);
    EXPECT_EQ(code_of(phone.scan(token)), "ticket_expired");
}

TEST_F(QrBrowser, CancelsAfterTheConfirmationToo) {
    confirm();

    EXPECT_EQ(pc.post("/api/v1/qr/cancel").status, 204);

    EXPECT_EQ(code_of(pc.redeem()), "ticket_state");
    EXPECT_EQ(phone.state_of(token), "cancelled");
}

TEST_F(QrBrowser, CancelsOnlyItsOwn) {
    scan();
    Pc other{*this};
    other.visit();

    EXPECT_EQ(other.post("/api/v1/qr/cancel").status, 204);
    other.cookies.clear();
    EXPECT_EQ(code_of(other.post("/api/v1/qr/cancel")), "origin_refused");
    other.cookies = pc.cookies;
    other.origin = "https://evil.example";
    EXPECT_EQ(code_of(other.post("/api/v1/qr/cancel")), "origin_refused");
    EXPECT_EQ(code_of(other.post("/api/v1/qr/cancel", {{"ticket", token}})), "bad_request");

    EXPECT_EQ(phone.state_of(token), "scanned");
}

// --- redeem

TEST_F(QrBrowser, TakesItsSession) {
    confirm();
    ASSERT_EQ(heard.type(), "confirmed");

    const Response redeemed = pc.redeem();

    ASSERT_EQ(redeemed.status, 200) << redeemed.body;
    EXPECT_EQ(json_of(redeemed).at("redirect_to").as_string(), "/account");
    EXPECT_EQ(json_of(redeemed).at("person").at("id").as_string(), lin.id);
    EXPECT_THAT(values_of(redeemed, "Set-Cookie"), SizeIs(3));
    EXPECT_FALSE(pc.cookies.contains("qrgate-pre"));
    const auto session = json_of(pc.get("/api/v1/session"));
    EXPECT_EQ(session.at("method").as_string(), "qr");
    EXPECT_EQ(session.at("aal").as_int64(), 2);
    EXPECT_EQ(session.at("person").at("level").as_int64(), 3);
    EXPECT_EQ(session.at("expires_at").as_string(), "2026-11-22T09:00:00Z");
    EXPECT_EQ(socket.hear().close_code(), 1000u);
    EXPECT_EQ(room.seats(), 0u);
}

TEST_F(QrBrowser, TakesItOnce) {
    confirm();
    const auto before = pc.cookies;
    EXPECT_EQ(pc.redeem().status, 200);
    EXPECT_EQ(code_of(pc.redeem()), "ticket_unknown") << "its pre-session is gone";
    pc.cookies = before;

    const Response again = pc.redeem();

    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(code_of(again), "ticket_state");
    EXPECT_THAT(values_of(again, "Set-Cookie"), SizeIs(0));
}

TEST_F(QrBrowser, IsToldNothingOfOthersTickets) {
    confirm();
    Pc other{*this};
    EXPECT_EQ(code_of(other.redeem()), "ticket_unknown") << "without a pre-session";
    other.visit();

    const Response refused = other.redeem();

    EXPECT_EQ(refused.status, 404);
    EXPECT_EQ(code_of(refused), "ticket_unknown");
    EXPECT_EQ(pc.redeem().status, 200);
}

TEST_F(QrBrowser, IsTooEarlyBeforeTheConfirmation) {
    wait();
    EXPECT_EQ(code_of(pc.redeem()), "ticket_unknown");
    phone.scan(token);

    const Response early = pc.redeem();

    EXPECT_EQ(early.status, 409);
    EXPECT_EQ(code_of(early), "ticket_state");
    EXPECT_EQ(phone.state_of(token), "scanned") << "nothing changed";
}

TEST_F(QrBrowser, IsTooLateAfterAMinute) {
    confirm();
    advance(59s);
    EXPECT_EQ(phone.state_of(token), "confirmed");
    advance(1s);

    const Response late = pc.redeem();

    EXPECT_EQ(late.status, 410);
    EXPECT_EQ(code_of(late), "ticket_expired");
}

TEST_F(QrBrowser, RedeemsFromOurPagesOnly) {
    confirm();
    EXPECT_EQ(code_of(pc.post("/api/v1/qr/redeem", {{"token", token}})), "bad_request");
    EXPECT_EQ(code_of(pc.post("/api/v1/qr/redeem", {{"code", 1234}})), "bad_request");
    pc.origin = "https://evil.example";
    EXPECT_EQ(code_of(pc.redeem()), "origin_refused");
    pc.origin = "https://login.example";

    EXPECT_EQ(pc.redeem().status, 200);
}

TEST_F(QrBrowser, IsRefusedWhenRightsWereLostSinceTheConfirmation) {
    confirm();
    set_level(lin, 2);
    EXPECT_EQ(code_of(pc.redeem()), "level_too_low");
    set_level(lin, 3);
    for (int i = 0; i < 10; ++i)
        phone.post("/api/v1/phone/certificates/" + phone.serial + "/unlock",
                   {{"verifier", base64url(Bytes(32, 1))}});
    EXPECT_EQ(code_of(pc.redeem()), "certificate_unusable") << "disabled";
    phone.del("/api/v1/phone/certificates/" + phone.serial);
    EXPECT_EQ(code_of(pc.redeem()), "ticket_state") << "revoked, which cancelled it";
    lock(lin);

    const Response refused = pc.redeem();

    EXPECT_EQ(code_of(refused), "ticket_state") << "locking ends open tickets";
    EXPECT_FALSE(pc.cookies.contains("qrgate-session"));
}

// --- the typed code

TEST_F(QrBrowser, NeedsTheCodeWherePolicySaysSo) {
    config.typed_code = TypedCodePolicy::always;
    const std::string code = needed_code();
    EXPECT_THAT(code, testing::MatchesRegex("[0-9]{4}"));
    EXPECT_TRUE(heard.json().at("needs_code").as_bool());
    EXPECT_THAT(heard.payload, Not(HasSubstr(code)));
    advance(299s);

    EXPECT_EQ(pc.post("/api/v1/qr/redeem", {{"code", code}}).status, 200);
}

TEST_F(QrBrowser, HasThreeTriesForTheCode) {
    config.typed_code = TypedCodePolicy::always;
    const std::string code = needed_code();
    const std::string wrong = code == "0000" ? "1111" : "0000";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(phone.state_of(token), "confirmed");
        const Response refused = i == 0 ? pc.redeem() : pc.post("/api/v1/qr/redeem", {{"code", wrong}});
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "code_wrong");
    }

    EXPECT_EQ(phone.state_of(token), "dead");
    EXPECT_EQ(code_of(pc.post("/api/v1/qr/redeem", {{"code", code}})), "ticket_state");
}

TEST_F(QrBrowser, IsShownAnotherCodeWhenTheTicketDiedOfWrongCodes) {
    config.typed_code = TypedCodePolicy::always;
    const std::string wrong = needed_code() == "0000" ? "1111" : "0000";
    const Pending waiting = begin(phone.request(Method::get, "/api/v1/phone/tickets/" + token + "?wait=25"));

    for (int i = 0; i < 3; ++i)
        pc.post("/api/v1/qr/redeem", {{"code", wrong}});

    ASSERT_FALSE(socket.has_nothing_to_hear());
    EXPECT_EQ(socket.hear().type(), "code");
    EXPECT_EQ(json_of(finish(waiting)).at("state").as_string(), "dead");
}

TEST_F(QrBrowser, NeedsTheCodeAcrossRegionsOnlyByRisk) {
    config.typed_code = TypedCodePolicy::risk;
    EXPECT_EQ(confirm().status, 204) << "both in one region";
    pc.cookies.clear();
    phone.address = "198.51.100.7";

    EXPECT_EQ(confirm().status, 200);
}

// --- and afterwards

TEST_F(QrBrowser, ComesBackToTheStateItLeft) {
    scan();
    socket.leave();
    turn_until([&] { return room.connections() == 0; });
    phone.confirm(token, text);

    Socket back = pc.sit();

    EXPECT_EQ(back.hear().type(), "confirmed");
    EXPECT_EQ(pc.redeem().status, 200);
}

TEST_F(QrBrowser, ComesBackToItsTicketWhenTheServerForgotTheSeat) {
    scan();
    socket.leave();
    turn_until([&] { return room.connections() == 0; });
    advance(31s);
    turn_until([&] { return true; });

    EXPECT_EQ(pc.sit().hear().type(), "scanned");
}

TEST_F(QrBrowser, CanBeThrownOutByThePhone) {
    confirm();
    pc.redeem();
    pc.get("/api/v1/session");
    const auto became = json_of(phone.get("/api/v1/phone/tickets/" + token));
    const std::string id(became.at("session").at("id").as_string());
    const auto listed = json_of(phone.get("/api/v1/phone/sessions")).at("sessions").as_array();
    ASSERT_EQ(listed.size(), 1u);
    EXPECT_EQ(listed[0].at("id").as_string(), id);

    EXPECT_EQ(phone.post("/api/v1/phone/sessions/" + id + "/undo").status, 204);

    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
    EXPECT_EQ(code_of(phone.post("/api/v1/phone/sessions/" + id + "/undo")), "not_found");
    Phone stranger{*this, hao};
    EXPECT_EQ(code_of(stranger.post("/api/v1/phone/sessions/" + id + "/undo")), "not_found");
}

}  // namespace
}  // namespace qrgate::tests
