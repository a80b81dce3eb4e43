#include "bench/http_reader.hpp"

#include <gtest/gtest.h>

namespace qrgate::bench {
namespace {

using State = HttpReader::State;

const std::string with_length =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=1; Path=/\r\nX-Empty:\r\n\r\nhello";
const std::string chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: "
    "1\r\n\r\n";

TEST(HttpReader, ReadsAnAnswerCutAnywhere) {
    for (std::size_t cut = 0; cut <= with_length.size(); ++cut) {
        HttpReader reader;
        EXPECT_EQ(reader.put(std::string_view(with_length).substr(0, cut)), cut);
        EXPECT_EQ(reader.state(), cut == with_length.size() ? State::whole : State::more);
        reader.put(std::string_view(with_length).substr(cut));

        ASSERT_EQ(reader.state(), State::whole) << cut;
        EXPECT_EQ(reader.status(), 200);
        EXPECT_EQ(reader.body(), "hello");
        ASSERT_EQ(reader.headers().size(), 3U);
        EXPECT_EQ(reader.headers()[1].second, "a=1; Path=/");
        EXPECT_EQ(reader.headers()[2].second, "");
        EXPECT_TRUE(reader.keep_alive());
    }
}

TEST(HttpReader, ReadsChunksOctetByOctet) {
    HttpReader reader;
    for (char octet : chunked) {
        EXPECT_EQ(reader.state(), State::more);
        EXPECT_EQ(reader.put({&octet, 1}), 1U);
    }

    EXPECT_EQ(reader.state(), State::whole);
    EXPECT_EQ(reader.body(), "Wikipedia");
}

TEST(HttpReader, LeavesTheNextAnswerForAfterReset) {
    const std::string two = "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n" + with_length;
    HttpReader reader;

    std::size_t taken = reader.put(two);
    EXPECT_EQ(reader.state(), State::whole);
    EXPECT_EQ(reader.status(), 204);
    EXPECT_EQ(taken, two.size() - with_length.size());

    reader.reset();
    reader.put(std::string_view(two).substr(taken));
    EXPECT_EQ(reader.status(), 200);
    EXPECT_EQ(reader.body(), "hello");
}

TEST(HttpReader, ABodyWithoutALengthEndsWithItsConnection) {
    HttpReader reader;
    reader.put("HTTP/1.1 200 OK\r\n\r\npart");
    EXPECT_EQ(reader.state(), State::more);

    EXPECT_EQ(reader.end(), State::whole);
    EXPECT_EQ(reader.body(), "part");
    EXPECT_FALSE(reader.keep_alive());
}

TEST(HttpReader, AnAnswerCutOffIsBroken) {
    HttpReader reader;
    reader.put(with_length.substr(0, with_length.size() - 1));

    EXPECT_EQ(reader.end(), State::broken);
}

TEST(HttpReader, KnowsWhenTheConnectionEnds) {
    auto keeps = [](std::string_view first, std::string_view header) {
        HttpReader reader;
        reader.put(std::string(first) + "\r\n" + std::string(header) + "Content-Length: 0\r\n\r\n");
        EXPECT_EQ(reader.state(), State::whole);
        return reader.keep_alive();
    };

    EXPECT_TRUE(keeps("HTTP/1.1 200 OK", ""));
    EXPECT_FALSE(keeps("HTTP/1.1 200 OK", "Connection: Close\r\n"));
    EXPECT_FALSE(keeps("HTTP/1.0 200 OK", ""));
    EXPECT_TRUE(keeps("HTTP/1.0 200 OK", "connection: keep-alive\r\n"));
}

TEST(HttpReader, RefusesWhatIsNoHttp) {
    for (std::string_view text :
         {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        HttpReader reader;
        reader.put(text);
        EXPECT_EQ(reader.state(), State::broken) << text;
    }
}

TEST(HttpReader, AHeadWithoutAnEndIsRefusedAt32Kilobytes) {
    HttpReader reader;
    reader.put("HTTP/1.1 200 OK\r\nX: ");
    for (int n = 0; n < 40 && reader.state() == State::more; ++n)
        reader.put(std::string(1024, 'x'));

    EXPECT_EQ(reader.state(), State::broken);
}

}  // namespace
}  // namespace qrgate::bench
