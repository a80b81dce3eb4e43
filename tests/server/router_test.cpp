#include "server/router.hpp"
#include "storage/task.hpp"
#include "tests/case_name.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <stdexcept>

namespace qrgate {
namespace {

Task<Response> say_values(Request request) {
    std::string all;
    for (const auto& value : request.path_values)
        all += value + ";";
    co_return json_answer(200, all);
}

Task<Response> say_literal(Request) {
    co_return json_answer(200, "literal");
}

Response ask(const Router& router, Method method, std::string path) {
    asio::io_context io;
    std::optional<Response> answer;
    Request request;
    request.method = method;
    request.path = std::move(path);
    asio::co_spawn(io, router.dispatch(std::move(request)),
                   [&](std::exception_ptr thrown, Response response) {
                       if (thrown) std::rethrow_exception(thrown);
                       answer = std::move(response);
                   });
    io.run();
    return *answer;
}

Router example() {
    Router router;
    router.add(Method::post, "/api/v1/phone/tickets/{token}/scan", say_values);
    router.add(Method::get, "/api/v1/phone/tickets/{token}", say_values);
    router.add(Method::get, "/api/v1/captcha/{id}.wav", say_values);
    router.add(Method::get, "/demo/{id}", say_values);
    router.add(Method::get, "/demo/people", say_literal);
    router.add(Method::get, "/login", say_literal);
    router.add(Method::post, "/login", say_literal);
    return router;
}

TEST(Router, GivesTheHandlerWhatTheBracesMatched) {
    Router router = example();

    Response answer = ask(router, Method::post, "/api/v1/phone/tickets/a-_9/scan");

    EXPECT_EQ(answer.body, "a-_9;");
    EXPECT_EQ(answer.route, "/api/v1/phone/tickets/{token}/scan");
}

TEST(Router, MatchesAValueBeforeALiteralEnding) {
    EXPECT_EQ(ask(example(), Method::get, "/api/v1/captcha/x1.wav").body, "x1;");
    EXPECT_EQ(ask(example(), Method::get, "/api/v1/captcha/.wav").status, 404);
    EXPECT_EQ(ask(example(), Method::get, "/api/v1/captcha/x1.png").status, 404);
}

TEST(Router, PrefersTheLiteralPattern) {
    EXPECT_EQ(ask(example(), Method::get, "/demo/people").body, "literal");
}

class UnknownPath : public testing::TestWithParam<const char*> {};

TEST_P(UnknownPath, IsNotFound) {
    EXPECT_EQ(ask(example(), Method::get, GetParam()).status, 404);
}

INSTANTIATE_TEST_SUITE_P(Paths, UnknownPath,
                         testing::Values("/", "", "/login/", "//login", "/Login", "/x/../login", "/demo/..",
                                         "/demo/.", "/demo/%2e%2e", "/demo/a%2fb", "/demo/", "/demo/a/b",
                                         "/demo/a b", "/./login", "/login;x", "/api/v1/phone/tickets//scan",
                                         "login"),
                         [](const auto& what) { return test::case_name(what.index, what.param); });

TEST(Router, NamesTheMethodsOfAPathAskedWithAnotherOne) {
    Response answer = ask(example(), Method::del, "/login");

    EXPECT_EQ(answer.status, 405);
    ASSERT_TRUE(answer.has("allow"));
    for (const auto& [name, value] : answer.headers) {
        if (name == "Allow") {
            EXPECT_EQ(value, "GET, HEAD, POST");
        }
    }
}

TEST(Router, SendsHeadToTheGetHandler) {
    EXPECT_EQ(ask(example(), Method::head, "/login").status, 200);
}

TEST(Router, RefusesTheSameRouteTwice) {
    Router router = example();

    EXPECT_THROW(router.add(Method::get, "/login", say_literal), std::logic_error);
}

TEST(Router, ListsItsRoutes) {
    Router router = example();

    ASSERT_EQ(router.routes().size(), 7u);
    EXPECT_EQ(router.routes().front().pattern, "/api/v1/phone/tickets/{token}/scan");
}

}  // namespace
}  // namespace qrgate
