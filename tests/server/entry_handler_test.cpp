// Context and drawn captchas: what every page asks first; and the pages themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "server/page.hpp"
#include "tests/server/handler_actors.hpp"
#include "web/assets.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Entry : public testing::Test, protected Fixture {
protected:
    Pc pc{*this};
};

TEST_F(Entry, TellsWhatIsEnabledAndWhatTimeItIs) {
    const auto body = json_of(pc.get("/api/v1/context"));

    EXPECT_EQ(body.at("methods"), (boost::json::value{"password", "qr"}));
    EXPECT_EQ(body.at("server_time").as_string(), "2026-11-22T08:00:00Z");
    EXPECT_EQ(body.at("origin").as_string(), "https://login.example");
    EXPECT_FALSE(body.at("demo").as_bool());
    EXPECT_FALSE(body.at("password_policy").as_string().empty());
    EXPECT_FALSE(body.at("version").as_string().empty());
}

TEST_F(Entry, GivesAPreSessionOnlyWhereNoneIsValid) {
    for (const char* path : {"/api/v1/context", "/login", "/login/captcha.png"}) {
        Pc visitor{*this};
        EXPECT_THAT(
            values_of(visitor.get(path), "Set-Cookie"),
            ElementsAre(testing::MatchesRegex("qrgate-pre=[0-9A-Za-z_-]+; Path=/; HttpOnly; SameSite=Lax")))
            << path;
        EXPECT_THAT(values_of(visitor.get(path), "Set-Cookie"), IsEmpty()) << path;
        visitor.cookies["qrgate-pre"].back() ^= 1;
        EXPECT_THAT(values_of(visitor.get(path), "Set-Cookie"), SizeIs(1)) << path << ", forged";
        advance(24h);
        EXPECT_THAT(values_of(visitor.get(path), "Set-Cookie"), SizeIs(1)) << path << ", a day old";
    }
}

TEST_F(Entry, DrawsCaptchas) {
    const Response made = pc.post("/api/v1/captcha");

    EXPECT_EQ(made.status, 200);
    const auto body = json_of(made);
    EXPECT_THAT(std::string(body.at("id").as_string()), StartsWith("a"));
    EXPECT_THAT(std::string(body.at("image").as_string()), StartsWith("data:image/png;base64,iVBOR"));
    EXPECT_EQ(body.at("expires_in").as_int64(), 600);
    EXPECT_THAT(values_of(made, "Set-Cookie"), SizeIs(1));
}

TEST_F(Entry, RefusesCaptchasToForeignPages) {
    EXPECT_EQ(code_of(pc.post("/api/v1/captcha", {{"type", "none"}})), "bad_request");
    pc.origin = "null";
    EXPECT_EQ(code_of(pc.post("/api/v1/captcha")), "origin_refused");
    pc.origin.clear();
    EXPECT_EQ(pc.post("/api/v1/captcha").status, 200) << "no cookies, no Origin: nothing to steal";
    EXPECT_EQ(code_of(pc.post("/api/v1/captcha")), "origin_refused") << "cookies, but no Origin";
}

TEST_F(Entry, LimitsCaptchasOfAnAddress) {
    for (int i = 0; i < 150; ++i) {
        ASSERT_EQ(pc.post("/api/v1/captcha").status, 200);
        ASSERT_EQ(pc.get("/login/captcha.png").status, 200);
    }

    const Response refused = pc.post("/api/v1/captcha");

    EXPECT_EQ(code_of(refused), "too_many");
    EXPECT_THAT(values_of(refused, "Retry-After"), ElementsAre("300"));
    EXPECT_EQ(pc.get("/login/captcha.png").status, 429);
    Pc elsewhere{*this};
    elsewhere.address = "198.51.100.7";
    EXPECT_EQ(elsewhere.post("/api/v1/captcha").status, 200);
    advance(300s);
    EXPECT_EQ(pc.post("/api/v1/captcha").status, 200);
}

// --- pages

TEST_F(Entry, ServesItsPages) {
    for (const char* path : {"/login", "/login?tab=qr", "/account", "/phone", "/s/TOKEN"}) {
        const Response page = pc.get(path);
        EXPECT_EQ(page.status, 200) << path;
        EXPECT_THAT(values_of(page, "Content-Type"), ElementsAre("text/html; charset=utf-8")) << path;
        EXPECT_THAT(std::string(page.static_body), StartsWith("<!doctype html>")) << path;
    }
    EXPECT_THAT(values_of(pc.get("/"), "Location"), ElementsAre("/login"));
}

TEST_F(Entry, ServesTheSamePageForLiveAndDeadTokens) {
    Socket socket = pc.sit();
    const Response live = pc.get("/s/" + socket.hear().text("token"));
    const Response dead = pc.get("/s/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

    EXPECT_EQ(live.static_body, dead.static_body);
    EXPECT_EQ(live.headers, dead.headers);
    EXPECT_EQ(pc.get("/s/a%2e").status, 404);
    EXPECT_TRUE(socket.has_nothing_to_hear());
}

TEST_F(Entry, ServesPagesInTheLanguageAsked) {
    Request english = pc.request(Method::get, "/login");
    english.headers.emplace_back("accept-language", "en");

    EXPECT_THAT(std::string(pc.send(english).static_body), HasSubstr("lang=\"en\""));
    EXPECT_THAT(std::string(pc.get("/login").static_body), HasSubstr("lang=\"zh-CN\""));
    EXPECT_THAT(std::string(pc.get("/login?lang=en").static_body), HasSubstr("lang=\"en\""));
}

TEST_F(Entry, ServesAssetsCompressedAndUnchanged) {
    for (const WebAsset& asset : web_assets()) {
        if (asset.path.ends_with(".html") || asset.br.empty()) continue;
        Request asked = pc.request(Method::get, asset.path);
        asked.headers.emplace_back("accept-encoding", "gzip, br");
        const Response first = pc.send(asked);
        ASSERT_EQ(first.status, 200) << asset.path;
        EXPECT_THAT(values_of(first, "Content-Encoding"), ElementsAre("br"));
        asked.headers.emplace_back("if-none-match", values_of(first, "ETag").at(0));
        EXPECT_EQ(pc.send(asked).status, 304) << asset.path;
    }
}

TEST_F(Entry, KnowsNoOtherPathsAndMethods) {
    EXPECT_EQ(code_of(pc.get("/login/")), "not_found");
    EXPECT_EQ(code_of(pc.get("/login.html")), "not_found");
    EXPECT_EQ(code_of(pc.get("/demo")), "not_found");
    EXPECT_EQ(code_of(pc.get("/api/v1/captcha")), "method_not_allowed");
    EXPECT_THAT(values_of(pc.get("/api/v1/captcha"), "Allow"), ElementsAre("POST"));
    EXPECT_EQ(code_of(pc.post("/login")), "method_not_allowed");
}

TEST_F(Entry, SendsADemosVisitorToItsOneName) {
    config.demo = true;
    config.public_origin = "http://localhost:8080";
    Request asked = pc.request(Method::get, "/login?tab=qr");
    asked.headers.emplace_back("host", "127.0.0.1:8080");

    const Response moved = pc.send(asked);

    EXPECT_EQ(moved.status, 303);
    EXPECT_THAT(values_of(moved, "Location"), ElementsAre("http://localhost:8080/login?tab=qr"));
}

TEST_F(Entry, GivesThePageThatRunsTheQrTabsScriptFirstWhereTheQrTabIsAsked) {
    for (const char* asked : {"/login?tab=qr", "/login?tab=qr&lang=en"}) {
        const std::string_view page = pc.get(asked).static_body;
        const std::size_t first = page.find("src=\"/assets/qr_tab-");
        ASSERT_NE(first, page.npos) << asked;
        EXPECT_LT(first, page.find("src=\"/assets/login-")) << asked;
    }
    for (const char* other : {"/login", "/login?tab=sms", "/login?tab=qrs"})
        EXPECT_THAT(std::string(pc.get(other).static_body), Not(HasSubstr("/assets/qr_tab-"))) << other;
}

// Of a page that its reader looks at; nullopt: no code in it.
std::optional<std::string> code_in(const Response& page) {
    constexpr std::string_view before = "<body data-message=\"";
    const std::size_t from = page.body.find(before);
    if (from == std::string::npos) return std::nullopt;
    std::string message = page.body.substr(from + before.size());
    message.resize(message.find("\">"));
    for (std::size_t at; (at = message.find("&quot;")) != std::string::npos;)
        message.replace(at, 6, "\"");
    return message;
}

class PageWithCode : public Entry {
protected:
    Response open(Pc& who, std::pair<std::string, std::string> more = {}) {
        Request asked = who.request(Method::get, "/login?tab=qr");
        asked.headers.emplace_back("sec-fetch-dest", "document");
        if (!more.first.empty()) asked.headers.push_back(std::move(more));
        return who.send(asked);
    }
};

TEST_F(PageWithCode, HasTheCodeThatTheSocketShowsToo) {
    const Response page = open(pc);

    const auto message = code_in(page);
    ASSERT_TRUE(message) << page.body.substr(0, 600);
    EXPECT_THAT(page.body, StartsWith("<!doctype html>"));
    EXPECT_THAT(page.body, HasSubstr("src=\"/assets/qr_tab-"));
    EXPECT_THAT(values_of(page, "Cache-Control"), ElementsAre("no-store"));
    EXPECT_THAT(values_of(page, "ETag"), IsEmpty());
    EXPECT_THAT(values_of(page, "Set-Cookie"), SizeIs(1));
    const auto in_page = boost::json::parse(*message).as_object();
    EXPECT_EQ(in_page.at("type").as_string(), "code");
    EXPECT_EQ(pc.sit().hear().text("token"), in_page.at("token").as_string());
}

TEST_F(PageWithCode, GivesACodeToNewBrowsersOnly) {
    pc.get("/api/v1/context");

    EXPECT_FALSE(code_in(open(pc)));
    EXPECT_EQ(room.seats(), 0u);
}

TEST_F(PageWithCode, GivesACodeOnlyToWhoLooksAtThePage) {
    for (const char* dest : {"image", "iframe", "empty", ""}) {
        Pc visitor{*this};
        Request asked = visitor.request(Method::get, "/login?tab=qr");
        if (*dest != '\0') asked.headers.emplace_back("sec-fetch-dest", dest);
        EXPECT_EQ(visitor.send(asked).status, 200) << dest;
    }
    Pc ahead{*this};
    open(ahead, {"sec-purpose", "prefetch;prerender"});
    Pc head{*this};
    Request asked = head.request(Method::head, "/login?tab=qr");
    asked.headers.emplace_back("sec-fetch-dest", "document");
    head.send(asked);
    Pc other_tab{*this};
    Request sms = other_tab.request(Method::get, "/login?tab=sms");
    sms.headers.emplace_back("sec-fetch-dest", "document");
    EXPECT_FALSE(code_in(other_tab.send(sms)));

    EXPECT_EQ(room.seats(), 0u);
}

}  // namespace
}  // namespace qrgate::tests
