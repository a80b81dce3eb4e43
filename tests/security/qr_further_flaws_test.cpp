// Further flaws of QR logins (security.md 1.4): each row's attack under its number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <set>

#include <boost/json/array.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

class QrFurtherFlaws : public testing::Test, protected Fixture {
protected:
    QrFurtherFlaws() { phone.has_certificate(); }
    void wait() {
        socket = pc.sit();
        token = socket.hear().text("token");
    }
    void scan() {
        wait();
        text = text_of(phone.scan(token));
        ASSERT_EQ(socket.hear().type(), "scanned");
    }
    void confirm() {
        scan();
        ASSERT_EQ(phone.confirm(token, text).status, 204);
        ASSERT_EQ(socket.hear().type(), "confirmed");
    }
    // The text with one line's value changed.
    std::string with(std::string_view field, std::string_view value) const {
        std::string changed = text;
        const std::size_t at = changed.find(std::string(field) + ": ") + field.size() + 2;
        return changed.replace(at, changed.find('\n', at) - at, value);
    }

    Pc pc{*this};
    Phone phone{*this, lin};
    Socket socket{-1};
    std::string token;
    std::string text;
};

TEST_F(QrFurtherFlaws, Q1QrObserverHijack) {
    confirm();
    Pc observer{*this};

    for (const std::string& path : {"/api/v1/qr/" + token, "/api/v1/tickets/" + token, "/ws/qr/" + token})
        EXPECT_EQ(observer.get(path).status, 404);
    EXPECT_THAT(std::string(observer.get("/s/" + token).static_body), Not(HasSubstr(lin.id)));
    observer.cookies["qrgate-pre"] = token;
    EXPECT_EQ(code_of(observer.redeem()), "ticket_unknown");
    EXPECT_EQ(observer.send(observer.upgrade()).status, 403);
}

TEST_F(QrFurtherFlaws, Q4StateSkipping) {
    wait();
    EXPECT_EQ(code_of(phone.confirm(token, "")), "ticket_state");
    EXPECT_EQ(code_of(phone.deny(token)), "ticket_state");
    EXPECT_EQ(code_of(pc.redeem()), "ticket_unknown") << "redeem without a scan";
    text = text_of(phone.scan(token));
    EXPECT_EQ(code_of(pc.redeem()), "ticket_state") << "redeem without a confirmation";
    EXPECT_EQ(phone.deny(token).status, 204);
    for (const Response& answer :
         {phone.confirm(token, text), phone.deny(token), phone.scan(token), pc.redeem()})
        EXPECT_EQ(code_of(answer), "ticket_state") << "nothing leads out of denied";
}

TEST_F(QrFurtherFlaws, Q5ScanAndConfirmByTwoUsers) {
    scan();
    Phone other{*this, gongsi};
    other.has_certificate();

    EXPECT_EQ(code_of(other.confirm(token, with("person", gongsi.id))), "ticket_unknown");
    EXPECT_EQ(code_of(other.scan(token)), "ticket_taken");
    EXPECT_EQ(phone.confirm(token, text).status, 204);
}

TEST_F(QrFurtherFlaws, Q6ConfirmDenyRace) {
    scan();
    const std::string path = "/api/v1/phone/tickets/" + token;
    const std::string body =
        R"({"certificate":")" + phone.serial + R"(","signature":")" + base64url(phone.sign(text)) + "\"}";
    std::vector<Pending> all;
    for (int i = 0; i < 25; ++i) {
        all.push_back(begin(phone.request(Method::post, path + "/confirm", body)));
        all.push_back(begin(phone.request(Method::post, path + "/deny", "{}")));
    }

    int won = 0;
    for (const Pending& each : all) {
        const Response answer = finish(each);
        won += answer.status == 204 ? 1 : 0;
        if (answer.status != 204) EXPECT_EQ(code_of(answer), "ticket_state");
    }

    EXPECT_EQ(won, 1);
    EXPECT_EQ(pc.redeem().status == 200, phone.state_of(token) == "redeemed");
}

TEST_F(QrFurtherFlaws, Q7TocTouOfRights) {
    for (const auto& lose : std::vector<std::function<void()>>{
             [&] { set_level(lin, 2); }, [&] { phone.del("/api/v1/phone/certificates/" + phone.serial); },
             [&] { lock(lin); }}) {
        confirm();
        lose();
        EXPECT_GE(pc.redeem().status, 400);
        EXPECT_FALSE(pc.cookies.contains("qrgate-session"));
        set_level(lin, 3);
        stored(storage.set_person_state(lin.id, PersonState::active, clock.now(), {}));
        advance(1s);  // so that the next certificate is the newest
        phone = Phone(*this, lin);
        phone.has_certificate();
        pc.cookies.clear();
    }
}

TEST_F(QrFurtherFlaws, Q8LevelGateOnlyInTheUi) {
    scan();
    set_level(lin, 2);
    Pc next{*this};
    Socket other = next.sit();

    EXPECT_EQ(code_of(phone.scan(other.hear().text("token"))), "level_too_low");
    EXPECT_EQ(code_of(phone.confirm(token, text)), "level_too_low");
    set_level(lin, 3);
    EXPECT_EQ(phone.confirm(token, text).status, 204);
    set_level(lin, 2);
    EXPECT_EQ(code_of(pc.redeem()), "level_too_low");
}

TEST_F(QrFurtherFlaws, Q9SignatureReplay) {
    confirm();
    const Bytes used = phone.sign(text);
    EXPECT_EQ(code_of(phone.confirm(token, used)), "ticket_state") << "on the same ticket";
    pc.cookies.clear();

    scan();

    EXPECT_EQ(code_of(phone.confirm(token, used)), "signature_wrong") << "on another";
}

TEST_F(QrFurtherFlaws, Q10CrossPurposeSignature) {
    scan();

    EXPECT_EQ(code_of(phone.confirm(token, "qrgate-contract-v1" + text.substr(text.find('\n')))),
              "signature_wrong");
    const std::string nonce = text.substr(text.find("nonce: ") + 7, 43);
    EXPECT_EQ(code_of(phone.confirm(token, nonce)), "signature_wrong");
    EXPECT_EQ(code_of(phone.confirm(token, "qrgate-certificate-v1\n" + nonce + "\n")), "signature_wrong");
}

TEST_F(QrFurtherFlaws, Q11ClientChosenPayload) {
    for (const char* field :
         {"origin", "ticket", "nonce", "person", "certificate", "browser", "address", "started", "expires"}) {
        pc.cookies.clear();
        scan();
        EXPECT_EQ(code_of(phone.confirm(token, with(field, "x"))), "signature_wrong") << field;
        EXPECT_EQ(
            code_of(phone.post(
                "/api/v1/phone/tickets/" + token + "/confirm",
                {{"certificate", phone.serial}, {"signature", base64url(phone.sign(text))}, {"text", text}})),
            "bad_request");
    }
}

TEST_F(QrFurtherFlaws, Q12CertificateChecksMissing) {
    const std::string revoked = phone.serial;
    phone.del("/api/v1/phone/certificates/" + revoked);
    Phone other{*this, gongsi};
    other.has_certificate();
    phone.has_certificate();
    wait();

    for (const std::string& serial :
         {revoked, other.serial, std::string("00"), std::string("../ca"), std::string()})
        EXPECT_EQ(code_of(phone.scan(token, {{"certificate", serial}})), "certificate_unusable") << serial;
    advance(config.certificate_life);
    pc.cookies.clear();
    wait();
    Phone later{*this, lin};
    EXPECT_EQ(code_of(later.scan(token, {{"certificate", phone.serial}})), "certificate_unusable")
        << "expired";
}

TEST_F(QrFurtherFlaws, Q13Sm2IdentityTrap) {
    phone.has_certificate(KeyAlgorithm::sm2);
    wait();
    text = text_of(phone.scan(token, {{"certificate", phone.serial}}));

    for (const char* id : {"8765432187654321", "1234567812345679", "x"})
        EXPECT_EQ(code_of(phone.confirm(token, sign_with(KeyAlgorithm::sm2, phone.key.get(), text, id))),
                  "signature_wrong")
            << id;
    EXPECT_EQ(
        phone.confirm(token, sign_with(KeyAlgorithm::sm2, phone.key.get(), text, "1234567812345678")).status,
        204);
}

TEST_F(QrFurtherFlaws, Q14EncodingMalleability) {
    scan();
    const Bytes right = phone.sign(text);
    Bytes padded = right;
    padded[1] = static_cast<std::uint8_t>(padded[1] + 1);
    padded[3] = static_cast<std::uint8_t>(padded[3] + 1);
    padded.insert(padded.begin() + 4, 0);
    Bytes trailing = right;
    trailing.push_back(0);
    Bytes indefinite = right;
    indefinite[1] = 0x80;

    for (const Bytes& wrong : {padded, trailing, indefinite, Bytes{0x30, 0x00}})
        EXPECT_EQ(code_of(phone.confirm(token, wrong)), "signature_wrong") << hex(wrong);
    EXPECT_EQ(code_of(phone.confirm(token, Bytes(12'000, 0x30))), "bad_request");
    EXPECT_EQ(phone.confirm(token, right).status, 204);
}

TEST_F(QrFurtherFlaws, Q16PassphraseSentToTheServer) {
    wait();
    const std::string canary = "canary-246813";
    const std::string ticket = "/api/v1/phone/tickets/" + token;
    for (const std::string& path :
         {ticket + "/scan", ticket + "/confirm", ticket + "/deny", std::string("/api/v1/phone/certificates"),
          "/api/v1/phone/certificates/" + phone.serial + "/unlock"}) {
        const Response refused = phone.post(path, {{"passphrase", canary}});
        EXPECT_EQ(code_of(refused), "bad_request") << path;
        EXPECT_THAT(refused.body, Not(HasSubstr(canary)));
    }
    for (const std::string& line : log_lines)
        EXPECT_THAT(line, Not(HasSubstr(canary)));
}

TEST_F(QrFurtherFlaws, Q17Cswsh) {
    pc.visit();
    for (const char* origin :
         {"", "null", "https://evil.example", "https://login.example.evil.com", "https://xlogin.example",
          "https://login.example:8443", "http://login.example", "https://login.example@evil.example"}) {
        pc.origin = origin;
        pc.referer = "https://login.example/login";
        const Response refused = pc.send(pc.upgrade());
        EXPECT_EQ(refused.status, 403) << origin;
        EXPECT_FALSE(refused.take_over) << origin;
    }
    EXPECT_EQ(room.seats(), 0u);
}

TEST_F(QrFurtherFlaws, Q18SubscribeToAnothersTicket) {
    scan();
    Pc other{*this};
    Socket eavesdropper = other.sit();
    eavesdropper.hear();

    eavesdropper.send_text(R"({"sub":")" + token + "\"}");
    turn_until([&] { return room.connections() == 1; });

    EXPECT_EQ(eavesdropper.hear().close_code(), 1008u);
    EXPECT_EQ(phone.state_of(token), "scanned");
}

TEST_F(QrFurtherFlaws, Q20SessionFixation) {
    confirm();
    pc.cookies["qrgate-session"] = "attacker";
    const std::string before = pc.cookies.at("qrgate-pre");

    EXPECT_EQ(pc.redeem().status, 200);

    EXPECT_NE(pc.cookies.at("qrgate-session"), "attacker");
    EXPECT_NE(pc.cookies.at("qrgate-session"), before);
    pc.cookies["qrgate-pre"] = before;
    EXPECT_EQ(pc.send(pc.upgrade()).status, 403);
    pc.cookies["qrgate-session"] = before;
    EXPECT_EQ(pc.get("/api/v1/session").status, 401);
}

TEST_F(QrFurtherFlaws, Q22SessionSpying) {
    scan();
    Phone spy{*this, gongsi};
    spy.has_certificate();
    EXPECT_EQ(code_of(spy.scan(token)), "ticket_taken");

    EXPECT_EQ(pc.post("/api/v1/qr/cancel").status, 204);

    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(socket.hear().type(), "code");
}

TEST_F(QrFurtherFlaws, Q24OldQrAliveAfterRefresh) {
    wait();
    pc.post("/api/v1/qr/cancel");
    EXPECT_EQ(code_of(phone.scan(token)), "ticket_expired");
    const std::string second = socket.hear().text("token");
    advance(55s);
    const std::string third = socket.hear().text("token");
    advance(10s);

    EXPECT_EQ(code_of(phone.scan(second)), "ticket_expired") << "the grace is over";
    EXPECT_EQ(phone.scan(third).status, 200);
}

TEST_F(QrFurtherFlaws, Q25UnissuedCodeAccepted) {
    wait();
    for (const std::string& foreign :
         {pc.captcha().id, phone.session_id, phone.serial, phone.bearer, lin.id, std::string("A"),
          std::string(32, 'A'), std::string(200, 'a'), "b" + token.substr(1)})
        EXPECT_EQ(code_of(phone.scan(foreign)), "ticket_unknown") << foreign;
}

TEST_F(QrFurtherFlaws, Q28DenyNotFinal) {
    scan();
    phone.deny(token);

    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(socket.hear().type(), "denied");
    EXPECT_EQ(socket.hear().type(), "code");
    EXPECT_TRUE(socket.has_nothing_to_hear()) << "told once";
}

TEST_F(QrFurtherFlaws, Q29PushLost) {
    scan();
    socket.leave();
    turn_until([&] { return room.connections() == 0; });
    ASSERT_EQ(phone.confirm(token, text).status, 204);

    socket = pc.sit();

    EXPECT_EQ(socket.hear().type(), "confirmed");
    EXPECT_TRUE(socket.has_nothing_to_hear());
    EXPECT_EQ(pc.redeem().status, 200);
    EXPECT_EQ(code_of(pc.redeem()), "ticket_unknown");
}

}  // namespace
}  // namespace qrgate::tests
