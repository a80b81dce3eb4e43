#include "server/client_address.hpp"

#include <gtest/gtest.h>

namespace qrgate {
namespace {

TrustedProxies trusting(std::initializer_list<const char*> networks) {
    TrustedProxies proxies;
    for (const char* network : networks)
        EXPECT_TRUE(proxies.add(network)) << network;
    return proxies;
}

TEST(ClientAddress, IsThePeersWhenNobodyIsTrusted) {
    ClientView view = client_view({}, "203.0.113.9", false, "1.2.3.4", "https");

    EXPECT_EQ(view.address, "203.0.113.9");
    EXPECT_FALSE(view.secure);
}

TEST(ClientAddress, IsTheHopBeforeATrustedProxy) {
    ClientView view = client_view(trusting({"10.0.0.0/8"}), "10.1.2.3", false, "203.0.113.9", "https");

    EXPECT_EQ(view.address, "203.0.113.9");
    EXPECT_TRUE(view.secure);
}

TEST(ClientAddress, IsTheRightMostUntrustedHop) {
    auto proxies = trusting({"10.0.0.0/8", "2001:db8:1::/48"});

    EXPECT_EQ(
        client_view(proxies, "10.0.0.1", false, "6.6.6.6, 203.0.113.9, 10.0.0.7, 2001:db8:1::5", "").address,
        "203.0.113.9");
}

TEST(ClientAddress, IsTheOutermostProxyWhenAllAreTrusted) {
    EXPECT_EQ(client_view(trusting({"10.0.0.0/8"}), "10.0.0.1", false, "10.0.0.9,10.0.0.8", "").address,
              "10.0.0.9");
}

TEST(ClientAddress, StopsAtAHopThatIsNoAddress) {
    auto proxies = trusting({"10.0.0.0/8"});

    EXPECT_EQ(client_view(proxies, "10.0.0.1", false, "203.0.113.9, unknown, 10.0.0.8", "").address,
              "10.0.0.8");
    EXPECT_EQ(client_view(proxies, "10.0.0.1", false, "", "").address, "10.0.0.1");
    EXPECT_EQ(client_view(proxies, "10.0.0.1", false, "1.2.3.4\n", "").address, "10.0.0.1");
}

TEST(ClientAddress, UnderstandsHopsWithPorts) {
    auto proxies = trusting({"10.0.0.0/8"});

    EXPECT_EQ(client_view(proxies, "10.0.0.1", false, "203.0.113.9:4711", "").address, "203.0.113.9");
    EXPECT_EQ(client_view(proxies, "10.0.0.1", false, "[2001:db8::1]:4711", "").address, "2001:db8::1");
}

TEST(ClientAddress, TreatsMappedAddressesAsIpv4) {
    auto proxies = trusting({"10.0.0.0/8"});

    EXPECT_EQ(client_view(proxies, "::ffff:10.0.0.1", false, "::ffff:203.0.113.9", "").address,
              "203.0.113.9");
    EXPECT_EQ(normal_address("::ffff:127.0.0.1"), "127.0.0.1");
}

TEST(ClientAddress, TakesTheNearestProxysWordOnTheScheme) {
    auto proxies = trusting({"::1"});

    EXPECT_FALSE(client_view(proxies, "::1", true, "", "https, http").secure);
    EXPECT_TRUE(client_view(proxies, "::1", false, "", "https").secure);
    EXPECT_TRUE(client_view(proxies, "::1", true, "", "").secure);
}

TEST(TrustedProxies, KnowTheirNetworksToTheBit) {
    auto proxies = trusting({"192.168.4.0/22", "2001:db8::/33"});

    EXPECT_TRUE(proxies.contains(*parse_address("192.168.7.255")));
    EXPECT_FALSE(proxies.contains(*parse_address("192.168.8.0")));
    EXPECT_TRUE(proxies.contains(*parse_address("2001:db8:7fff::1")));
    EXPECT_FALSE(proxies.contains(*parse_address("2001:db8:8000::1")));
}

TEST(TrustedProxies, DoNotTakeIpv4ForTheWholeOfIpv6) {
    auto proxies = trusting({"0.0.0.0/0"});

    EXPECT_TRUE(proxies.contains(*parse_address("8.8.8.8")));
    EXPECT_FALSE(proxies.contains(*parse_address("2001:db8::1")));
}

TEST(TrustedProxies, RefuseWhatIsNoNetwork) {
    TrustedProxies proxies;
    for (const char* text : {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1",
                             "10.0.0.0/8x", "::/129", "fe80::1%eth0", "localhost", "2001:db8::1/32"})
        EXPECT_FALSE(proxies.add(text)) << text;
    EXPECT_TRUE(proxies.empty());
}

TEST(Loopback, IsKnownInEverySpelling) {
    EXPECT_TRUE(is_loopback_address("127.0.0.1"));
    EXPECT_TRUE(is_loopback_address("127.8.9.1"));
    EXPECT_TRUE(is_loopback_address("::1"));
    EXPECT_TRUE(is_loopback_address("::ffff:127.0.0.1"));
    EXPECT_FALSE(is_loopback_address("128.0.0.1"));
    EXPECT_FALSE(is_loopback_address("::2"));
    EXPECT_FALSE(is_loopback_address(""));
}

}  // namespace
}  // namespace qrgate
