#include "server/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <limits>
#include <thread>
#include <vector>

#include "protocol/bytes.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

const WallTime now = parse_time("2026-11-22T08:00:00Z").value();

std::string text(LogFields fields) {
    return log_line(now, LogLevel::info, LogFormat::text, "event", fields);
}
std::string json(LogFields fields) {
    return log_line(now, LogLevel::info, LogFormat::json, "event", fields);
}

TEST(LogLine, LooksAsDocumented) {
    EXPECT_EQ(log_line(now, LogLevel::info, LogFormat::text, "http_request",
                       {{"method", "GET"}, {"path", "/login"}, {"status", 200}, {"ms", 3}}),
              "2026-11-22T08:00:00Z info http_request method=GET path=/login status=200 ms=3");
    EXPECT_EQ(
        log_line(now, LogLevel::warn, LogFormat::json, "http_request",
                 {{"method", "GET"}, {"status", 200}, {"ok", true}}),
        R"({"time":"2026-11-22T08:00:00Z","level":"warn","event":"http_request","method":"GET","status":200,"ok":true})");
}

TEST(LogLine, WritesEveryKindOfValue) {
    const std::string owned = "owned";

    EXPECT_EQ(text({{"a", owned},
                    {"b", std::string_view("view")},
                    {"c", -1},
                    {"d", 1U},
                    {"e", std::size_t{18'446'744'073'709'551'615U}},
                    {"f", 1.5},
                    {"g", false}}),
              "2026-11-22T08:00:00Z info event a=owned b=view c=-1 d=1 e=18446744073709551615 f=1.5 g=false");
    EXPECT_EQ(text({{"nan", std::numeric_limits<double>::quiet_NaN()}}),
              "2026-11-22T08:00:00Z info event nan=null");
}

TEST(LogLine, QuotesWhatCouldBeReadAsTwoValues) {
    EXPECT_EQ(text({{"a", ""},
                    {"b", "two words"},
                    {"c", "x=1"},
                    {"d", "say \"hi\""},
                    {"e", "back\\slash"},
                    {"f", "张三"}}),
              "2026-11-22T08:00:00Z info event a=\"\" b=\"two words\" c=\"x=1\" d=\"say \\\"hi\\\"\" "
              "e=\"back\\\\slash\" f=\"张三\"");
}

TEST(LogLine, StaysOneLineWithoutControlCharactersWhateverIsInAValue) {
    std::string every_octet;
    for (int i = 0; i < 256; ++i)
        every_octet += static_cast<char>(i);
    const std::vector<std::string> evil{"a\r\nb",   "\x1b[2J",      std::string("a\0b", 3),
                                        "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xae",
                                        "\x7f",     "\xff\xfe",     every_octet};

    for (const auto& value : evil) {
        for (const auto& line : {text({{"v", value}}), json({{"v", value}})}) {
            for (const char c : line)
                EXPECT_TRUE(c < 0 || (c >= ' ' && c != 0x7f)) << line;
            EXPECT_TRUE(is_clean_utf8(line)) << line;
            for (const char* mark : {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xae"})
                EXPECT_EQ(line.find(mark), std::string::npos) << line;
        }
    }
    EXPECT_EQ(text({{"v", "a\r\nb"}}), "2026-11-22T08:00:00Z info event v=\"a\\u000d\\u000ab\"");
}

TEST(LogLine, IsValidJsonThatGivesTheValueBack) {
    const std::string value = "quote \" slash \\ line\n bell\x07 张三 🙂";

    const auto parsed = boost::json::parse(json({{"v", value}})).as_object();

    EXPECT_EQ(parsed.at("v").as_string(), value);
}

TEST(LogLine, CutsLongValuesAtACharacter) {
    std::string value;
    while (value.size() < 5000)
        value += "张";

    const std::string line = text({{"v", value}});

    EXPECT_LT(line.size(), 1200U);
    EXPECT_TRUE(is_clean_utf8(line));
    EXPECT_TRUE(line.ends_with("…\""));
}

TEST(LogLine, KeepsKeysAndEventsPlain) {
    EXPECT_EQ(log_line(now, LogLevel::info, LogFormat::text, "an event", {{"a key\n", 1}}),
              "2026-11-22T08:00:00Z info an_event a_key_=1");
}

TEST(Log, WritesOnlyWhatIsLoudEnough) {
    const tests::StillClock clock(now);
    std::vector<std::string> lines;
    Log log(clock, LogLevel::warn, LogFormat::text, [&](std::string_view line) { lines.emplace_back(line); });

    log.trace("a");
    log.debug("b");
    log.info("c");
    log.warn("d", {{"n", 1}});
    log.error("e");

    EXPECT_THAT(lines,
                testing::ElementsAre("2026-11-22T08:00:00Z warn d n=1", "2026-11-22T08:00:00Z error e"));
}

TEST(Log, TakesBracesAsTheyAre) {
    const tests::StillClock clock(now);
    std::string seen;
    Log log(clock, LogLevel::trace, LogFormat::text, [&](std::string_view line) { seen = line; });

    log.trace("x", {{"v", "{}{0}%s%n"}});

    EXPECT_EQ(seen, "2026-11-22T08:00:00Z trace x v={}{0}%s%n");
}

TEST(Log, GoesToStderrLineByLine) {
    const tests::StillClock clock(now);
    testing::internal::CaptureStderr();
    {
        Log log(clock, LogLevel::info, LogFormat::text);
        log.info("started", {{"port", 8080}});
        log.info("stopped");
    }

    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "2026-11-22T08:00:00Z info started port=8080\n2026-11-22T08:00:00Z info stopped\n");
}

TEST(Log, MayBeUsedByManyThreadsAtOnce) {
    const tests::StillClock clock(now);
    std::vector<std::string> lines;
    Log log(clock, LogLevel::info, LogFormat::text, [&](std::string_view line) { lines.emplace_back(line); });

    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&log] {
            for (int i = 0; i < 100; ++i)
                log.info("e", {{"v", "x"}});
        });
    }
    for (auto& thread : threads)
        thread.join();

    EXPECT_EQ(lines.size(), 400U);
    for (const auto& line : lines)
        EXPECT_EQ(line, "2026-11-22T08:00:00Z info e v=x");
}

TEST(ShortHash, IsTheBeginningOfSha256) {
    EXPECT_EQ(short_hash("abc"), "ba7816bf8f01");
    EXPECT_NE(short_hash("abc"), short_hash("abd"));
}

TEST(LogNames, AreReadStrictly) {
    EXPECT_EQ(log_level("warn"), LogLevel::warn);
    EXPECT_EQ(log_level("WARN"), std::nullopt);
    EXPECT_EQ(log_format("json"), LogFormat::json);
    EXPECT_EQ(log_format(""), std::nullopt);
}

}  // namespace
}  // namespace qrgate
