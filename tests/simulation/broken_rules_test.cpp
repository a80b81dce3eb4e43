// The invariants can fail: each is broken on purpose, and told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/simulation/invariants.hpp"
#include "tests/simulation/scenarios.hpp"

namespace qrgate::tests::simulation {
namespace {

using testing::HasSubstr;

class BrokenRules : public testing::Test {
protected:
    BrokenRules() {
        scene.pc.visit();
        scene.does(scene.browser.sits());
        scene.sweep();
        token = scene.newest_tokens.front();
    }
    Ticket scanned() {
        scene.does(scene.owner.scans(token));
        return ticket();
    }
    Ticket ticket() { return scene.stored(scene.storage.find_ticket(sha256(as_bytes(token)))).value(); }
    Response confirm(bool is_written_down = true) {
        if (is_written_down) scene.record.signed_by[token].insert(scene.lin.id);
        return scene.owner.phone.confirm(token, scene.owner.texts[token]);
    }
    std::string broken() { return text_of(broken_rules(scene)); }
    // A session by QR code that storage opens without a ticket.
    void session_from_nowhere() {
        NewSession session;
        session.id = "fromnowherefromnowhere";
        session.token_hash = sha256(as_bytes("nowhere"));
        session.method = LoginMethod::qr;
        session.opened_at = scene.clock.now();
        session.expires_at = scene.clock.now() + std::chrono::hours(1);
        scene.stored(scene.storage.open_session(scene.lin.id, std::nullopt, session, {}));
    }

    Scene scene;
    std::string token;
};

TEST_F(BrokenRules, ARightLoginBreaksNone) {
    scanned();
    confirm();
    scene.does(scene.browser.redeems());

    EXPECT_EQ(broken(), "");
    scene.comes_to_rest();
    EXPECT_EQ(text_of(broken_at_rest(scene)), "");
}

TEST_F(BrokenRules, ASessionOfNoTicketIsTold) {
    scanned();
    confirm();
    scene.does(scene.browser.redeems());
    session_from_nowhere();

    EXPECT_THAT(broken(), HasSubstr("A ticket gives at most one session."));
}

TEST_F(BrokenRules, ASessionForAnotherBrowserIsTold) {
    scanned();
    scene.record.shown[token].pre_session = sha256(as_bytes("another"));

    EXPECT_THAT(broken(), HasSubstr("only to the browser that opened the ticket"));
}

TEST_F(BrokenRules, ASessionThatNobodySignedForIsTold) {
    scanned();
    confirm(false);

    EXPECT_THAT(broken(), HasSubstr("only of the person who signed"));
}

TEST_F(BrokenRules, ASessionOfAnotherPersonIsTold) {
    scanned();
    confirm();
    scene.does(scene.browser.redeems());
    scene.record.given.back().person_id = scene.hao.id;

    EXPECT_THAT(broken(), HasSubstr("got a session of"));
}

TEST_F(BrokenRules, ARoomThatTellsARefusalTwiceIsTold) {
    scanned();
    scene.does(scene.owner.denies(token));
    ASSERT_EQ(broken(), "");
    token = scene.newest_tokens.front();
    scanned();

    scene.room.denied(ticket());
    scene.sweep();

    EXPECT_THAT(broken(), HasSubstr("told more refusals than there were"));
}

TEST_F(BrokenRules, AConnectionThatIsClosedTwiceIsTold) {
    scanned();
    confirm();
    scene.does(scene.browser.redeems());
    ASSERT_EQ(broken(), "");
    scene.record.connections.back().closes.push_back(1000);

    EXPECT_THAT(broken(), HasSubstr("was closed twice"));
}

TEST_F(BrokenRules, ARoomThatEndsASeatNobodyRedeemedIsTold) {
    const Ticket open = scanned();

    scene.room.redeemed(open);
    scene.sweep();

    EXPECT_THAT(broken(), HasSubstr("told more logins than there were"));
}

TEST_F(BrokenRules, ATicketThatComesBackToLifeIsTold) {
    scanned();
    scene.does(scene.owner.denies(token));
    ASSERT_EQ(broken(), "");
    scene.record.settled.at(token).life.state = TicketState::expired;

    EXPECT_THAT(text_of(broken_at_rest(scene)), HasSubstr("stays as it ended"));
}

TEST_F(BrokenRules, ASessionThatNobodyHoldsIsLeftOver) {
    scene.pc.is_logged_in(scene.lin);
    scene.pc.get("/api/v1/session");
    scene.pc.cookies.clear();
    scene.comes_to_rest();

    EXPECT_THAT(text_of(broken_at_rest(scene)), HasSubstr("a session that no browser holds"));
}

TEST_F(BrokenRules, ASessionOfABrowserThatWasReplacedLastsUntilItIsIdle) {
    scene.pc.is_logged_in(scene.lin);
    scene.pc.get("/api/v1/session");
    scene.browser.is_another_one();
    scene.comes_to_rest();

    EXPECT_EQ(text_of(broken_at_rest(scene)), "");
}

TEST_F(BrokenRules, AnErrorOfTheServerIsTold) {
    scene.failing().fate = [](std::string_view) { return Fate::not_done; };
    const std::uint64_t before = scene.failing().failures();
    EXPECT_EQ(scene.alone(scene.pc.request(Method::post, "/api/v1/captcha")).status, 503);
    EXPECT_GT(scene.failing().failures(), before);
    Move granted = scene.browser.visits();
    granted.must_be_refused = true;
    scene.failing().fate = {};
    scene.all_at_once({granted});

    EXPECT_THAT(broken(), HasSubstr("the attacker was not refused"));
}

}  // namespace
}  // namespace qrgate::tests::simulation
