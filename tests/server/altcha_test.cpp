// The captcha that asks nothing of a person. The vector was made and solved by altcha-lib 2.8.0 with these
// keys; tests/browser/captcha_ways.test.mjs lets that library solve ours.
#include "server/altcha.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

const WallTime now = parse_time("2026-11-22T08:00:00Z").value();
const AltchaKeys library_keys{"key of challenges", "key of solutions"};
constexpr std::string_view library_challenge =
    R"({"parameters":{"algorithm":"PBKDF2/SHA-256","cost":200,"data":{"holder":"0123456789abcdef0123456789abcdef"},)"
    R"("expiresAt":1795334400,"keyLength":32,"keyPrefix":"4bbf89d6f3ba7c379dcde7a722c5d8f3",)"
    R"("keySignature":"4f1a1b089a42956369fbc9e9376ab775b2516fcf21973de699d3b743628601b2",)"
    R"("nonce":"8fc4b7d2d67ce8f8e6b8e7935882b307","salt":"a4ac98a9506febc07f548bd0a3a04270"},)"
    R"("signature":"44cf423e23f276f94c63ef19181ad4ae24dda8a6da9c86890b2f2b82b922af7a"})";
constexpr std::string_view library_solution =
    R"({"counter":37,"derivedKey":"4bbf89d6f3ba7c379dcde7a722c5d8f399e6879c9ba98bff71be08bea8f3b41b","time":21.1})";

Digest holder(std::uint8_t first) {
    Digest digest{};
    digest[0] = first;
    return digest;
}

std::string base64(std::string_view text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                                        reinterpret_cast<const unsigned char*>(text.data()),
                                                        static_cast<int>(text.size()))));
    return out;
}

std::string payload(std::string_view challenge, std::string_view solution) {
    return base64("{\"challenge\":" + std::string(challenge) + ",\"solution\":" + std::string(solution) +
                  "}");
}

// As a browser would: the smallest counter whose key begins as asked.
std::string solved(std::string_view challenge) {
    const auto parameters = json::parse(challenge).at("parameters").as_object();
    const auto text = [&](const char* key) { return std::string(parameters.at(key).as_string()); };
    const Bytes nonce = from_hex(text("nonce")).value();
    const Bytes salt = from_hex(text("salt")).value();
    const auto cost = static_cast<std::uint32_t>(parameters.at("cost").as_int64());
    for (std::uint32_t counter = 0; counter < 1000; ++counter) {
        const std::string key = hex(derive_altcha_key(nonce, salt, counter, cost));
        if (!key.starts_with(text("keyPrefix"))) continue;
        return payload(challenge, json::serialize(json::object{
                                      {"counter", counter}, {"derivedKey", key}, {"time", 1.5}}));
    }
    return {};
}

TEST(AltchaFormat, IsTheLibrarysToTheLetter) {
    const auto read = read_altcha(payload(library_challenge, library_solution));

    ASSERT_TRUE(read);
    EXPECT_EQ(signed_challenge(read->parameters, library_keys), library_challenge);
    EXPECT_TRUE(is_solved(*read, library_keys));
    EXPECT_EQ(solved(library_challenge),
              payload(library_challenge,
                      R"({"counter":37,"derivedKey":)"
                      R"("4bbf89d6f3ba7c379dcde7a722c5d8f399e6879c9ba98bff71be08bea8f3b41b","time":1.5E0})"));
}

TEST(AltchaFormat, OtherKeysAndChangedFieldsAreNotOurs) {
    const std::string whole = payload(library_challenge, library_solution);
    EXPECT_FALSE(is_solved(read_altcha(whole).value(), {"another", library_keys.solutions}));
    EXPECT_FALSE(is_solved(read_altcha(whole).value(), {library_keys.challenges, "another"}));
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"\"cost\":200", "\"cost\":1"},
                                                          {"1795334400", "1895334400"},
                                                          {"0123456789abcdef0123", "1123456789abcdef0123"},
                                                          {"8fc4b7d2", "8fc4b7d3"},
                                                          {"a4ac98a9", "a4ac98a8"},
                                                          {"\"keyPrefix\":\"4b", "\"keyPrefix\":\"4c"},
                                                          {"4f1a1b08", "4f1a1b09"},
                                                          {"44cf423e", "44cf423f"}}) {
        std::string changed(library_challenge);
        const auto at = changed.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        changed.replace(at, from.size(), to);
        const auto read = read_altcha(payload(changed, library_solution));
        ASSERT_TRUE(read) << from;
        EXPECT_FALSE(is_solved(*read, library_keys)) << from;
    }
    const auto guessed = read_altcha(payload(
        library_challenge,
        R"({"counter":1,"derivedKey":"4bbf89d6f3ba7c379dcde7a722c5d8f300000000000000000000000000000000"})"));
    EXPECT_FALSE(is_solved(guessed.value(), library_keys)) << "the prefix alone is public";
}

TEST(AltchaFormat, IsNothingElse) {
    for (const std::string& text : {std::string(), std::string("a"), std::string("===="), std::string("!!!!"),
                                    base64("[]"), base64("{}"), base64("{\"challenge\":{},\"solution\":{}}"),
                                    payload("{\"parameters\":{\"algorithm\":\"SHA-1\"}}", library_solution),
                                    payload(library_challenge, "{\"counter\":1,\"derivedKey\":\"00\"}")})
        EXPECT_FALSE(read_altcha(text)) << text;
}

class AltchaTest : public testing::Test {
protected:
    std::string fresh(Digest whose = holder(1), WallTime at = now) {
        return tests::run(io, altcha.challenge(whose, at)).value();
    }
    asio::io_context io{1};
    tests::RepeatableRandom random;
    Altcha altcha{io.get_executor(), 100, 600s, 4, random};
    const Digest me = holder(1);
};

TEST_F(AltchaTest, CountsOnce) {
    const std::string answer = solved(fresh());

    EXPECT_TRUE(altcha.take(answer, me, now));
    EXPECT_FALSE(altcha.take(answer, me, now));
}

TEST_F(AltchaTest, CountsOnlyForItsHolderAndIsNotUsedUpByOthers) {
    const std::string answer = solved(fresh());

    EXPECT_FALSE(altcha.take(answer, holder(2), now));
    EXPECT_TRUE(altcha.take(answer, me, now));
}

TEST_F(AltchaTest, CountsUntilItIsOver) {
    const std::string late = solved(fresh());
    const std::string in_time = solved(fresh());

    EXPECT_TRUE(altcha.take(in_time, me, now + 599s));
    EXPECT_FALSE(altcha.take(late, me, now + 600s));
}

TEST_F(AltchaTest, GivesPatientPeopleLonger) {
    const std::string answer = solved(tests::run(io, altcha.challenge(me, now, 4)).value());

    EXPECT_TRUE(altcha.take(answer, me, now + 2399s));
}

TEST_F(AltchaTest, RefusesWhatAnotherProcessMade) {
    tests::RepeatableRandom other_random(7);
    Altcha other(io.get_executor(), 100, 600s, 4, other_random);

    EXPECT_FALSE(altcha.take(solved(tests::run(io, other.challenge(me, now)).value()), me, now));
}

TEST_F(AltchaTest, RemembersABoundedNumberAndForgetsNoneThatStillCounts) {
    std::vector<std::string> answers;
    for (int i = 0; i < 5; ++i)
        answers.push_back(solved(fresh()));
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(altcha.take(answers[static_cast<std::size_t>(i)], me, now));

    EXPECT_FALSE(altcha.take(answers[4], me, now)) << "no place to remember it";
    EXPECT_FALSE(altcha.take(answers[0], me, now));
    const std::string later = solved(fresh(me, now + 600s));
    EXPECT_TRUE(altcha.take(later, me, now + 600s)) << "the old ones are over";
}

TEST_F(AltchaTest, ChallengesAreNotAlikeAndSayNothingOfTheirHolder) {
    const std::string first = fresh();
    const std::string second = fresh();

    EXPECT_NE(json::parse(first).at("parameters").at("nonce"),
              json::parse(second).at("parameters").at("nonce"));
    EXPECT_THAT(first, testing::Not(testing::HasSubstr(hex(me).substr(0, 16))));
}

}  // namespace
}  // namespace qrgate
