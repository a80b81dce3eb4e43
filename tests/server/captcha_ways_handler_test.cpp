// The ways beside the drawn characters: spoken digits, and the work of the browser; for PCs and phones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view login = "/api/v1/login/password";
const std::string device = base64url(as_bytes("0123456789abcdef"));

class CaptchaWays : public testing::Test, protected Fixture {
protected:
    std::string shown() { return std::string(json_of(pc.post("/api/v1/captcha")).at("id").as_string()); }
    std::string digits_of(const std::string& id) { return captchas.spoken(id, clock.now()).value().digits; }
    static std::string sound_of(const std::string& id) { return "/api/v1/captcha/" + id + ".wav"; }

    // What a page's script does with GET …/pow.
    std::string worked_out(Pc& browser, const std::string& id) {
        const Response made = browser.get("/api/v1/captcha/" + id + "/pow");
        EXPECT_EQ(made.status, 200) << made.body;
        const auto parameters = json_of(made).at("parameters").as_object();
        const Bytes nonce = from_hex(parameters.at("nonce").as_string()).value();
        const Bytes salt = from_hex(parameters.at("salt").as_string()).value();
        const auto prefix = std::string(parameters.at("keyPrefix").as_string());
        std::string key;
        std::uint32_t counter = 0;
        for (; !key.starts_with(prefix); ++counter)
            key = hex(derive_altcha_key(nonce, salt, counter, config.captcha_work));
        return base64(boost::json::serialize(boost::json::object{
            {"challenge", json_of(made)}, {"solution", {{"counter", counter - 1}, {"derivedKey", key}}}}));
    }
    static std::string base64(std::string_view text) {
        std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
        out.resize(static_cast<std::size_t>(EVP_EncodeBlock(
            reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
            static_cast<int>(text.size()))));
        return out;
    }
    boost::json::object with_work(const std::string& payload, std::string_view password = "Demo#2026lin") {
        return {{"kind", "personal"},
                {"identity_number", lin.number},
                {"password", password},
                {"altcha", payload}};
    }

    Pc pc{*this};
};

TEST_F(CaptchaWays, AreNamedBesideThePicture) {
    const auto body = json_of(pc.post("/api/v1/captcha"));

    EXPECT_EQ(body.at("audio").as_string(), sound_of(std::string(body.at("id").as_string())));
    EXPECT_EQ(body.at("alternatives"), (boost::json::value{"pow"}));
}

TEST_F(CaptchaWays, TheDigitsAreSpokenAndNotStored) {
    const std::string id = shown();

    const Response sound = pc.get(sound_of(id));

    EXPECT_EQ(sound.status, 200);
    EXPECT_THAT(values_of(sound, "Content-Type"), ElementsAre("audio/wav"));
    EXPECT_THAT(values_of(sound, "Cache-Control"), ElementsAre("no-store"));
    EXPECT_THAT(sound.body, StartsWith("RIFF"));
    EXPECT_EQ(pc.get(sound_of(id)).body, sound.body) << "hearing it again is no other noise to compare";
}

TEST_F(CaptchaWays, TheSoundIsGivenInParts) {
    const std::string id = shown();
    const std::string whole = pc.get(sound_of(id)).body;
    const auto part = [&](std::string_view range) {
        Request asked = pc.request(Method::get, sound_of(id));
        asked.headers.emplace_back("range", range);
        return pc.send(asked);
    };

    const Response first = part("bytes=0-1");
    EXPECT_EQ(first.status, 206);
    EXPECT_EQ(first.body, whole.substr(0, 2));
    EXPECT_THAT(values_of(first, "Content-Range"), ElementsAre("bytes 0-1/" + std::to_string(whole.size())));
    EXPECT_EQ(part("bytes=100-").body, whole.substr(100));
    EXPECT_EQ(part("bytes=100-99999999").body, whole.substr(100));
    for (const char* odd : {"bytes=5-2", "bytes=", "bytes=-", "bytes=0-1,4-5", "bytes=x-", "lines=1-2",
                            "bytes=99999999-", "bytes=18446744073709551616-"}) {
        EXPECT_EQ(part(odd).status, 200) << odd;
        EXPECT_EQ(part(odd).body, whole) << odd;
    }
}

TEST_F(CaptchaWays, TheSpokenDigitsLogIn) {
    const std::string id = shown();
    auto body = pc.login_body(lin);
    body["captcha_id"] = id;
    body["captcha"] = digits_of(id);

    EXPECT_EQ(pc.post(login, body).status, 200);
    EXPECT_EQ(pc.get(sound_of(id)).status, 404) << "used up";
}

TEST_F(CaptchaWays, AWrongNumberUsesUpThePictureToo) {
    const std::string id = shown();
    auto body = pc.login_body(lin);
    body["captcha_id"] = id;
    body["captcha"] = digits_of(id) == "123456" ? "654321" : "123456";

    const Response refused = pc.post(login, body);

    EXPECT_EQ(code_of(refused), "captcha_wrong");
    EXPECT_THAT(std::string(json_of(refused).at("captcha").at("audio").as_string()), HasSubstr(".wav"));
    EXPECT_FALSE(captchas.answer_of(id));
}

TEST_F(CaptchaWays, HearingAnothersCaptchaIsOfNoUse) {
    const std::string id = shown();
    Pc stranger{*this};
    EXPECT_EQ(stranger.get(sound_of(id)).status, 200) << "players of phones send no cookie";
    auto body = stranger.login_body(lin);
    body["captcha_id"] = id;
    body["captcha"] = digits_of(id);

    EXPECT_EQ(code_of(stranger.post(login, body)), "captcha_wrong");
    body["captcha"] = captchas.answer_of(id).value();
    EXPECT_EQ(code_of(stranger.post(login, body)), "captcha_wrong");
    EXPECT_TRUE(captchas.spoken(id, clock.now())) << "and it is still the holder's";
}

TEST_F(CaptchaWays, TheSoundOfAnUnknownOrOldOneIsNotFound) {
    const std::string id = shown();
    EXPECT_EQ(pc.get("/api/v1/captcha/aAAAAAAAAAAAAAAAAAAAAAA.wav").status, 404);
    EXPECT_EQ(pc.get("/api/v1/captcha/aAAAAAAAAAAAAAAAAAAAAAA/pow").status, 404);
    advance(600s);
    EXPECT_EQ(pc.get(sound_of(id)).status, 404);
    EXPECT_EQ(pc.get("/api/v1/captcha/" + id + "/pow").status, 404);
}

TEST_F(CaptchaWays, AnAddressHearsOnlySoMany) {
    const std::string id = shown();
    // Unknown ones count too, and cost nothing to speak.
    for (int i = 0; i < 600; ++i)
        ASSERT_EQ(pc.get(sound_of("aAAAAAAAAAAAAAAAAAAAAAA")).status, 404);

    EXPECT_EQ(code_of(pc.get(sound_of(id))), "too_many");
    EXPECT_EQ(pc.get("/api/v1/captcha/" + id + "/pow").status, 200) << "the other way stays open";
}

TEST_F(CaptchaWays, TheWorkOfTheBrowserLogsIn) {
    const std::string payload = worked_out(pc, shown());

    EXPECT_EQ(pc.post(login, with_work(payload)).status, 200);
}

TEST_F(CaptchaWays, WorkCountsOnceAndIsUsedUpByAWrongPassword) {
    const std::string payload = worked_out(pc, shown());

    EXPECT_EQ(code_of(pc.post(login, with_work(payload, "Wrong#2026"))), "credentials_wrong");
    EXPECT_EQ(code_of(pc.post(login, with_work(payload))), "captcha_wrong");
    EXPECT_EQ(pc.post(login, with_work(worked_out(pc, shown()))).status, 200);
}

TEST_F(CaptchaWays, AnothersWorkDoesNotCount) {
    Pc stranger{*this};
    stranger.visit();
    const std::string payload = worked_out(stranger, shown());

    EXPECT_EQ(code_of(stranger.post(login, with_work(payload))), "captcha_wrong") << "asked for pc's captcha";
    EXPECT_EQ(pc.post(login, with_work(payload)).status, 200);
}

TEST_F(CaptchaWays, OldWorkDoesNotCount) {
    const std::string payload = worked_out(pc, shown());
    advance(600s);

    EXPECT_EQ(code_of(pc.post(login, with_work(payload))), "captcha_wrong");
}

TEST_F(CaptchaWays, ForgedWorkDoesNotCount) {
    pc.visit();
    for (const char* forged : {"AAAA", "e30=", "not base64", "eyJjaGFsbGVuZ2UiOnt9fQ=="})
        EXPECT_EQ(code_of(pc.post(login, with_work(forged))), "captcha_wrong") << forged;
}

TEST_F(CaptchaWays, AnAnswerIsOneWayOnly) {
    auto body = pc.login_body(lin);
    body["altcha"] = "AAAA";
    EXPECT_EQ(code_of(pc.post(login, body)), "bad_request");

    body["altcha"] = "";  // a hidden field that nothing has filled in
    EXPECT_EQ(pc.post(login, body).status, 200);
}

TEST_F(CaptchaWays, PhonesHaveTheSameWays) {
    const auto made = json_of(call(
        Phone{*this, lin}.request(Method::post, "/api/v1/phone/captcha", "{\"device\":\"" + device + "\"}")));
    const std::string id(made.at("id").as_string());
    Pc without_cookies{*this};
    without_cookies.origin.clear();
    EXPECT_THAT(without_cookies.get(std::string(made.at("audio").as_string())).body, StartsWith("RIFF"));
    auto body = with_work(worked_out(without_cookies, id));
    body["device"] = device;

    Request asked =
        without_cookies.request(Method::post, "/api/v1/phone/login", boost::json::serialize(body));
    asked.headers.emplace_back("content-type", "application/json");
    const Response answer = call(asked);

    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(code_of(pc.post(login, with_work(worked_out(pc, id)))), "captcha_wrong")
        << "bound to the device";
}

TEST_F(CaptchaWays, PeopleWhoNeedTimeGetFourTimesAsMuch) {
    const auto life = [&](std::string_view target) {
        return json_of(pc.post(target)).at("expires_in").as_int64();
    };
    EXPECT_EQ(life("/api/v1/captcha"), 600);
    EXPECT_EQ(life("/api/v1/captcha?easy=1"), 2400);
    pc.cookies["qrgate-easy"] = "1";
    EXPECT_EQ(life("/api/v1/captcha"), 2400);
    EXPECT_EQ(life("/api/v1/captcha?easy=0"), 600);

    auto body = pc.login_body(lin);
    body["captcha"] = "????";
    const auto refused = json_of(pc.post(login, body));
    EXPECT_EQ(refused.at("captcha").at("expires_in").as_int64(), 2400);
    const std::string id(refused.at("captcha").at("id").as_string());
    advance(2399s);
    body["captcha_id"] = id;
    body["captcha"] = digits_of(id);
    EXPECT_EQ(pc.post(login, body).status, 200);
}

TEST_F(CaptchaWays, PeopleWhoNeedTimeGetItForCodesByTextToo) {
    Phone phone{*this, lin};
    const auto life = [&](std::string_view query) {
        const auto body = json_of(phone.post("/api/v1/phone/certificates/start" + std::string(query)));
        advance(61s);
        return body.at("expires_in").as_int64();
    };

    EXPECT_EQ(life(""), 300);
    EXPECT_EQ(life("?easy=1"), 1200);
}

}  // namespace
}  // namespace qrgate::tests
