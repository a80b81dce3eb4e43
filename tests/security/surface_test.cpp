// What can be reached at all, and what is left behind in logs, metrics and audit rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <set>

#include <regex>

#include "server/handlers/handlers.hpp"
#include "server/proofing/proofings.hpp"
#include "tests/server/handler_actors.hpp"
#include "web/assets.hpp"

namespace qrgate::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Surface : public testing::Test, protected Fixture {
protected:
    // "POST /api/v1/captcha" and so on, as docs/protocol.md names them.
    static std::set<std::string> documented() {
        const std::string page = read_file(std::filesystem::path(QRGATE_SOURCE_DIR) / "docs" / "protocol.md");
        const std::regex call("(GET|POST|PUT|DELETE) (/[0-9A-Za-z_./{}-]*)");
        std::set<std::string> calls;
        for (std::sregex_iterator each(page.begin(), page.end(), call), end; each != end; ++each)
            calls.insert((*each)[1].str() + " " + (*each)[2].str());
        return calls;
    }
    Surface() { add_proofing_routes(router, services, proofings); }

    Proofings proofings{services, nullptr, ""};
    Pc pc{*this};
};

TEST_F(Surface, HasNoUndocumentedPath) {
    add_demo_routes(router, services, outbox, clock);
    add_bench_routes(router, services);
    const std::set<std::string> known = documented();
    const std::set<std::string> pages{"GET /",        "GET /login", "GET /register", "GET /password/reset",
                                      "GET /account", "GET /phone", "GET /demo"};
    std::set<std::string> unknown;
    for (const Router::Route& route : router.routes()) {
        const std::string call = std::string(name_of(route.method)) + " " + route.pattern;
        const bool asset = route.method == Method::get && find_web_asset(route.pattern) != nullptr;
        if (!known.contains(call) && !pages.contains(call) && !asset) unknown.insert(call);
    }

    EXPECT_GT(known.size(), 30u);
    EXPECT_THAT(unknown, IsEmpty());
}

TEST_F(Surface, HasTheTestDoorsOnlyInTheDemo) {
    for (const Router::Route& route : router.routes())
        EXPECT_FALSE(route.pattern.starts_with("/demo")) << route.pattern;
    for (const char* path : {"/demo/people", "/demo/sms", "/demo/captcha/a", "/bench/push", "/metrics",
                             "/healthz", "/readyz", "/debug"})
        EXPECT_EQ(pc.get(path).status, 404) << path;
    EXPECT_EQ(pc.post("/demo/clock", {{"advance_s", 1}}).status, 404);
    EXPECT_EQ(pc.post("/bench/push", {{"token", "a"}}).status, 404) << "the load test's door is of --bench";
}

TEST_F(Surface, TakesNoPathTwoWays) {
    for (const char* path :
         {"/api/v1//session", "/api/v1/./session", "/api/v1/x/../session", "/api/v1/session/",
          "/API/v1/session", "/api/v1/%73ession", "//api/v1/session", "/api/v1/session;a=b"})
        EXPECT_EQ(pc.get(path).status, 404) << path;
}

// A whole login by phone, a wrong one by password, a certificate with its code: then everything that was kept
// is read.
TEST_F(Surface, Q19AndQ30NothingSecretIsLogged) {
    config.demo = true;
    Phone phone{*this, lin};
    const std::string challenge(
        json_of(phone.post("/api/v1/phone/certificates/start")).at("challenge").as_string());
    const std::string code = outbox.sent_to(lin.phone).front().text.substr(0, 6);
    const Response made = phone.post("/api/v1/phone/certificates", phone.certificate_body(code, challenge));
    ASSERT_EQ(made.status, 200) << made.body;
    phone.serial = json_of(made).at("serial").as_string();
    Socket socket = pc.sit();
    const std::string frame = socket.hear().payload;
    const std::string token(boost::json::parse(frame).at("token").as_string());
    const std::string pre_session = pc.cookies.at("qrgate-pre");
    std::vector<Response> answers{phone.scan(token)};
    const std::string text = text_of(answers.front());
    answers.push_back(phone.confirm(token, text));
    answers.push_back(phone.get("/api/v1/phone/tickets/" + token));
    answers.push_back(pc.redeem());
    ASSERT_EQ(answers.back().status, 200);
    const std::string session = pc.cookies.at("qrgate-session");
    Pc other{*this};
    Someone wrong = lin;
    wrong.password = "Canary#2026";
    other.log_in(wrong);

    std::string kept = metrics.text();
    for (const std::string& line : log_lines)
        kept += line + "\n";
    for (const AuditRow& row : audit_of(lin))
        kept += row.event.event + " " + row.event.outcome + " " + row.event.method + " " + row.event.subject +
                " " + row.trace.address + "\n";
    for (const Response& each : answers)
        kept += std::string(each.route) + "\n";

    EXPECT_THAT(kept, HasSubstr("ticket_redeemed"));
    EXPECT_THAT(kept, HasSubstr("/api/v1/phone/tickets/{token}/confirm"))
        << "what the access log says of a path";
    const std::string nonce = text.substr(text.find("nonce: ") + 7, 43);
    for (const std::string& secret : {token, pre_session, session, phone.bearer, nonce, code + " ", challenge,
                                      lin.number, lin.name, lin.phone, lin.password, wrong.password})
        EXPECT_THAT(kept, Not(HasSubstr(secret))) << secret;
}

}  // namespace
}  // namespace qrgate::tests
