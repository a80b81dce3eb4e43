#include "protocol/time.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

using namespace std::chrono_literals;

constexpr WallTime at(std::chrono::year_month_day date, std::chrono::microseconds clock = 0us) {
    return std::chrono::sys_days{date} + clock;
}

TEST(Time, IsWrittenInUtcWithWholeSeconds) {
    using namespace std::chrono;
    EXPECT_EQ(format_time(at(2026y / 11 / 22, 8h)), "2026-11-22T08:00:00Z");
    EXPECT_EQ(format_time(WallTime{}), "1970-01-01T00:00:00Z");
}

TEST(Time, IsWrittenAsAnHttpDate) {
    using namespace std::chrono;
    EXPECT_EQ(http_date(at(2026y / 11 / 22, 8h)), "Sun, 22 Nov 2026 08:00:00 GMT");
    EXPECT_EQ(http_date(at(1994y / 11 / 6, 8h + 49min + 37s)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Time, IsTruncatedNotRounded) {
    using namespace std::chrono;
    EXPECT_EQ(format_time(at(2026y / 12 / 31, 23h + 59min + 59s + 999999us)), "2026-12-31T23:59:59Z");
    EXPECT_EQ(format_time(WallTime{-1us}), "1969-12-31T23:59:59Z");
}

TEST(Time, IsReadBackAsWritten) {
    for (const char* text : {"2026-11-22T08:00:00Z", "1900-01-01T00:00:00Z", "2024-02-29T23:59:59Z"}) {
        const auto time = parse_time(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(format_time(*time), text);
    }
}

TEST(Time, IsRefusedInAnyOtherSpelling) {
    for (const char* text :
         {"", "2026-11-22", "2026-11-22T08:00:00", "2026-11-22t08:00:00z", "2026-11-22 08:00:00Z",
          "2026-11-22T08:00:00.0Z", "2026-11-22T08:00:00+00:00", "2026-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-11-22T24:00:00Z",
          "2026-11-22T08:60:00Z", "2026-11-22T08:00:60Z", " 2026-11-22T08:00:00Z", "+026-11-22T08:00:00Z",
          "2026-11-22T08:00:-1Z"})
        EXPECT_FALSE(parse_time(text)) << text;
}

}  // namespace
}  // namespace qrgate
