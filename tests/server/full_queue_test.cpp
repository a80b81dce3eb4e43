// What is answered while a side of the workers has no room: at once, 503 with Retry-After, and nothing is
// used up.
#include <gtest/gtest.h>

#include <future>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

// Holds a side's one thread and fills its line, until it is let go.
class FullQueue {
public:
    FullQueue(Fixture& fixture, asio::io_context& io, Workers& side) : fixture_(fixture) {
        put(io, side);
        fixture_.turn_until([&] { return side.waiting() == 0; });
        for (std::size_t i = 0; i < side.queue_limit(); ++i)
            put(io, side);
        fixture_.turn_until([&] { return side.waiting() == side.queue_limit(); });
    }
    ~FullQueue() { let_go(); }
    FullQueue(const FullQueue&) = delete;
    FullQueue& operator=(const FullQueue&) = delete;

    void let_go() {
        if (let_go_) return;
        let_go_ = true;
        open_.set_value();
        fixture_.turn_until([&] { return left_ == 0; });
    }

private:
    void put(asio::io_context& io, Workers& side) {
        ++left_;
        asio::co_spawn(io, side.run([gate = gate_] { gate.wait(); }),
                       [this](std::exception_ptr, Result<void>) { --left_; });
        io.restart();
        io.poll();
    }

    Fixture& fixture_;
    std::promise<void> open_;
    std::shared_future<void> gate_ = open_.get_future().share();
    std::size_t left_ = 0;
    bool let_go_ = false;
};

class WhileBusy : public testing::Test, protected Fixture {
protected:
    Pc pc{*this};
};

TEST_F(WhileBusy, APasswordIsRefusedWithoutUsingUpItsCaptchaOrATry) {
    const auto body = pc.login_body(lin);
    FullQueue full(*this, io, hashing);

    for (int i = 0; i < 30; ++i) {
        const Response refused = pc.post("/api/v1/login/password", body);
        ASSERT_EQ(refused.status, 503);
        EXPECT_EQ(code_of(refused), "busy");
        EXPECT_EQ(values_of(refused, "Retry-After").size(), 1U);
        EXPECT_FALSE(json_of(refused).contains("captcha"));
    }
    full.let_go();

    EXPECT_EQ(pc.post("/api/v1/login/password", body).status, 200);
}

TEST_F(WhileBusy, ATicketThatCouldNotBeCheckedCanBeConfirmedLater) {
    Phone phone(*this, lin);
    phone.has_certificate();
    Socket socket = pc.sit();
    const std::string token = socket.hear().text("token");
    const std::string text = text_of(phone.scan(token));
    FullQueue full(*this, io, signing);

    const Response refused = phone.confirm(token, text);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(values_of(refused, "Retry-After").size(), 1U);
    full.let_go();

    EXPECT_EQ(phone.state_of(token), "scanned");
    EXPECT_EQ(phone.confirm(token, text).status, 204);
}

TEST_F(WhileBusy, OneSideDoesNotWaitForTheOther) {
    Phone phone(*this, lin);
    phone.has_certificate();
    Socket socket = pc.sit();
    const std::string token = socket.hear().text("token");
    const std::string text = text_of(phone.scan(token));
    const FullQueue full(*this, io, hashing);

    EXPECT_EQ(phone.confirm(token, text).status, 204);
}

}  // namespace
}  // namespace qrgate::tests
