// Codes of waiting browsers while the token key rotates.
#include "tests/server/waiting_room_fixture.hpp"

namespace qrgate::room_test {
namespace {

TokenRing ring_of(std::optional<TokenKey> previous, TokenKey current) {
    TokenRing ring;
    ring.node = 'a';
    ring.current = current;
    ring.previous = previous;
    return ring;
}

TEST_F(Room, KeepsCodesOfTheFormerKeyAndMakesTheNextWithTheNewOne) {
    const TokenKey former{'1', sha256(as_bytes("former"))};
    const TokenKey fresh{'2', sha256(as_bytes("fresh"))};
    room_->use_ring(ring_of({}, former));
    Browser browser = sit(visitor("a"));
    const std::string first = browser.hear().text("token");
    ASSERT_EQ(first[1], '1');

    room_->use_ring(ring_of(former, fresh));

    auto claimed = room_->claim(first);
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->token, first);
    room_->release(first);
    EXPECT_TRUE(check_token(ring_of(former, fresh), first));
    advance(55s);
    const std::string second = browser.hear().text("token");
    EXPECT_EQ(second[1], '2');
    auto in_grace = room_->claim(first);
    ASSERT_TRUE(in_grace) << "the code before the one on show";
    EXPECT_EQ(in_grace->token, first);
    room_->release(first);
    ASSERT_TRUE(room_->claim(second));
}

TEST_F(Room, SaysTheCodeOfTheFormerKeyAgainToABrowserThatComesBack) {
    const TokenKey former{'1', sha256(as_bytes("former"))};
    room_->use_ring(ring_of({}, former));
    Browser browser = sit(visitor("a"));
    const std::string shown = browser.hear().text("token");

    room_->use_ring(ring_of(former, {'2', sha256(as_bytes("fresh"))}));
    Browser again = sit(visitor("a"));

    EXPECT_EQ(again.hear().text("token"), shown);
}

TEST_F(Room, ForgetsCodesOfAKeyThatHasLeftTheRing) {
    room_->use_ring(ring_of({}, {'1', sha256(as_bytes("former"))}));
    Browser browser = sit(visitor("a"));
    const std::string shown = browser.hear().text("token");

    room_->use_ring(ring_of({}, {'3', sha256(as_bytes("another"))}));

    EXPECT_FALSE(room_->claim(shown));
}

}  // namespace
}  // namespace qrgate::room_test
