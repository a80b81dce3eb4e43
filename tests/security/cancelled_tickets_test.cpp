// "Live sockets", "Q7 TOCTOU of rights" (security.md 1.4, 4): a waiting browser whose scanned ticket is
// cancelled with the rights of its person is told at once, whatever ended them, and its phone too.
#include <gtest/gtest.h>

#include <functional>

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

}  // namespace
}  // namespace qrgate::tests
