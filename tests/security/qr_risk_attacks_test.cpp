// Risk at the QR login (security.md 1.4: Q2, Q3, Q21, Q22, Q23, Q27, Q28; RFC 10027), each test under its
// row's name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "server/authority_files.hpp"
#include "server/risk.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;

constexpr const char* iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1";

class QrRisk : public testing::Test, protected Fixture {
protected:
    QrRisk() {
        phone.has_certificate();
        places = PlaceLookup::from_text(
            "203.0.113.0/24,北京,region\n198.51.100.0/24,上海,region\n192.0.2.0/24,某云,datacentre\n",
            "test");
    }
    void scan() {
        socket = pc.sit();
        token = socket.hear().text("token");
        const Response scanned = phone.scan(token);
        ASSERT_EQ(scanned.status, 200) << scanned.body;
        text = text_of(scanned);
        ASSERT_EQ(socket.hear().type(), "scanned");
    }
    // Of a browser of its own; the answer of the scan.
    Response scan_by_another(Socket& waiting, std::string& of) {
        Pc another{*this};
        another.address = pc.address;
        waiting = another.sit();
        of = waiting.hear().text("token");
        return phone.scan(of);
    }
    void deny_by_another() {
        Socket waiting{-1};
        std::string of;
        ASSERT_EQ(scan_by_another(waiting, of).status, 200);
        ASSERT_EQ(phone.deny(of).status, 204);
        while (waiting.hear().type() != "denied") {
        }
    }
    Response scan_with(std::string_view user_agent) {
        socket = pc.sit();
        token = socket.hear().text("token");
        Request request = phone.request(Method::post, "/api/v1/phone/tickets/" + token + "/scan", "{}");
        request.headers.emplace_back("user-agent", user_agent);
        return call(std::move(request));
    }
    Heard heard_next() {
        turn_until([&] { return !socket.has_nothing_to_hear(); });
        return socket.hear();
    }

    Pc pc{*this};
    Phone phone{*this, lin};
    Socket socket{-1};
    std::string token;
    std::string text;
};

// --- Q2, Q3: context, and the second transfer

TEST_F(QrRisk, Q2QrljackingShowsTheBrowserBeforeAnythingIsSigned) {
    pc.address = "198.51.100.9";
    socket = pc.sit();
    token = socket.hear().text("token");
    const Response scanned = phone.scan(token);

    const auto browser = json_of(scanned).at("browser").as_object();
    EXPECT_EQ(browser.at("family").as_string(), "Chrome");
    EXPECT_EQ(browser.at("os").as_string(), "Linux");
    EXPECT_EQ(browser.at("address").as_string(), "198.51.100.9");
    EXPECT_EQ(browser.at("place").as_string(), "上海");
    EXPECT_EQ(browser.at("started_at").as_string(), "2026-11-22T08:00:00Z");
    text = text_of(scanned);
    std::string other = text;
    other.replace(other.find("198.51.100.9"), 12, "203.0.113.9");
    EXPECT_EQ(code_of(phone.confirm(token, other)), "signature_wrong")
        << "the context is inside what is signed";
}

TEST_F(QrRisk, Q2QrljackingIsEndedByUndoAtOnce) {
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);
    ASSERT_EQ(pc.redeem().status, 200);
    ASSERT_EQ(pc.get("/api/v1/session").status, 200);
    const auto became = json_of(phone.get("/api/v1/phone/tickets/" + token));
    const std::string session(became.at("session").at("id").as_string());

    EXPECT_EQ(phone.post("/api/v1/phone/sessions/" + session + "/undo").status, 204);

    EXPECT_EQ(pc.get("/api/v1/session").status, 401) << "by the very next request, with the clock unmoved";
    EXPECT_EQ(pc.get("/api/v1/verify").status, 401);
}

struct Where {
    std::string name;
    std::string pc;
    std::string phone;
    bool asks = false;
};

class Q3ByRisk : public QrRisk, public testing::WithParamInterface<Where> {};

TEST_P(Q3ByRisk, NoSecondTransfer) {
    config.typed_code = TypedCodePolicy::risk;
    pc.address = GetParam().pc;
    phone.address = GetParam().phone;
    scan();

    const Response confirmed = phone.confirm(token, text);

    EXPECT_EQ(confirmed.status, GetParam().asks ? 200 : 204) << confirmed.body;
    const Heard heard = socket.hear();
    EXPECT_EQ(heard.type(), "confirmed");
    EXPECT_EQ(heard.json().contains("needs_code"), GetParam().asks);
    EXPECT_EQ(pc.redeem().status, GetParam().asks ? 403 : 200);
}

INSTANTIATE_TEST_SUITE_P(Places, Q3ByRisk,
                         testing::Values(Where{"one_region", "203.0.113.9", "203.0.113.200", false},
                                         Where{"two_regions", "198.51.100.9", "203.0.113.9", true},
                                         Where{"pc_in_a_data_centre", "192.0.2.9", "203.0.113.9", true},
                                         Where{"phone_in_a_data_centre", "203.0.113.9", "192.0.2.9", true},
                                         Where{"both_unknown", "100.64.1.1", "100.65.1.1", false},
                                         Where{"one_unknown", "203.0.113.9", "100.65.1.1", false},
                                         Where{"private_network", "10.1.2.3", "203.0.113.9", false},
                                         Where{"loopback", "127.0.0.1", "203.0.113.9", false}),
                         [](const auto& info) { return info.param.name; });

TEST_F(QrRisk, Q3IsOffByDefaultAndOnByPolicy) {
    pc.address = "198.51.100.9";
    scan();
    EXPECT_EQ(phone.confirm(token, text).status, 204);
    EXPECT_EQ(pc.redeem().status, 200);
    config.typed_code = TypedCodePolicy::always;
    pc = Pc(*this);
    scan();
    EXPECT_EQ(phone.confirm(token, text).status, 200);
}

TEST_F(QrRisk, Q3ThreeWrongTypedCodesKillTheTicket) {
    config.typed_code = TypedCodePolicy::always;
    scan();
    const std::string code(json_of(phone.confirm(token, text)).at("code").as_string());
    ASSERT_EQ(socket.hear().type(), "confirmed");
    const std::string wrong = code == "0000" ? "0001" : "0000";
    EXPECT_EQ(code_of(pc.redeem()), "code_wrong") << "none typed is wrong, too";
    EXPECT_EQ(code_of(pc.post("/api/v1/qr/redeem", {{"code", wrong}})), "code_wrong");
    EXPECT_EQ(code_of(pc.post("/api/v1/qr/redeem", {{"code", wrong}})), "code_wrong");

    EXPECT_EQ(code_of(pc.post("/api/v1/qr/redeem", {{"code", code}})), "ticket_state");
    EXPECT_EQ(phone.state_of(token), "dead");
    EXPECT_EQ(heard_next().type(), "code") << "and the browser is shown another";
}

TEST_F(QrRisk, Q21ReversePhishingNeedsTheCodeThatTheAttackerCannotType) {
    config.typed_code = TypedCodePolicy::always;
    Phone attacker{*this, gongsi};
    attacker.has_certificate();
    socket = pc.sit();
    token = socket.hear().text("token");
    const Response confirmed = attacker.confirm(token, text_of(attacker.scan(token)));
    ASSERT_EQ(confirmed.status, 200);

    EXPECT_EQ(code_of(pc.redeem()), "code_wrong") << "the victim's page does not log in by itself";
    const auto person = json_of(pc.post("/api/v1/qr/redeem", {{"code", json_of(confirmed).at("code")}}))
                            .at("person")
                            .as_object();
    EXPECT_THAT(std::string(person.at("name_masked").as_string()), HasSubstr("*"))
        << "and says whose account it is";
}

// --- Q23: flooding

TEST_F(QrRisk, Q23TicketFloodingOfOneAddressIsBoundedAndAFreshClientGetsItsCode) {
    std::vector<Socket> all;
    Pc flood{*this};
    flood.address = "198.51.100.66";
    for (int i = 0; i < 310; ++i) {
        flood.cookies.clear();
        all.push_back(flood.sit());
    }

    EXPECT_EQ(room.seats(), 300U);
    EXPECT_EQ(all.back().hear().close_code(), 1013U);
    socket = pc.sit();
    EXPECT_EQ(socket.hear().type(), "code");
    EXPECT_EQ(room.seats(), 301U);
}

TEST_F(QrRisk, Q23OnePreSessionHasOneSeatHoweverOftenItComes) {
    std::vector<Socket> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(pc.sit());

    EXPECT_EQ(room.seats(), 1U);
    EXPECT_EQ(room.connections(), 1U);
}

// --- Q27: the same device

TEST_F(QrRisk, Q27SameDeviceUseIsFlaggedAndAudited) {
    pc.user_agent = iphone;
    pc.address = phone.address;

    const Response scanned = scan_with(iphone);

    ASSERT_EQ(scanned.status, 200) << scanned.body;
    EXPECT_TRUE(json_of(scanned).at("same_device").as_bool());
    const auto rows = audit_of(lin);
    EXPECT_TRUE(
        std::ranges::any_of(rows, [](const AuditRow& row) { return row.event.event == "same_device"; }));
}

TEST_F(QrRisk, Q27SameDeviceUseIsRefusedWhereConfiguredAndClaimsNothing) {
    config.same_device = SameDevicePolicy::refuse;
    pc.user_agent = iphone;
    pc.address = phone.address;

    EXPECT_EQ(code_of(scan_with(iphone)), "same_device");

    EXPECT_EQ(phone.scan(token).status, 200) << "another device may scan it still";
}

TEST_F(QrRisk, Q27SameDeviceUseIsNotSeenInTwoDevicesOfOneHome) {
    config.same_device = SameDevicePolicy::refuse;
    pc.address = phone.address;  // one router
    EXPECT_EQ(scan_with(iphone).status, 200) << "a PC and a phone";
    pc = Pc(*this);
    pc.user_agent = iphone;
    pc.address = "198.51.100.9";
    EXPECT_EQ(scan_with(iphone).status, 200) << "two phones in two places";
    config.same_device = SameDevicePolicy::allow;
    pc = Pc(*this);
    pc.user_agent = iphone;
    pc.address = phone.address;
    const Response allowed = scan_with(iphone);
    EXPECT_EQ(allowed.status, 200);
    EXPECT_FALSE(json_of(allowed).contains("same_device"));
}

// --- Q28: denials

TEST_F(QrRisk, Q28DenialIsFinalCountedAndSlowsTheAddressDown) {
    scan();
    ASSERT_EQ(phone.deny(token).status, 204);
    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(socket.hear().type(), "denied");
    const std::string next = socket.hear().text("token");
    deny_by_another();
    Socket waiting{-1};
    std::string third;
    ASSERT_EQ(scan_by_another(waiting, third).status, 200) << "two denials slow nothing";
    ASSERT_EQ(phone.deny(third).status, 204);

    const Response slowed = phone.scan(next);

    EXPECT_EQ(code_of(slowed), "too_many");
    EXPECT_THAT(values_of(slowed, "Retry-After"), testing::ElementsAre("30"));
    Pc fresh{*this};
    fresh.address = pc.address;
    Socket refused = fresh.sit();
    EXPECT_EQ(refused.hear().close_code(), 1013U) << "nor is there a new code for that address";
    Pc far_away{*this};
    far_away.address = "198.51.100.9";
    Socket other = far_away.sit();
    EXPECT_EQ(phone.scan(other.hear().text("token")).status, 200) << "other addresses wait for nothing";
    advance(30s);
    Pc again{*this};
    again.address = pc.address;
    Socket later = again.sit();
    EXPECT_EQ(phone.scan(later.hear().text("token")).status, 200) << "and after the wait it goes on";
}

TEST_F(QrRisk, Q28DenialsMakeTheWaitGrow) {
    for (int i = 0; i < 3; ++i)
        deny_by_another();
    EXPECT_EQ(risk.denial_wait(pc.address, clock.now()), 30s);
    int others = 0;
    for (const auto wait : {60s, 120s, 240s, 480s, 600s, 600s}) {
        advance(std::chrono::duration_cast<std::chrono::seconds>(*risk.denial_wait(pc.address, clock.now())));
        risk.denied(pc.address, "other" + std::to_string(++others), clock.now());
        EXPECT_EQ(risk.denial_wait(pc.address, clock.now()), wait);
    }
}

TEST_F(QrRisk, Q28OnePhoneAloneCannotHoldAnAddressDown) {
    for (int i = 0; i < 3; ++i)
        deny_by_another();
    advance(30s);
    for (int i = 0; i < 40; ++i) {
        deny_by_another();
        EXPECT_FALSE(risk.denial_wait(pc.address, clock.now())) << i;
        advance(40s);
    }
}

TEST_F(QrRisk, Q28AConfirmedLoginTakesADenialOfItsAddressAway) {
    deny_by_another();
    deny_by_another();
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);

    deny_by_another();

    EXPECT_FALSE(risk.denial_wait(pc.address, clock.now())) << "two of the three are left";
    deny_by_another();
    EXPECT_EQ(risk.denial_wait(pc.address, clock.now()), 30s);
}

TEST_F(QrRisk, Q28LoopbackIsEverybodysAndIsNotSlowedDown) {
    pc.address = "127.0.0.1";
    for (int i = 0; i < 5; ++i)
        deny_by_another();
}

// --- keys of certificates that are kept

TEST_F(QrRisk, Q12ARevokedCertificateWhoseKeyIsKeptSignsNothing) {
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);
    ASSERT_NE(signatures.certificate_keys().find(phone.serial), nullptr) << "its key is known now";
    pc = Pc(*this);
    scan();
    stored(storage.revoke_certificate(phone.serial, std::nullopt, "operator", clock.now(), {}));

    EXPECT_EQ(code_of(phone.confirm(token, text)), "ticket_state");
    EXPECT_EQ(pc.redeem().status, 409);
}

TEST_F(QrRisk, Q12TheKeyOfACertificateIsKeptOnlyWithItsIssuer) {
    const auto ca = folder.path() / "ca";
    rotate_authority(ca, KeyAlgorithm::p256, random, clock.now(), clock.now() + 60s);
    advance(60s);
    authority->read_again(clock.now());
    phone.has_certificate();
    for (const char* name : {"ca-2.key", "ca-2.crt"})
        std::filesystem::rename(ca / name, folder.path() / name);
    authority->read_again(clock.now());  // a node that the new generation was not copied to yet
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);

    EXPECT_EQ(signatures.certificate_keys().find(phone.serial), nullptr);
}

TEST_F(QrRisk, Q12ADisabledCertificateWhoseKeyIsKeptIsRefusedByTheConfirmItself) {
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);
    pc = Pc(*this);
    scan();
    for (int i = 0; i < 10; ++i)
        phone.post("/api/v1/phone/certificates/" + phone.serial + "/unlock",
                   {{"verifier", base64url(Bytes(32, 1))}});
    ASSERT_EQ(phone.state_of(token), "scanned") << "the ticket is open still";

    EXPECT_EQ(code_of(phone.confirm(token, text)), "certificate_unusable");
}

TEST_F(QrRisk, Q9AWrongSignatureIsWrongWithAKeptKeyToo) {
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);
    const Bytes used = phone.sign(text);
    pc = Pc(*this);
    scan();

    EXPECT_EQ(code_of(phone.confirm(token, used)), "signature_wrong");
    EXPECT_EQ(
        code_of(phone.confirm(token, sign_with(KeyAlgorithm::p256, new_key(KeyAlgorithm::p256).get(), text))),
        "signature_wrong");
    EXPECT_EQ(phone.confirm(token, text).status, 204);
}

}  // namespace
}  // namespace qrgate::tests
