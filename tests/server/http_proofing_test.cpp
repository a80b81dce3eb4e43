// The generic HTTP provider against a service that says what the test wants.
#include "server/proofing/http_proofing.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "server/http_client.hpp"
#include "server/proofing/callback_signature.hpp"
#include "storage/task.hpp"
#include "tests/server/support.hpp"

namespace qrgate::tests {
namespace {

class FakeHttp final : public HttpClient {
public:
    Task<Result<HttpReply>> call(HttpCall sent) override {
        last = std::move(sent);
        co_return reply;
    }
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : last.headers)
            if (key == name) return value;
        return {};
    }

    HttpCall last = {};
    Result<HttpReply> reply = HttpReply{.status = 200, .body = "{}"};
};

class HttpProofingTest : public ::testing::Test {
protected:
    template <class T>
    Result<T> run(Task<Result<T>> work) {
        std::optional<Result<T>> done;
        asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, Result<T> result) {
            if (error) std::rethrow_exception(error);
            done.emplace(std::move(result));
        });
        io.restart();
        io.run();
        return std::move(*done);
    }
    static Proofing open_one() {
        Proofing it;
        it.id = "p1";
        it.reference = "ref-1";
        return it;
    }
    Result<ProofingAnswer> answer(int status, std::string body) {
        http.reply = HttpReply{.status = status, .body = std::move(body)};
        return run(provider.query(open_one()));
    }

    asio::io_context io{1};
    FakeHttp http;
    MovableClock clock{WallTime(std::chrono::seconds(1'790'000'000))};
    HttpProofing provider{http, clock, {.url = "https://face.example/v1", .key = "key"}};
    ProofingOrder order{.proofing_id = "p1",
                        .identity_number = "11010119000101009X",
                        .name = "郝建国",
                        .callback_url = "https://login.example/api/v1/callbacks/proofing",
                        .return_url = "https://login.example/phone?proofing=p1"};
};

TEST_F(HttpProofingTest, PostsTheOrderSignedAsCallbacksAre) {
    http.reply = HttpReply{.status = 201, .body = R"({"reference":"ref-1","url":"https://face.example/go"})"};

    const auto begun = run(provider.start(order));

    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->reference, "ref-1");
    EXPECT_EQ(begun->url, "https://face.example/go");
    EXPECT_EQ(http.last.method, "POST");
    EXPECT_EQ(http.last.url, "https://face.example/v1/proofings");
    const auto body = boost::json::parse(http.last.body);
    EXPECT_EQ(body.at("identity_number").as_string(), order.identity_number);
    EXPECT_EQ(body.at("name").as_string(), order.name);
    EXPECT_EQ(body.at("kind").as_string(), "personal");
    EXPECT_EQ(body.at("callback_url").as_string(), order.callback_url);
    EXPECT_EQ(body.at("return_url").as_string(), order.return_url);
    EXPECT_TRUE(is_signed_message("key", http.header("X-Qrgate-Timestamp"), http.header("X-Qrgate-Signature"),
                                  http.last.body, clock.now()));
}

TEST_F(HttpProofingTest, TakesNoStartWithoutAReferenceAndAWebAddress) {
    for (const char* body :
         {"", "{}", "[]", R"({"reference":"r"})", R"({"url":"https://x"})",
          R"({"reference":"../admin","url":"https://x"})", R"({"reference":"r","url":"javascript:x"})
        ",
        R"({"reference":7,"url":"https://x"})"}) {
        http.reply = HttpReply{.status = 200, .body = body};
        EXPECT_EQ(run(provider.start(order)).error(), Errc::busy) << body;
    }
    http.reply = HttpReply{.status = 500, .body = R"({"reference":"r","url":"https://x"})"};
    EXPECT_EQ(run(provider.start(order)).error(), Errc::busy);
    http.reply = Errc::timed_out;
    EXPECT_EQ(run(provider.start(order)).error(), Errc::timed_out);
}

TEST_F(HttpProofingTest, AsksByReferenceWithThePathSigned) {
    const auto said = answer(200, R"({"state":"failed","event_id":"e1","reason":"mismatch"})");

    ASSERT_TRUE(said);
    EXPECT_EQ(said->state, ProofingState::failed);
    EXPECT_EQ(said->event_id, "e1");
    EXPECT_EQ(said->reason, "mismatch");
    EXPECT_EQ(http.last.method, "GET");
    EXPECT_EQ(http.last.url, "https://face.example/v1/proofings/ref-1");
    EXPECT_TRUE(is_signed_message("key", http.header("X-Qrgate-Timestamp"), http.header("X-Qrgate-Signature"),
                                  "/v1/proofings/ref-1", clock.now()));
}

TEST_F(HttpProofingTest, AnAnswerThatDecidesNothingIsNoVerdict) {
    EXPECT_EQ(answer(200, R"({"state":"open"})")->state, ProofingState::open);
    for (const char* body : {"", "{}", R"({"state":"passed"})", R"({"state":"expired","event_id":"e"})",
                             R"({"state":"PASSED","event_id":"e"})", R"([{"state":"passed"}])"})
        EXPECT_EQ(answer(200, body).error(), Errc::busy) << body;
    EXPECT_EQ(answer(404, R"({"state":"passed","event_id":"e"})").error(), Errc::busy);
}

TEST_F(HttpProofingTest, AsksNothingWhereTheProviderNeverBegan) {
    Proofing unknown = open_one();
    unknown.reference.clear();

    const auto said = run(provider.query(unknown));

    ASSERT_TRUE(said);
    EXPECT_EQ(said->state, ProofingState::open);
    EXPECT_EQ(http.last.url, "");
}

}  // namespace
}  // namespace qrgate::tests
