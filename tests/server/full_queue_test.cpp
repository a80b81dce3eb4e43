// What is answered while a side of the workers has no room: at once, 503 with Retry-After, and nothing is
// used up.
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <list>
#include <optional>
#include <utility>

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

TEST_F(WhileBusy, WhoIsLookedUpHoldsAPlaceInTheLine) {
    const auto body = pc.login_body(lin);
    {
        std::list<PasswordHasher::Place> on_their_way;
        for (std::size_t i = 0; i < hashing.queue_limit(); ++i)
            on_their_way.emplace_back(passwords);
        EXPECT_TRUE(passwords.is_full());
        EXPECT_EQ(pc.post("/api/v1/login/password", body).status, 503);
        on_their_way.pop_back();
        EXPECT_EQ(pc.post("/api/v1/login/password", body).status, 200);
    }
    EXPECT_FALSE(passwords.is_full());
}

TEST_F(WhileBusy, TheDoorsThatHashRefuseBeforeAnythingIsRead) {
    const auto refused = [&](std::string_view path, std::string language, std::string type,
                             std::string accept) {
        Request request;
        request.method = Method::post;
        request.path = path;
        request.body = "neither JSON nor a form";
        request.headers = {{"Accept-Language", std::move(language)},
                           {"Content-Type", std::move(type)},
                           {"Accept", std::move(accept)}};
        return at_once(request);
    };
    const std::array<std::string_view, 5> doors{"/api/v1/login/password", "/api/v1/phone/login",
                                                "/api/v1/password", "/api/v1/password/reset/finish",
                                                "/api/v1/register/finish"};
    const std::string json = "application/json";
    for (std::string_view door : doors)
        EXPECT_FALSE(refused(door, "en", json, json)) << door << ": there is room";

    const FullQueue full(*this, io, hashing);
    for (std::string_view door : doors) {
        const auto english = refused(door, "en", json, json);
        ASSERT_TRUE(english) << door;
        EXPECT_EQ(english->status, 503);
        EXPECT_EQ(code_of(*english), "busy");
        EXPECT_EQ(values_of(*english, "Retry-After"),
                  values_of(error_answer(Errc::busy, Language::en), "Retry-After"));
        EXPECT_NE(english->body, refused(door, "zh-CN", json, json)->body) << door;
    }
    EXPECT_FALSE(refused(doors[0], "zh", "application/x-www-form-urlencoded", "text/html")) << "gets a page";
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
