// POST /bench/push, the load test's door.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "server/handlers/handlers.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

class BenchDoor : public testing::Test, protected Fixture {
protected:
    BenchDoor() {
        add_bench_routes(router, services);
        load.address = "127.0.0.1";
    }

    Pc pc{*this};
    Pc load{*this};
};

TEST_F(BenchDoor, SaysThePresentMessageAgainWithTheNextSeq) {
    Socket socket = pc.sit();
    const auto code = socket.hear().json();

    EXPECT_EQ(load.post("/bench/push", {{"token", code.at("token")}}).status, 204);
    const auto again = socket.hear().json();

    EXPECT_EQ(again.at("token"), code.at("token"));
    EXPECT_EQ(again.at("seq").to_number<int>(), code.at("seq").to_number<int>() + 1);
}

TEST_F(BenchDoor, TakesTheShortCodeAsItIsShown) {
    Socket socket = pc.sit();
    const auto code = socket.hear().json();

    EXPECT_EQ(load.post("/bench/push", {{"token", code.at("short_code")}}).status, 204);
    EXPECT_EQ(socket.hear().type(), "code");
}

TEST_F(BenchDoor, PushesAtOnceForWhoeverMayPush) {
    Socket socket = pc.sit();
    const boost::json::object body{{"token", socket.hear().json().at("short_code")}};
    const std::string octets = boost::json::serialize(body);

    for (std::string origin : {"", "https://login.example"}) {
        load.origin = origin;
        const auto answer = at_once(load.request(Method::post, "/bench/push", octets));
        ASSERT_TRUE(answer) << '"' << origin << '"';
        EXPECT_EQ(answer->status, 204);
        EXPECT_EQ(socket.hear().type(), "code");
    }
    for (std::string origin : {"https://elsewhere.example", "null"}) {
        load.origin = origin;
        EXPECT_FALSE(at_once(load.request(Method::post, "/bench/push", octets))) << origin;
    }
    load.origin = "";
    load.referer = "https://elsewhere.example/page";
    EXPECT_FALSE(at_once(load.request(Method::post, "/bench/push", octets)));
    load.referer = "";
    load.cookies["qrgate_pre"] = "of a page";
    EXPECT_FALSE(at_once(load.request(Method::post, "/bench/push", octets)));
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

TEST_F(BenchDoor, SaysWhenNobodyWaitsWithIt) {
    const Response answer = load.post("/bench/push", {{"token", "a1nobody"}});
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(code_of(answer), "ticket_unknown");
}

TEST_F(BenchDoor, IsClosedForOtherMachinesAndForeignPages) {
    Pc other{*this};
    const Response away = other.post("/bench/push", {{"token", "a"}});
    EXPECT_EQ(away.status, 404);
    EXPECT_EQ(code_of(away), "not_found");

    load.origin = "https://elsewhere.example";
    EXPECT_EQ(code_of(load.post("/bench/push", {{"token", "a"}})), "origin_refused");
}

TEST_F(BenchDoor, RefusesAnyOtherBody) {
    EXPECT_EQ(load.post("/bench/push", {}).status, 400);
    EXPECT_EQ(load.post("/bench/push", {{"token", "a"}, {"more", 1}}).status, 400);
}

}  // namespace
}  // namespace qrgate::tests
