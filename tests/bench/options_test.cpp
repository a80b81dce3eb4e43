#include "bench/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace qrgate::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SubCommand example() {
    return {
        .name = "login",
        .line = "logs in",
        .words = "password|qr",
        .own = {{"seconds", OptionKind::real, "7", "how long"}, {"easy", OptionKind::on, "", "more time"}},
        .example = "qr --url http://127.0.0.1:8080",
        .run = nullptr};
}

std::string fault_of(std::vector<std::string> arguments) {
    try {
        Options options(example(), arguments);
        options.targets();
        options.server_pids();
        options.sources();
    } catch (const WrongOptions& wrong) {
        return wrong.what();
    }
    return "none";
}

TEST(BenchOptions, ReadsWhatWasGivenAndFillsTheRest) {
    Options options(example(), {"qr", "--url", "http://127.0.0.1:8080", "--url", "https://localhost:1",
                                "--rate", "12.5", "--seats=300", "--easy"});

    EXPECT_EQ(options.word(), "qr");
    ASSERT_EQ(options.targets().size(), 2U);
    EXPECT_EQ(options.targets()[1].address, "127.0.0.1");
    EXPECT_TRUE(options.targets()[1].tls);
    EXPECT_EQ(options.real("rate"), 12.5);
    EXPECT_EQ(options.whole("seats"), 300U);
    EXPECT_TRUE(options.on("easy"));
    EXPECT_FALSE(options.on("quiet"));
    EXPECT_EQ(options.seconds("seconds"), std::chrono::seconds{7});  // its own fallback
    EXPECT_EQ(options.whole("connections"), 64U);                    // everybody's
    EXPECT_FALSE(options.given("people"));
    EXPECT_THAT(options.sources(), ElementsAre(""));
    EXPECT_EQ(options.settings().at("rate"), "12.5");
}

TEST(BenchOptions, NamesTheLocalAddresses) {
    Options options(example(), {"qr", "--sources", "3"});

    EXPECT_THAT(options.sources(), ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.3"));
}

TEST(BenchOptions, SaysInOneLineWhatIsWrong) {
    const std::string url = "--url=http://127.0.0.1:1";
    EXPECT_EQ(fault_of({"qr", url}), "none");
    EXPECT_THAT(fault_of({url}), HasSubstr("password|qr"));
    EXPECT_THAT(fault_of({"sms", url}), HasSubstr("password|qr"));
    EXPECT_THAT(fault_of({"qr", "qr", url}), HasSubstr("password|qr"));
    EXPECT_THAT(fault_of({"qr"}), HasSubstr("--url is needed"));
    EXPECT_THAT(fault_of({"qr", "--url", "localhost:80"}), HasSubstr("--url wants"));
    EXPECT_THAT(fault_of({"qr", "--url", "http://localhost:80/path"}), HasSubstr("--url wants"));
    EXPECT_THAT(fault_of({"qr", url, "--rate", "fast"}), HasSubstr("--rate wants a number"));
    EXPECT_THAT(fault_of({"qr", url, "--rate", "-1"}), HasSubstr("rate"));
    EXPECT_THAT(fault_of({"qr", url, "--rate", "nan"}), HasSubstr("--rate wants a number"));
    EXPECT_THAT(fault_of({"qr", url, "--seats", "1.5"}), HasSubstr("--seats wants a whole number"));
    EXPECT_THAT(fault_of({"qr", url, "--seats", "1", "--seats", "2"}), HasSubstr("more than once"));
    EXPECT_THAT(fault_of({"qr", url, "--sources", "255"}), HasSubstr("254"));
    EXPECT_THAT(fault_of({"qr", url, "--server-pid", "x"}), HasSubstr("process id"));
    EXPECT_THAT(fault_of({"qr", url, url, "--server-pid", "1"}), HasSubstr("for each --url"));
    EXPECT_THAT(fault_of({"qr", url, "--nonsense", "1"}), HasSubstr("nonsense"));
    EXPECT_THAT(fault_of({"qr", url, "--sec", "1"}), HasSubstr("sec"));  // no guessing
    EXPECT_THAT(fault_of({"qr", url, "--rate"}), HasSubstr("rate"));
}

TEST(BenchOptions, HelpHasEveryOptionAndAnExample) {
    const std::string help = help_text(example());

    for (const OptionRow& row : common_options())
        EXPECT_THAT(help, HasSubstr("--" + std::string(row.name)));
    EXPECT_THAT(help, HasSubstr("--easy"));
    EXPECT_THAT(help, HasSubstr("Example: qrgate-bench login qr --url http://127.0.0.1:8080"));
}

TEST(BenchTarget, KnowsItsOrigin) {
    EXPECT_EQ(parse_target("http://127.0.0.1:8080/")->origin(), "http://127.0.0.1:8080");
    EXPECT_EQ(parse_target("https://127.0.0.1")->origin(), "https://127.0.0.1");
    EXPECT_EQ(parse_target("https://127.0.0.1:443")->port, 443);
    EXPECT_EQ(parse_target("http://[::1]:81")->origin(), "http://[::1]:81");
    EXPECT_EQ(parse_target("ws://127.0.0.1:80")->origin(), "http://127.0.0.1");
    for (const char* wrong : {"", "ftp://x", "http://", "http://127.0.0.1:", "http://127.0.0.1:70000",
                              "http://127.0.0.1:0", "http://a b", "http://user@127.0.0.1"})
        EXPECT_FALSE(parse_target(wrong)) << wrong;
}

}  // namespace
}  // namespace qrgate::bench
