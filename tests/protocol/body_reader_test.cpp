#include "protocol/body_reader.hpp"
#include "tests/case_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace qrgate {
namespace {

using namespace std::string_literals;
using testing::Contains;
using testing::Key;
using testing::SizeIs;

std::string nested(int depth) {
    std::string text = "1";
    for (int i = 0; i < depth; ++i)
        text = R"({"a":)" + text + "}";
    return text;
}

bool is_readable(const std::string& body) {
    BodyReader reader = BodyReader::json(body);
    return reader.ok();
}

TEST(JsonBody, GivesItsTexts) {
    BodyReader reader = BodyReader::json(R"({"kind":"personal","name":"张三\u4e30","empty":""})");

    EXPECT_EQ(reader.text("kind"), "personal");
    EXPECT_EQ(reader.text("name"), "张三丰");
    EXPECT_EQ(reader.text("empty"), "");
    EXPECT_EQ(reader.optional_text("absent"), std::nullopt);
    EXPECT_TRUE(reader.ok());
    EXPECT_FALSE(reader.finish());
}

TEST(JsonBody, IsAnEmptyObjectWhenThereIsNone) {
    BodyReader reader = BodyReader::json("");

    EXPECT_TRUE(reader.ok());
    EXPECT_FALSE(reader.finish());
}

class BadJson : public testing::TestWithParam<std::string> {};
TEST_P(BadJson, IsRefusedAsAWholeWithoutNamingFields) {
    BodyReader reader = BodyReader::json(GetParam());
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.text("a"), "");

    const auto problem = reader.finish();

    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->errc, Errc::bad_request);
    EXPECT_THAT(problem->fields, SizeIs(0));
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, BadJson,
    testing::Values("{"s, "[]"s, "null"s, "1"s, "\"a\""s, " "s, "{}x"s, "{}{}"s, "{},"s, R"({"a":1,})"s,
                    R"({a:1})"s, R"({'a':1})"s, R"({"a":"1")"s, R"({"a":NaN})"s, R"({"a":Infinity})"s,
                    R"({"a":01})"s, R"({"a":1e400})"s, R"({"a":"b"}/**/)"s, "{\"a\":\"\n\"}"s,
                    "\xEF\xBB\xBF{}"s,
                    // the same key twice, also when spelled otherwise or further in
                    R"({"a":"1","a":"2"})"s, R"({"a":"1","\u0061":"2"})"s, R"({"o":{"a":1,"a":2}})"s,
                    R"({"o":[{"a":1,"a":2}]})"s, R"({"a":"1","b":{},"a":"1"})"s,
                    // NUL, lone surrogates, broken UTF-8
                    R"({"a":"\u0000"})"s, R"({"\u0000":"a"})"s, "{\"a\":\"\0\"}"s, R"({"a":"\ud800"})"s,
                    R"({"a":"\udc00"})"s, R"({"a":"\ud800\ud800"})"s, "{\"a\":\"\xFF\"}"s,
                    "{\"a\":\"\xED\xA0\x80\"}"s,
                    // nothing that grows without bound
                    nested(9), std::string(16'000, '['), "{\"a\":"s + std::string(16'000, '[')),
    [](const auto& what) { return test::case_name(what.index, what.param); });

TEST(JsonBody, MayBeEightDeepAndNoDeeper) {
    BodyReader eight = BodyReader::json(nested(8));
    BodyReader nine = BodyReader::json(nested(9));

    EXPECT_TRUE(eight.ok());
    EXPECT_FALSE(nine.ok());
}

TEST(JsonBody, MayUseOneKeyInTwoObjects) {
    EXPECT_TRUE(is_readable(R"({"o":{"a":1},"a":{"a":2},"l":[{"a":1},{"a":2}]})"));
}

TEST(JsonBody, TakesAPairOfSurrogatesAndLongEscapedTexts) {
    BodyReader reader = BodyReader::json(R"({"a":"\ud83d\ude00","b":")" + std::string(5000, 'x') + R"(\n"})");

    EXPECT_EQ(reader.text("a"), "\U0001F600");
    EXPECT_EQ(reader.text("b", 6000), std::string(5000, 'x') + "\n");
}

class WrongType : public testing::TestWithParam<std::string> {};
TEST_P(WrongType, IsNamedWhereATextIsAsked) {
    BodyReader reader = BodyReader::json(R"({"a":)" + GetParam() + "}");
    EXPECT_EQ(reader.text("a"), "");
    EXPECT_FALSE(reader.ok());

    const auto problem = reader.finish();

    ASSERT_TRUE(problem);
    EXPECT_THAT(problem->fields, Contains(Key("a")));
}
INSTANTIATE_TEST_SUITE_P(Values, WrongType,
                         testing::Values("1", "-0", "1.5", "18446744073709551615", "true", "null", "[]", "{}",
                                         R"(["a"])"),
                         [](const auto& what) { return test::case_name(what.index, what.param); });

TEST(JsonBody, NamesEveryFaultAtOnce) {
    BodyReader reader = BodyReader::json(R"({"kind":1,"long":"12345","extra":true})");
    reader.text("kind");
    reader.text("long", 4);
    reader.text("absent");
    reader.optional_text("optional");

    const auto problem = reader.finish();

    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->errc, Errc::bad_request);
    EXPECT_THAT(problem->fields, SizeIs(4));
    for (const char* key : {"kind", "long", "absent", "extra"})
        EXPECT_THAT(problem->fields, Contains(Key(key)));
}

TEST(JsonBody, SpeaksTheLanguageOfTheCaller) {
    BodyReader zh = BodyReader::json("{}");
    BodyReader en = BodyReader::json("{}");
    zh.text("a");
    en.text("a");

    EXPECT_EQ(zh.finish()->fields.at("a"), "请填写此项。");
    EXPECT_EQ(en.finish(Language::en)->fields.at("a"), "Please fill this in.");
}

TEST(JsonBody, KeepsTheFirstFaultOfAKeyAndTheCallersOwn) {
    BodyReader reader = BodyReader::json(R"({"number":"x"})");
    reader.text("number");
    reader.fault("number", "first");
    reader.fault("number", "second");

    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.finish()->fields.at("number"), "first");
}

TEST(JsonBody, DoesNotEchoManyOrLongUnknownKeys) {
    std::string many = R"({")" + std::string(2000, 'k') + R"(":1)";
    for (int i = 0; i < 50; ++i)
        many += ",\"k" + std::to_string(i) + "\":1";
    BodyReader reader = BodyReader::json(many + "}");

    const auto problem = reader.finish();

    ASSERT_TRUE(problem);
    EXPECT_THAT(problem->fields, SizeIs(8));
}

TEST(JsonBody, IsRefusedForAnUnknownKeyThatIsTooLongToName) {
    BodyReader reader = BodyReader::json(R"({")" + std::string(2000, 'k') + R"(":1})");

    EXPECT_TRUE(reader.finish());
}

TEST(Octets, AreBase64urlOfTheAskedSize) {
    BodyReader reader = BodyReader::json(R"({"three":"Zm9v","most":"Zm8"})");

    EXPECT_EQ(reader.octets("three", 3), (Bytes{'f', 'o', 'o'}));
    EXPECT_EQ(reader.octets("most", 0, 3), (Bytes{'f', 'o'}));
    EXPECT_FALSE(reader.finish());
}

TEST(Octets, AreRefusedInAnotherSizeOrSpelling) {
    for (const char* value : {"Zm8", "Zm9vYg", "Zm8=", "Zm+v", ""}) {
        BodyReader reader = BodyReader::json(R"({"a":")"s + value + R"("})");
        EXPECT_EQ(reader.octets("a", 3), Bytes{}) << value;
        EXPECT_TRUE(reader.finish()) << value;
    }
    BodyReader longer = BodyReader::json(R"({"a":"Zm9vYg"})");
    EXPECT_EQ(longer.octets("a", 0, 3), Bytes{});
    EXPECT_FALSE(longer.ok());
}

TEST(Objects, AreGivenWhole) {
    BodyReader reader = BodyReader::json(R"({"biometric":{"kind":"simulated"},"text":"a"})");

    EXPECT_EQ(reader.object("biometric").at("kind").as_string(), "simulated");
    EXPECT_TRUE(reader.ok());
    EXPECT_TRUE(reader.object("text").empty());
    EXPECT_TRUE(reader.object("absent").empty());
    EXPECT_THAT(reader.finish()->fields, SizeIs(2));
}

TEST(FormBody, IsDecodedAsBrowsersEncodeIt) {
    BodyReader reader = BodyReader::form("kind=personal&password=a%26b+c%2Bd&name=%E5%BC%A0&empty=&bare&&");

    EXPECT_EQ(reader.text("kind"), "personal");
    EXPECT_EQ(reader.text("password"), "a&b c+d");
    EXPECT_EQ(reader.text("name"), "张");
    EXPECT_EQ(reader.text("empty"), "");
    EXPECT_EQ(reader.text("bare"), "");
    EXPECT_FALSE(reader.finish());
}

TEST(FormBody, IsRefusedWhenItCannotBeReadInOneWay) {
    for (const std::string body :
         {"a=1&a=2", "a=1&%61=2", "a=%", "a=%4", "a=%zz", "a=%00", "a=%FF", "%C3=1", "a=\xFF"}) {
        BodyReader reader = BodyReader::form(body);
        EXPECT_FALSE(reader.ok()) << body;
        EXPECT_TRUE(reader.finish()) << body;
    }
}

}  // namespace
}  // namespace qrgate
