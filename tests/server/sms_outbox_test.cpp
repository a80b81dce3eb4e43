#include <gtest/gtest.h>

#include "server/sms/sms_sender.hpp"
#include "tests/server/support.hpp"

namespace qrgate {
namespace {

using tests::run;

TEST(SmsOutbox, KeepsTheNewestFirst) {
    asio::io_context context;
    SmsOutbox outbox;

    ASSERT_TRUE(run(context, outbox.send({.to = "13900000001", .text = "first"})));
    ASSERT_TRUE(run(context, outbox.send({.to = "13900000002", .text = "other"})));
    ASSERT_TRUE(run(context, outbox.send({.to = "13900000001", .text = "second"})));

    const auto mine = outbox.sent_to("13900000001");
    ASSERT_EQ(mine.size(), 2U);
    EXPECT_EQ(mine[0].text, "second");
    EXPECT_EQ(mine[1].text, "first");
    EXPECT_EQ(outbox.sent_to("").size(), 3U);
    EXPECT_TRUE(outbox.sent_to("13900000009").empty());
}

TEST(SmsOutbox, KeepsNoMoreThanItsLimit) {
    asio::io_context context;
    SmsOutbox outbox(3);

    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(run(context, outbox.send({.to = "1", .text = std::to_string(i)})));

    const auto all = outbox.sent_to("");
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].text, "4");
    EXPECT_EQ(all[2].text, "2");
}

TEST(NoSms, SendsNothingAndSaysSo) {
    asio::io_context context;
    NoSms none;

    EXPECT_EQ(run(context, none.send({.to = "1", .text = "x"})).error(), Errc::busy);
}

}  // namespace
}  // namespace qrgate
