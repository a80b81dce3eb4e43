// The streams' and polls' requests: who may wait, and what is answered after the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;

class QrStream : public testing::Test, protected Fixture {
protected:
    QrStream() { pc.visit(); }
    boost::json::array polled(std::string_view query = "") {
        return json_of(pc.get("/api/v1/qr/poll" + std::string(query))).at("messages").as_array();
    }
    Pc pc{*this};
    const std::string events = "/api/v1/qr/events";
    const std::string poll = "/api/v1/qr/poll";
};

TEST_F(QrStream, AnswersEventsWithAStream) {
    Response answer = pc.get(events);

    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(values_of(answer, "Content-Type"), ElementsAre("text/event-stream; charset=utf-8"));
    EXPECT_TRUE(answer.take_over != nullptr);
}

TEST_F(QrStream, AnswersAPollWithTheCode) {
    const auto messages = polled();

    EXPECT_EQ(messages.at(0).at("type").as_string(), "code");
    EXPECT_EQ(room.seats(), 1u);
}

TEST_F(QrStream, GivesMoreTimeWhereItIsAskedFor) {
    EXPECT_EQ(polled("?easy=1").at(0).at("expires_in").as_int64(), 240);
}

TEST_F(QrStream, RefusesWhoHasNoPreSession) {
    pc.cookies.clear();

    EXPECT_EQ(code_of(pc.get(events)), "origin_refused");
    EXPECT_EQ(code_of(pc.get(poll)), "origin_refused");
}

TEST_F(QrStream, RefusesForeignPages) {
    for (const auto& [header, value] :
         {std::pair("origin", "https://elsewhere.example"),
          std::pair("referer", "https://elsewhere.example/x"), std::pair("sec-fetch-site", "cross-site")}) {
        for (const std::string& path : {events, poll}) {
            Request foreign = pc.request(Method::get, path);
            foreign.headers.emplace_back(header, value);
            EXPECT_EQ(code_of(pc.send(foreign)), "origin_refused") << header << path;
        }
    }
    EXPECT_EQ(room.seats(), 0u);
}

TEST_F(QrStream, TakesABrowserThatSendsNoOriginWithItsGet) {
    Request plain = pc.request(Method::get, poll);
    std::erase_if(plain.headers, [](const auto& header) { return header.first == "origin"; });

    EXPECT_EQ(pc.send(plain).status, 200);
}

TEST_F(QrStream, RefusesAnAfterThatIsNone) {
    EXPECT_EQ(code_of(pc.get(poll + "?after=last")), "bad_request");
    EXPECT_EQ(room.seats(), 0u);
}

TEST_F(QrStream, HasNothingForWhoComesBackAfterTheEnd) {
    polled();
    const Pending waiting = begin(pc.request(Method::get, poll + "?after=1"));
    turn_until([&] { return room.connections() == 1; });
    advance(301s);
    EXPECT_EQ(json_of(finish(waiting)).at("messages").as_array().back().at("code").as_int64(), 4000);

    EXPECT_EQ(pc.get(poll + "?after=1").status, 204);
    Request again = pc.request(Method::get, events);
    again.headers.emplace_back("last-event-id", "1");
    EXPECT_EQ(pc.send(again).status, 204);
}

TEST_F(QrStream, StartsAfreshForWhoAsksAnewAfterTheEnd) {
    polled();
    const Pending waiting = begin(pc.request(Method::get, poll + "?after=1"));
    turn_until([&] { return room.connections() == 1; });
    advance(301s);
    finish(waiting);

    EXPECT_EQ(polled().at(0).at("type").as_string(), "code");
}

TEST_F(QrStream, HasNothingForAStreamThatWasSuperseded) {
    Request again = pc.request(Method::get, events);
    again.headers.emplace_back("last-event-id", "closed");

    EXPECT_EQ(pc.send(again).status, 204);
}

TEST_F(QrStream, PollsAWholeLogin) {
    Phone phone{*this, lin};
    phone.has_certificate();
    const std::string token(polled().at(0).at("token").as_string());
    const std::string text = text_of(phone.scan(token));
    EXPECT_EQ(polled("?after=1").at(0).at("type").as_string(), "scanned");
    phone.confirm(token, text);
    EXPECT_EQ(polled("?after=2").at(0).at("type").as_string(), "confirmed");

    EXPECT_EQ(pc.redeem().status, 200);
    EXPECT_EQ(pc.get(poll + "?after=3").status, 403) << "the pre-session has ended with the login";
}

}  // namespace
}  // namespace qrgate::tests
