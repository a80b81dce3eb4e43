// "Live sockets", "Q7 TOCTOU of rights" (security.md 1.4, 4): a waiting browser whose scanned ticket is
// cancelled with the rights of its person is told at once, whatever ended them, and its phone too.
#include <gtest/gtest.h>

#include <functional>

#include "server/cancelled_tickets.hpp"
#include "server/sweeper.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

class CancelledByRights : public testing::Test, protected Fixture {
protected:
    CancelledByRights() { phone.has_certificate(); }
    void scan() {
        socket = pc.sit();
        token = socket.hear().text("token");
        const Response scanned = phone.scan(token);
        ASSERT_EQ(scanned.status, 200) << scanned.body;
        text = text_of(scanned);
        ASSERT_EQ(socket.hear().type(), "scanned");
    }
    Heard heard_next() {
        turn_until([&] { return !socket.has_nothing_to_hear(); });
        return socket.hear();
    }
    void elsewhere(const std::function<void()>& done) {
        Sweeper sweeper(io.get_executor(), services, hashing, signing);
        done();
        bool over = false;
        sweeper.each_round([&] { sweeper.stop(); });
        asio::co_spawn(io, sweeper.run(), [&](std::exception_ptr) { over = true; });
        turn_until([&] { return over; });
    }
    void is_told(const std::function<void()>& cause) {
        scan();
        const Pending asking =
            begin(phone.request(Method::get, "/api/v1/phone/tickets/" + token + "?wait=25"));
        turn_until([&] { return watch.waiting() == 1; });

        cause();

        const Heard heard = heard_next();
        EXPECT_EQ(heard.type(), "code");
        EXPECT_NE(heard.text("token"), token);
        turn_until([&] { return asking->has_value(); });
        EXPECT_TRUE(socket.has_nothing_to_hear()) << "told once";
        EXPECT_EQ(code_of(pc.redeem()), "ticket_state");
        EXPECT_EQ(stored(storage.find_ticket(sha256(as_bytes(token))))->life.state, TicketState::cancelled);
    }
    Pc at_another_pc() {
        Pc other{*this};
        other.is_logged_in(lin);
        return other;
    }

    Pc pc{*this};
    Phone phone{*this, lin};
    Socket socket{-1};
    std::string token;
    std::string text;
};

TEST_F(CancelledByRights, AWaitingBrowserIsToldOfANewPassword) {
    is_told([&] {
        EXPECT_EQ(
            at_another_pc()
                .post("/api/v1/password", {{"old_password", lin.password}, {"new_password", "Another#2026x"}})
                .status,
            204);
    });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldOfARevokedCertificate) {
    is_told([&] { EXPECT_EQ(phone.del("/api/v1/phone/certificates/" + phone.serial).status, 204); });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldOfACertificateRevokedAtAPc) {
    is_told([&] { EXPECT_EQ(at_another_pc().del("/api/v1/certificates/" + phone.serial).status, 204); });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldWhenThePhoneLogsOut) {
    is_told([&] { EXPECT_EQ(phone.post("/api/v1/phone/logout").status, 204); });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldWhenThePhonesLoginWasSomebodyElse) {
    is_told(
        [&] { EXPECT_EQ(at_another_pc().post("/api/v1/logins/" + phone.session_id + "/undo").status, 204); });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldOfALowerLevelWithinASecond) {
    is_told([&] {
        elsewhere([&] { stored(storage.set_person_level(lin.id, 2, "operator:test", clock.now(), {})); });
    });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldOfADisabledAccountWithinASecond) {
    is_told([&] {
        elsewhere([&] { stored(storage.set_person_state(lin.id, PersonState::locked, clock.now(), {})); });
    });
}

TEST_F(CancelledByRights, AWaitingBrowserIsToldOfTheOperatorsRevocationWithinASecond) {
    is_told([&] {
        elsewhere([&] {
            stored(storage.revoke_certificate(phone.serial, std::nullopt, "operator", clock.now(), {}));
        });
    });
}

TEST_F(CancelledByRights, AConfirmedTicketIsNotRedeemedAfterTheCertificateIsRevoked) {
    scan();
    ASSERT_EQ(phone.confirm(token, text).status, 204);
    ASSERT_EQ(socket.hear().type(), "confirmed");
    EXPECT_EQ(phone.del("/api/v1/phone/certificates/" + phone.serial).status, 204);

    EXPECT_EQ(code_of(pc.redeem()), "ticket_state");
    EXPECT_EQ(heard_next().type(), "code");
}

// Tells `looks` what was cancelled, as the sweeper does each round.
class ManyCancelled : public testing::Test, protected Fixture {
protected:
    void look(CancelledTickets& looks) {
        bool over = false;
        asio::co_spawn(io, looks.look(services), [&](std::exception_ptr) { over = true; });
        turn_until([&] { return over; });
    }
};

TEST_F(ManyCancelled, AreAllToldHoweverManyThereAre) {
    CancelledTickets looks(1);
    look(looks);
    std::vector<Socket> sockets;
    for (Someone* who : {&lin, &gongsi}) {
        Phone phone(*this, *who);
        phone.has_certificate();
        Pc pc(*this);
        sockets.push_back(pc.sit());
        ASSERT_EQ(phone.scan(sockets.back().hear().text("token")).status, 200);
        ASSERT_EQ(sockets.back().hear().type(), "scanned");
        stored(storage.set_person_level(who->id, 2, "operator:test", clock.now(), {}));
        advance(1s);
    }

    for (int i = 0; i < 2; ++i) {
        advance(60s);
        look(looks);
    }

    for (Socket& socket : sockets) {
        ASSERT_FALSE(socket.has_nothing_to_hear()) << "later ones are not passed over";
        EXPECT_EQ(socket.hear().type(), "code");
    }
}

TEST_F(ManyCancelled, OneLookAtATimeAndOneMoreForAllWhoCameMeanwhile) {
    EXPECT_TRUE(watch.begins_look());
    EXPECT_FALSE(watch.begins_look());
    EXPECT_FALSE(watch.begins_look());
    EXPECT_TRUE(watch.ends_look()) << "once more for both";
    EXPECT_FALSE(watch.ends_look());
    EXPECT_TRUE(watch.begins_look());
}

}  // namespace
}  // namespace qrgate::tests
