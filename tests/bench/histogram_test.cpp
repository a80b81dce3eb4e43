#include "bench/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace qrgate::bench {
namespace {

// The value that at least `percent` of all do not exceed, by sorting.
Duration exact_percentile(std::vector<Duration> values, double percent) {
    std::ranges::sort(values);
    auto rank =
        static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size()) - 1e-9));
    return values[std::max<std::size_t>(rank, 1) - 1];
}

struct Shape {
    const char* name;
    std::function<double(std::mt19937_64&)> micros;
};

class HistogramAgainstSort : public testing::TestWithParam<Shape> {};

TEST_P(HistogramAgainstSort, EveryPercentileIsWithinOnePercentAndNeverBelow) {
    std::mt19937_64 chance(4);
    Histogram histogram;
    std::vector<Duration> values;
    for (int n = 0; n < 50'000; ++n) {
        double micros = std::clamp(GetParam().micros(chance), 1.0, 99e6);
        values.emplace_back(std::llround(micros * 1000));
        histogram.add(values.back());
    }

    for (double percent : {0.0, 0.1, 1.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
        auto exact = static_cast<double>(exact_percentile(values, percent).count());
        auto found = static_cast<double>(histogram.percentile(percent).count());
        EXPECT_GE(found, exact) << percent;
        EXPECT_LT(found, exact * 1.01) << percent;
    }
    EXPECT_EQ(histogram.max(), *std::ranges::max_element(values));
    EXPECT_EQ(histogram.count(), values.size());
    Duration total{};
    for (Duration value : values)
        total += value;
    EXPECT_EQ(histogram.mean(), total / static_cast<std::int64_t>(values.size()));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, HistogramAgainstSort,
    testing::Values(
        Shape{"Uniform", [](auto& chance) { return std::uniform_real_distribution<>(1, 50'000)(chance); }},
        Shape{"Exponential", [](auto& chance) { return std::exponential_distribution<>(1.0 / 700)(chance); }},
        Shape{"LogNormal", [](auto& chance) { return std::lognormal_distribution<>(5, 2)(chance); }},
        Shape{"TwoHumps",
              [](auto& chance) {
                  return std::bernoulli_distribution(0.02)(chance)
                             ? std::normal_distribution<>(2'000'000, 100'000)(chance)
                             : std::normal_distribution<>(80, 5)(chance);
              }},
        Shape{"Constant", [](auto&) { return 1234.567; }},
        Shape{"WholeRange",
              [](auto& chance) { return std::pow(10, std::uniform_real_distribution<>(0, 7.9)(chance)); }}),
    [](const auto& shape) { return shape.param.name; });

TEST(Histogram, IsEmptyAtFirst) {
    const Histogram histogram;

    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.percentile(99), Duration{});
    EXPECT_EQ(histogram.mean(), Duration{});
}

TEST(Histogram, CountsWhatIsOutOfItsRangeAtItsEnds) {
    Histogram histogram;
    histogram.add(Duration{-5});
    histogram.add(std::chrono::nanoseconds{999});
    histogram.add(std::chrono::hours{2});

    EXPECT_EQ(histogram.count(), 3U);
    EXPECT_LT(histogram.percentile(50), std::chrono::nanoseconds{1010});
    EXPECT_EQ(histogram.max(), std::chrono::seconds{100});
    EXPECT_EQ(histogram.percentile(100), std::chrono::seconds{100});
}

TEST(Histogram, KeepsTheEdgesOfDoublingsApart) {
    for (std::int64_t micros = 1; micros <= 67'108'864; micros *= 2) {
        Histogram histogram;
        histogram.add(Duration{micros * 1000 - (micros > 1 ? 1 : 0)});
        histogram.add(Duration{micros * 1000});
        histogram.add(std::chrono::seconds{90});

        EXPECT_GE(histogram.percentile(60).count(), micros * 1000);
        EXPECT_LE(static_cast<double>(histogram.percentile(60).count()), static_cast<double>(micros) * 1010);
    }
}

TEST(Histogram, MergedIsWhatOneWouldHaveCounted) {
    std::mt19937_64 chance(9);
    std::exponential_distribution<> wait(1.0 / 3'000'000);
    Histogram whole;
    std::vector<Histogram> parts(3);
    for (std::size_t n = 0; n < 9000; ++n) {
        Duration value{std::llround(wait(chance))};
        whole.add(value);
        parts[n % 3].add(value);
    }

    Histogram merged;
    for (const Histogram& part : parts)
        merged.merge(part);

    EXPECT_EQ(merged.json(), whole.json());
}

TEST(Histogram, GoesThroughJsonWithoutALoss) {
    std::mt19937_64 chance(10);
    std::lognormal_distribution<> wait(13, 3);
    Histogram sent;
    for (int n = 0; n < 20'000; ++n)
        sent.add(Duration{std::llround(wait(chance))});

    Histogram received;
    ASSERT_TRUE(received.merge_json(sent.json()));

    EXPECT_EQ(received.count(), sent.count());
    EXPECT_EQ(received.max(), sent.max());
    for (double percent : {1.0, 50.0, 90.0, 99.0, 99.9})
        EXPECT_EQ(received.percentile(percent), sent.percentile(percent));
    EXPECT_NEAR(static_cast<double>(received.mean().count()), static_cast<double>(sent.mean().count()), 2);
}

TEST(Histogram, TakesNoOtherTextAndStaysAsItWas) {
    Histogram histogram;
    histogram.add(std::chrono::milliseconds{3});
    const std::string before = histogram.json();

    for (const char* text :
         {"", "{}", "[]", "{\"steps\":1}", R"({"steps":[[1]],"max_us":1,"mean_us":1})",
          R"({"steps":[[1,-1]],"max_us":1,"mean_us":1})", R"({"steps":[[1,1]],"max_us":1)"})
        EXPECT_FALSE(histogram.merge_json(text)) << text;

    EXPECT_EQ(histogram.json(), before);
}

}  // namespace
}  // namespace qrgate::bench
