// The phone's half of a QR login: scan, confirm, deny, and what became of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class QrPhone : public testing::Test, protected Fixture {
protected:
    QrPhone() { phone.has_certificate(); }
    // A browser that waits and its code.
    std::string wait(Pc& of) {
        socket = of.sit();
        const Heard code = socket.hear();
        short_code = code.text("short_code");
        return code.text("token");
    }
    std::string path(std::string_view token) { return "/api/v1/phone/tickets/" + std::string(token); }

    Pc pc{*this};
    Phone phone{*this, lin};
    Socket socket{-1};
    std::string short_code;
};

// --- scan

TEST_F(QrPhone, ScansAndShowsWhatItWouldSign) {
    const std::string token = wait(pc);

    const Response scanned = phone.scan(token);

    ASSERT_EQ(scanned.status, 200) << scanned.body;
    const auto body = json_of(scanned);
    EXPECT_EQ(body.at("ticket").as_string(), token);
    EXPECT_EQ(body.at("certificate").as_string(), phone.serial);
    EXPECT_EQ(body.at("origin").as_string(), "https://login.example");
    EXPECT_EQ(body.at("expires_at").as_string(), "2026-11-22T08:05:00Z");
    const auto& browser = body.at("browser").as_object();
    EXPECT_EQ(browser.at("family").as_string(), "Chrome");
    EXPECT_EQ(browser.at("os").as_string(), "Linux");
    EXPECT_EQ(browser.at("address").as_string(), "203.0.113.9");
    EXPECT_EQ(browser.at("place").as_string(), "北京");
    EXPECT_EQ(browser.at("started_at").as_string(), "2026-11-22T08:00:00Z");
    EXPECT_EQ(socket.hear().type(), "scanned");
}

TEST_F(QrPhone, SignsExactlyTheTextOfTheContract) {
    const std::string token = wait(pc);
    const std::string text = text_of(phone.scan(token));

    EXPECT_THAT(text, testing::MatchesRegex(
                          "qrgate-login-v1\norigin: https://login.example\nticket: " + token +
                          "\nnonce: [0-9A-Za-z_-]{43}\nperson: " + lin.id + "\ncertificate: " + phone.serial +
                          "\nbrowser: Chrome on Linux\naddress: 203.0.113.9\n"
                          "started: 2026-11-22T08:00:00Z\nexpires: 2026-11-22T08:05:00Z\n"));
}

TEST_F(QrPhone, ScansByTheShortCodeHoweverItIsTyped) {
    const std::string token = wait(pc);
    std::string lower = short_code;
    for (char& c : lower)
        c = static_cast<char>(std::tolower(c));
    std::string plain = short_code;
    std::erase(plain, '-');

    for (const std::string& typed : {short_code, lower, plain}) {
        const Response scanned = phone.scan(typed);
        ASSERT_EQ(scanned.status, 200) << typed << scanned.body;
        EXPECT_EQ(json_of(scanned).at("ticket").as_string(), token);
    }
}

TEST_F(QrPhone, LimitsShortCodesThatNameNobody) {
    wait(pc);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(code_of(phone.scan("A2345678")), "ticket_unknown");

    const Response refused = phone.scan("A2345678");

    EXPECT_EQ(code_of(refused), "too_many");
    EXPECT_THAT(values_of(refused, "Retry-After"), ElementsAre("3600"));
    EXPECT_EQ(phone.scan(short_code).status, 200) << "a right one is no miss";
}

TEST_F(QrPhone, LimitsScansOfAPerson) {
    for (int i = 0; i < 60; ++i)
        EXPECT_EQ(code_of(phone.scan("x")), "ticket_unknown");

    EXPECT_EQ(code_of(phone.scan("x")), "too_many");
    Phone other{*this, hao};
    EXPECT_EQ(code_of(other.scan("x")), "ticket_unknown");
}

TEST_F(QrPhone, ClaimsNothingForALevelThatIsTooLow) {
    const std::string token = wait(pc);
    Phone low{*this, hao};

    const Response refused = low.scan(token);

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "level_too_low");
    EXPECT_THAT(refused.body, HasSubstr("刷脸认证提升等级"));
    EXPECT_TRUE(socket.has_nothing_to_hear());
    EXPECT_EQ(phone.scan(token).status, 200);
}

TEST_F(QrPhone, ClaimsNothingWithoutACertificate) {
    const std::string token = wait(pc);
    Phone bare{*this, gongsi};

    EXPECT_EQ(code_of(bare.scan(token)), "certificate_missing");
    EXPECT_EQ(code_of(bare.scan(token, {{"certificate", phone.serial}})), "certificate_unusable")
        << "another person's";
    EXPECT_EQ(code_of(bare.scan(token, {{"certificate", "00"}})), "certificate_unusable");
    EXPECT_TRUE(socket.has_nothing_to_hear());
    EXPECT_EQ(phone.scan(token).status, 200);
}

TEST_F(QrPhone, ClaimsNothingWithARevokedCertificate) {
    const std::string token = wait(pc);
    EXPECT_EQ(phone.del("/api/v1/phone/certificates/" + phone.serial).status, 204);

    EXPECT_EQ(code_of(phone.scan(token)), "certificate_missing");
    EXPECT_EQ(code_of(phone.scan(token, {{"certificate", phone.serial}})), "certificate_unusable");
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

TEST_F(QrPhone, RefusesAnExpiredCertificate) {
    advance(config.certificate_life);
    Phone later{*this, lin};
    const std::string token = wait(pc);

    EXPECT_EQ(code_of(later.scan(token)), "certificate_unusable");
}

TEST_F(QrPhone, FindsTheTicketTakenByAnother) {
    const std::string token = wait(pc);
    phone.scan(token);
    Phone other{*this, gongsi};
    other.has_certificate();

    EXPECT_EQ(other.scan(token).status, 409);
    EXPECT_EQ(code_of(other.scan(token)), "ticket_taken");
    EXPECT_EQ(code_of(other.scan(short_code)), "ticket_taken");
}

TEST_F(QrPhone, GetsTheSameAnswerWhenItScansAgain) {
    const std::string token = wait(pc);
    const Response first = phone.scan(token);
    advance(30s);

    const Response again = phone.scan(token);

    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(socket.hear().type(), "scanned");
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

TEST_F(QrPhone, GetsANewNonceWithAnotherCertificate) {
    Phone second{*this, lin, "another-device!!"};
    second.has_certificate();
    const std::string token = wait(pc);
    const std::string old_text = text_of(phone.scan(token, {{"certificate", phone.serial}}));

    const std::string text = text_of(phone.scan(token, {{"certificate", second.serial}}));

    EXPECT_THAT(text, HasSubstr("certificate: " + second.serial));
    EXPECT_NE(text.substr(text.find("nonce"), 50), old_text.substr(old_text.find("nonce"), 50));
    EXPECT_EQ(code_of(phone.confirm(token, old_text)), "certificate_unusable") << "the old text is dead";
}

TEST_F(QrPhone, NeedsAFreshTokenOfOurs) {
    const std::string token = wait(pc);
    std::string forged = token;
    forged.back() = forged.back() == 'A' ? 'B' : 'A';
    EXPECT_EQ(phone.scan(forged).status, 404);
    EXPECT_EQ(code_of(phone.scan(forged)), "ticket_unknown");
    advance(65s);

    const Response late = phone.scan(token);

    EXPECT_EQ(late.status, 410);
    EXPECT_EQ(code_of(late), "ticket_expired");
}

TEST_F(QrPhone, FindsNoSeatExpired) {
    const std::string token = make_token(keys.tokens, clock.now() + 60s, random);

    EXPECT_EQ(code_of(phone.scan(token)), "ticket_expired");
}

TEST_F(QrPhone, RefusesWrongShapesForeignPagesAndMissingTokensInThatOrder) {
    const std::string token = wait(pc);
    for (const char* call : {"/scan", "/confirm", "/deny"}) {
        Request foreign = phone.request(Method::post, path(token) + call, R"({"person":"x"})");
        foreign.headers.emplace_back("origin", "https://evil.example");
        std::erase_if(foreign.headers, [](const auto& header) { return header.first == "authorization"; });
        EXPECT_EQ(code_of(Fixture::call(foreign)), "bad_request") << call;
        foreign.body = std::string_view(call) == "/confirm" ? R"({"certificate":"","signature":""})" : "{}";
        EXPECT_EQ(code_of(Fixture::call(foreign)), "origin_refused") << call;
        std::erase_if(foreign.headers, [](const auto& header) { return header.first == "origin"; });
        const Response refused = Fixture::call(foreign);
        EXPECT_EQ(refused.status, 401);
        EXPECT_EQ(code_of(refused), "token_missing") << call;
    }
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

// --- confirm

class Confirm : public QrPhone {
protected:
    std::string scan_with(KeyAlgorithm algorithm) {
        phone.has_certificate(algorithm);
        advance(1s);
        token = wait(pc);
        const Response scanned = phone.scan(token, {{"certificate", phone.serial}});
        EXPECT_EQ(socket.hear().type(), "scanned");
        return text_of(scanned);
    }
    std::string token;
};

TEST_F(Confirm, TakesARightSignatureOfEitherAlgorithm) {
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::sm2, KeyAlgorithm::p256}) {
        const std::string text = scan_with(algorithm);

        const Response confirmed = phone.confirm(token, text);

        EXPECT_EQ(confirmed.status, 204) << confirmed.body;
        const Heard heard = socket.hear();
        EXPECT_EQ(heard.type(), "confirmed");
        EXPECT_FALSE(heard.json().contains("needs_code"));
        EXPECT_EQ(phone.state_of(token), "confirmed");
        EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state") << "once";
        const auto receipt = stored(storage.find_receipt(sha256(as_bytes(token))));
        ASSERT_TRUE(receipt);
        EXPECT_EQ(receipt->text, text);
        pc.cookies.clear();
    }
}

TEST_F(Confirm, RefusesASignatureOfAnythingElse) {
    std::string text = scan_with(KeyAlgorithm::sm2);
    text[text.find("address: 2") + 9] = '1';

    const Response refused = phone.confirm(token, text);

    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(code_of(refused), "signature_wrong");
    EXPECT_EQ(phone.state_of(token), "scanned");
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

TEST_F(Confirm, RefusesASignatureWithOneChangedByte) {
    Bytes signature = phone.sign(scan_with(KeyAlgorithm::sm2));
    signature[signature.size() - 1] ^= 1U;

    EXPECT_EQ(code_of(phone.confirm(token, signature)), "signature_wrong");
}

TEST_F(Confirm, RefusesWhatIsNotStrictDer) {
    const Bytes right = phone.sign(scan_with(KeyAlgorithm::p256));
    Bytes trailing = right;
    trailing.push_back(0);
    Bytes long_form = right;
    long_form.insert(long_form.begin() + 1, 0x81);

    EXPECT_EQ(code_of(phone.confirm(token, trailing)), "signature_wrong");
    EXPECT_EQ(code_of(phone.confirm(token, long_form)), "signature_wrong");
    EXPECT_EQ(code_of(phone.confirm(token, Bytes{})), "signature_wrong");
    EXPECT_EQ(code_of(phone.confirm(token, Bytes(161, 0x30))), "bad_request") << "and this does not count";
    EXPECT_EQ(phone.confirm(token, right).status, 204);
}

TEST_F(Confirm, DiesOfFiveWrongSignatures) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(phone.state_of(token), "scanned");
        EXPECT_EQ(code_of(phone.confirm(token, text + "x")), "signature_wrong");
    }

    EXPECT_EQ(phone.state_of(token), "dead");
    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(socket.hear().type(), "denied");
    EXPECT_EQ(socket.hear().type(), "code") << "the browser goes on with another code";
}

TEST_F(Confirm, RefusesOtherCertificatesThanTheScanned) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    Phone other{*this, gongsi};
    other.has_certificate();
    const Bytes signature = other.sign(text);

    for (const std::string& serial : {other.serial, std::string("00"), std::string()}) {
        const Response refused = phone.post(path(token) + "/confirm",
                                            {{"certificate", serial}, {"signature", base64url(signature)}});
        EXPECT_EQ(refused.status, 403);
        EXPECT_EQ(code_of(refused), "certificate_unusable") << serial;
    }
}

TEST_F(Confirm, RefusesACertificateRevokedMeanwhile) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    phone.del("/api/v1/phone/certificates/" + phone.serial);

    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(phone.state_of(token), "cancelled");
}

TEST_F(Confirm, RefusesALevelLoweredMeanwhile) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    set_level(lin, 2);

    EXPECT_EQ(code_of(phone.confirm(token, text)), "level_too_low");
}

TEST_F(Confirm, IsTheScannersAlone) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    Phone other{*this, gongsi};
    other.has_certificate();
    Phone second{*this, lin, "another-device!!"};

    for (Phone* foreign : {&other, &second}) {
        EXPECT_EQ(code_of(foreign->confirm(token, phone.sign(text))), "ticket_unknown");
        EXPECT_EQ(code_of(foreign->deny(token)), "ticket_unknown");
        EXPECT_EQ(code_of(foreign->get(path(token))), "ticket_unknown");
    }
}

TEST_F(Confirm, NeedsAScanFirst) {
    token = wait(pc);

    EXPECT_EQ(code_of(phone.confirm(token, "")), "ticket_state");
    EXPECT_EQ(code_of(phone.confirm("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "")), "ticket_unknown");
    EXPECT_EQ(code_of(phone.deny(token)), "ticket_state");
}

TEST_F(Confirm, IsDecidedByTheTicketAsItIsWhenAnotherNodeChangedIt) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    const auto ticket = *stored(storage.find_ticket(sha256(as_bytes(token))));
    // As if told by another process: nothing here hears of it.
    ASSERT_TRUE(stored(storage.cancel_ticket(ticket.pre_session_hash, clock.now(), Trace{})));

    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_FALSE(stored(storage.find_receipt(ticket.token_hash)));
}

TEST_F(Confirm, IsTooLateAfterFiveMinutes) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    advance(299s);
    EXPECT_EQ(phone.state_of(token), "scanned");
    advance(1s);

    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_expired");
    EXPECT_EQ(code_of(phone.deny(token)), "ticket_expired");
    EXPECT_EQ(phone.state_of(token), "expired");
}

// --- deny, and what became of it

TEST_F(Confirm, CanBeDenied) {
    scan_with(KeyAlgorithm::p256);

    EXPECT_EQ(phone.deny(token).status, 204);

    EXPECT_EQ(socket.hear().type(), "denied");
    EXPECT_EQ(socket.hear().type(), "code");
    EXPECT_EQ(phone.state_of(token), "denied");
    EXPECT_EQ(code_of(phone.deny(token)), "ticket_state");
    EXPECT_EQ(code_of(phone.scan(token)), "ticket_state");
}

TEST_F(Confirm, TellsAWaitingPhoneWhatBecameOfIt) {
    const std::string text = scan_with(KeyAlgorithm::p256);
    const Pending waiting = begin(phone.request(Method::get, path(token) + "?wait=25"));
    phone.confirm(token, text);
    EXPECT_EQ(json_of(finish(waiting)).at("state").as_string(), "confirmed");
    const Pending next = begin(phone.request(Method::get, path(token) + "?wait=25"));
    EXPECT_EQ(pc.redeem().status, 200);

    const auto body = json_of(finish(next));

    EXPECT_EQ(body.at("state").as_string(), "redeemed");
    EXPECT_FALSE(body.at("session").at("id").as_string().empty());
}

}  // namespace
}  // namespace qrgate::tests
