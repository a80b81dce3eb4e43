#include "server/place.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using testing::HasSubstr;

PlaceLookup table() {
    return PlaceLookup::from_text(
        "network,place,kind\n"
        "# comment\n"
        "\n"
        "203.0.113.0/24, 江苏 南京 ,region\r\n"
        "203.0.113.128/25,某云 上海,datacentre\n"
        "198.51.100.7/32,一处,region\n"
        "2001:db8::/32,浙江 杭州,region\n"
        "2001:db8:17::/48,某云 杭州,datacentre\n"
        "10.1.0.0/16,分部,region\n",
        "places.csv");
}

std::string why_not(std::string_view csv) {
    try {
        PlaceLookup::from_text(csv, "places.csv");
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "it was read";
}

TEST(Place, IsThatOfTheLongestPrefix) {
    const auto lookup = table();

    EXPECT_EQ(lookup.of("203.0.113.1"), (Place{"江苏 南京", false, false}));
    EXPECT_EQ(lookup.of("203.0.113.127"), (Place{"江苏 南京", false, false}));
    EXPECT_EQ(lookup.of("203.0.113.128"), (Place{"某云 上海", true, false}));
    EXPECT_EQ(lookup.of("198.51.100.7"), (Place{"一处", false, false}));
    EXPECT_EQ(lookup.of("2001:db8:1::1"), (Place{"浙江 杭州", false, false}));
    EXPECT_EQ(lookup.of("2001:db8:17::1"), (Place{"某云 杭州", true, false}));
    EXPECT_EQ(lookup.size(), 6U);
}

TEST(Place, IsNotKnownOutsideTheTable) {
    const auto lookup = table();

    for (const char* address :
         {"203.0.114.0", "198.51.100.6", "2001:db9::1", "", "unknown", "203.0.113.1:80", "1.2.3"})
        EXPECT_EQ(lookup.of(address), Place{}) << address;
}

TEST(Place, OfThisMachineAndOfPrivateNetworksIsKnownWithoutATable) {
    const PlaceLookup lookup;

    for (const char* address : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"})
        EXPECT_EQ(lookup.of(address), (Place{"本机", false, true})) << address;
    for (const char* address :
         {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "fd00::1", "fe80::1"})
        EXPECT_EQ(lookup.of(address), (Place{"内网", false, true})) << address;
    for (const char* address : {"172.32.0.1", "11.0.0.1", "::2"})
        EXPECT_EQ(lookup.of(address), Place{}) << address;
    EXPECT_EQ(lookup.size(), 0U);
}

TEST(Place, OfAPrivateNetworkIsTheTablesWhereItNamesIt) {
    EXPECT_EQ(table().of("10.1.2.3"), (Place{"分部", false, false}));
    EXPECT_EQ(table().of("10.2.2.3"), (Place{"内网", false, true}));
    EXPECT_EQ(PlaceLookup::from_text("10.0.0.0/8,总部,region", "x").of("10.2.2.3"),
              (Place{"总部", false, false}));
}

TEST(Place, OfAMappedAddressIsThatOfItsV4) {
    EXPECT_EQ(table().of("::ffff:203.0.113.1").name, "江苏 南京");
}

TEST(PlaceTable, SaysWhichLinesAreWrong) {
    EXPECT_EQ(why_not("1.2.3.0/24,a,region\nnonsense\n"),
              "places.csv, line 2: needs three fields: network,place,kind");
    EXPECT_THAT(why_not("1.2.3/24,a,region"), HasSubstr("line 1: '1.2.3/24' is not a network"));
    EXPECT_THAT(why_not("1.2.3.0/33,a,region"), HasSubstr("is not a network"));
    EXPECT_THAT(why_not("1.2.3.4/24,a,region"), HasSubstr("has bits set beyond its prefix"));
    EXPECT_THAT(why_not("1.2.3.0/24,,region"), HasSubstr("the place must be"));
    EXPECT_THAT(why_not("1.2.3.0/24,a\x1b[2J,region"), HasSubstr("the place must be"));
    EXPECT_THAT(why_not("1.2.3.0/24,\xff,region"), HasSubstr("the place must be"));
    EXPECT_THAT(why_not("1.2.3.0/24,a,cloud"), HasSubstr("allowed are region and datacentre"));
    EXPECT_THAT(why_not("1.2.3.0/24,a,region\n1.2.3.0/24,b,region"),
                HasSubstr("line 2: this network was given before"));
    EXPECT_EQ(why_not("x\ny\n"),
              "places.csv, line 1: needs three fields: network,place,kind\nplaces.csv, line 2: needs three "
              "fields: network,place,kind");
}

TEST(PlaceTable, IsReadFromAFileWithAByteOrderMark) {
    const tests::Folder folder;
    tests::write_file(folder.path() / "p.csv", "\xef\xbb\xbfnetwork,place,kind\n1.2.3.0/24,一处,region\n");

    EXPECT_EQ(PlaceLookup::from_file(folder.path() / "p.csv").of("1.2.3.4").name, "一处");
    EXPECT_THROW(PlaceLookup::from_file(folder.path() / "missing.csv"), std::runtime_error);
}

}  // namespace
}  // namespace qrgate
