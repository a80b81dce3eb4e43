// The six flaws of QR logins in the field (security.md 1.2), attacked one by one. Handler tests name every
// code; here each row's own attack is run.
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

class QrPaperFlaws : public testing::Test, protected Fixture {
protected:
    QrPaperFlaws() { phone.has_certificate(); }
    void wait() {
        socket = victim.sit();
        frames += (code = socket.hear()).payload;
        token = code.text("token");
    }
    void scan() { text = text_of(phone.scan(token)); }
    void confirm() { ASSERT_EQ(phone.confirm(token, text).status, 204); }

    Pc victim{*this};
    Pc attacker{*this};
    Phone phone{*this, lin};
    Socket socket{-1};
    Heard code;
    std::string frames;
    std::string token;
    std::string text;
};

// Whoever only knows the ticket learns nothing of it and takes nothing, in every state.
TEST_F(QrPaperFlaws, F1UnboundSessionId) {
    wait();
    attacker.visit();
    const auto nothing = [&] {
        const Response redeemed = attacker.redeem();
        EXPECT_EQ(redeemed.status, 404);
        EXPECT_EQ(attacker.post("/api/v1/qr/redeem", {{"token", token}}).status, 400);
        Socket other = attacker.sit();
        EXPECT_EQ(other.hear().type(), "code") << "only ever its own";
        EXPECT_TRUE(other.has_nothing_to_hear());
        return redeemed.body;
    };

    const std::string live = nothing();
    scan();
    EXPECT_EQ(nothing(), live);
    confirm();
    EXPECT_EQ(nothing(), live);

    EXPECT_EQ(victim.redeem().status, 200);
    EXPECT_EQ(nothing(), live);
}

TEST_F(QrPaperFlaws, F2ReusableQrCodeDoubleLogin) {
    wait();
    scan();
    confirm();
    const auto cookies = victim.cookies;
    std::vector<Pending> redeems;
    for (int i = 0; i < 50; ++i)
        redeems.push_back(begin(victim.request(Method::post, "/api/v1/qr/redeem")));

    int won = 0;
    for (const Pending& each : redeems) {
        const Response answer = finish(each);
        won += answer.status == 200 ? 1 : 0;
        if (answer.status != 200) EXPECT_EQ(code_of(answer), "ticket_state");
    }

    EXPECT_EQ(won, 1);
    EXPECT_EQ(stored(storage.list_sessions(lin.id, SessionKind::browser, clock.now())).size(), 1u);
    victim.cookies = cookies;
    EXPECT_EQ(code_of(victim.redeem()), "ticket_state");
    EXPECT_EQ(code_of(phone.scan(token)), "ticket_state");
    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(victim.send(victim.upgrade()).status, 403) << "nor a second waiting";
}

TEST_F(QrPaperFlaws, F3PredictableQrIdBruteForceLogin) {
    std::set<std::string> seen;
    std::map<std::size_t, std::set<char>> letters;
    for (int i = 0; i < 5000; ++i) {
        const std::string made = make_token(keys.tokens, clock.now() + 60s, random);
        EXPECT_TRUE(seen.insert(made).second);
        for (std::size_t at = 8; at < made.size(); ++at)
            letters[at].insert(made[at]);
    }
    for (std::size_t at = 8; at + 1 < token_size; ++at)
        EXPECT_GE(letters[at].size(), 16u) << "position " << at;
    wait();
    int unknown = 0;
    int limited = 0;
    for (int i = 0; i < 200; ++i) {
        const std::string guess = token.substr(0, 8) + base64url(random.bytes<18>());
        const std::string code = code_of(phone.scan(guess));
        unknown += code == "ticket_unknown" ? 1 : 0;
        limited += code == "too_many" ? 1 : 0;
    }

    EXPECT_EQ(unknown, 60);
    EXPECT_EQ(limited, 140);
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

TEST_F(QrPaperFlaws, F4ControllableQrId) {
    victim.visit();
    Request asked = victim.upgrade("/ws/qr?token=AAAA&qr_id=AAAA&ticket=AAAA");
    asked.headers.emplace_back("x-qr-id", "AAAA");
    EXPECT_EQ(victim.send(asked).status, 101);

    wait();

    EXPECT_THAT(token, Not(HasSubstr("AAAA")));
    for (const char* field : {"qr_id", "token", "session", "ttl", "user", "redirect_to"})
        EXPECT_EQ(code_of(victim.post("/api/v1/qr/cancel", {{field, "AAAA"}})), "bad_request") << field;
}

TEST_F(QrPaperFlaws, F5InvalidTokenValidationUniversalAccountTakeover) {
    wait();
    scan();
    const Bytes signature = phone.sign(text);
    const std::string path = "/api/v1/phone/tickets/" + token + "/confirm";
    const boost::json::object right{{"certificate", phone.serial}, {"signature", base64url(signature)}};
    for (const char* claim : {"uid", "person", "phone", "identity_number", "id_card", "level"}) {
        boost::json::object body = right;
        body[claim] = lin.id;
        EXPECT_EQ(code_of(phone.post(path, body)), "bad_request") << claim;
    }
    Phone other{*this, gongsi};
    other.has_certificate();
    EXPECT_EQ(code_of(other.post(path, right)), "ticket_unknown")
        << "B's token, A's certificate and signature";
    EXPECT_EQ(code_of(phone.post(
                  path, {{"certificate", other.serial}, {"signature", base64url(other.sign(text))}})),
              "certificate_unusable")
        << "A's token, B's certificate";
    Pc pc{*this};
    pc.is_logged_in(lin);
    Phone wrong{*this, lin};
    for (const std::string& bearer : {std::string(), std::string("x"), pc.cookies.at("qrgate-session")}) {
        wrong.bearer = bearer;
        EXPECT_EQ(wrong.post(path, right).status, 401) << "no token, none of ours, a browser's session";
    }
    phone.post("/api/v1/phone/logout");
    EXPECT_EQ(phone.post(path, right).status, 401) << "logged out";

    EXPECT_EQ(code_of(victim.redeem()), "ticket_state");
}

TEST_F(QrPaperFlaws, F6SensitiveDataLeakage) {
    wait();
    scan();
    confirm();
    while (!socket.has_nothing_to_hear())
        frames += socket.hear().payload;
    const Response redeemed = victim.redeem();
    const std::string session = victim.cookies.at("qrgate-session");
    const std::string later =
        redeemed.body + victim.get("/api/v1/session").body + victim.get("/api/v1/sessions").body;

    EXPECT_THAT(frames, HasSubstr("confirmed"));
    for (const std::string& secret :
         {lin.number, lin.name, lin.phone, lin.id, phone.serial, phone.bearer, session})
        EXPECT_THAT(frames, Not(HasSubstr(secret))) << secret;
    for (const std::string& secret :
         {lin.number, lin.name, lin.phone, phone.serial, phone.bearer, session, token})
        EXPECT_THAT(later, Not(HasSubstr(secret))) << secret;
}

}  // namespace
}  // namespace qrgate::tests
