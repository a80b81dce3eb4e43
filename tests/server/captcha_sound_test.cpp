// The spoken digits: a sound file that players take, and digits that can be told apart by ear.
#include "server/captcha_sound.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

constexpr double rate = 8000;

Digest seed(std::uint8_t first) {
    Digest digest{};
    digest[0] = first;
    return digest;
}

std::uint32_t number(const Bytes& octets, std::size_t at, unsigned size) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
        value |= static_cast<std::uint32_t>(octets[at + i]) << (8 * i);
    return value;
}

std::vector<double> samples_of(const Bytes& wav) {
    std::vector<double> samples;
    for (std::size_t at = 44; at + 1 < wav.size(); at += 2)
        samples.push_back(static_cast<std::int16_t>(number(wav, at, 2)));
    return samples;
}

// What an ear keeps of 25 ms: the energy of 16 bands up to 3.8 kHz, on a logarithmic scale.
constexpr std::size_t bands = 16;
using Moment = std::array<double, bands>;

std::vector<Moment> heard(const std::vector<double>& samples) {
    constexpr std::size_t window = 200;
    constexpr std::size_t step = 100;
    std::vector<Moment> moments;
    for (std::size_t begin = 0; begin + window <= samples.size(); begin += step) {
        Moment moment{};
        for (std::size_t band = 0; band < bands; ++band) {
            double energy = 0;
            for (int part = 0; part < 4; ++part) {
                const double frequency = 120 + 230 * static_cast<double>(band) + 57 * part;
                const double turn = 2 * std::numbers::pi * frequency / rate;
                double real = 0;
                double imaginary = 0;
                for (std::size_t i = 0; i < window; ++i) {
                    const double bell =
                        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / window);
                    real += bell * samples[begin + i] * std::cos(turn * static_cast<double>(i));
                    imaginary += bell * samples[begin + i] * std::sin(turn * static_cast<double>(i));
                }
                energy += real * real + imaginary * imaginary;
            }
            moment[band] = std::log10(1e8 + energy);
        }
        moments.push_back(moment);
    }
    return moments;
}

// Dynamic time warping: how different two words are, however fast they were spoken.
double difference(const std::vector<Moment>& a, const std::vector<Moment>& b) {
    constexpr double never = 1e18;
    std::vector<std::vector<double>> cost(a.size() + 1, std::vector<double>(b.size() + 1, never));
    cost[0][0] = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            double square = 0;
            for (std::size_t band = 0; band < bands; ++band)
                square += (a[i][band] - b[j][band]) * (a[i][band] - b[j][band]);
            cost[i + 1][j + 1] = std::sqrt(square) + std::min({cost[i][j], cost[i][j + 1], cost[i + 1][j]});
        }
    }
    return cost[a.size()][b.size()] / static_cast<double>(a.size() + b.size());
}

std::vector<Moment> template_of(unsigned digit) {
    const auto recorded = recorded_digit(digit);
    return heard({recorded.begin(), recorded.end()});
}

// Without the pauses around it: from the first to the last loud 10 ms.
std::vector<double> word_in(const std::vector<double>& samples) {
    constexpr std::size_t part = 80;
    std::size_t first = samples.size();
    std::size_t last = 0;
    for (std::size_t at = 0; at + part <= samples.size(); at += part) {
        double energy = 0;
        for (std::size_t i = 0; i < part; ++i)
            energy += samples[at + i] * samples[at + i];
        if (energy / part < 500.0 * 500.0) continue;
        first = std::min(first, at);
        last = at + part;
    }
    return {samples.begin() + static_cast<std::ptrdiff_t>(first),
            samples.begin() + static_cast<std::ptrdiff_t>(last)};
}

TEST(CaptchaSound, IsAWavThatEveryPlayerTakes) {
    const Bytes wav = speak_digits("907163", seed(1));
    const std::string_view head(reinterpret_cast<const char*>(wav.data()), 44);

    EXPECT_EQ(head.substr(0, 4), "RIFF");
    EXPECT_EQ(head.substr(8, 8), "WAVEfmt ");
    EXPECT_EQ(number(wav, 4, 4), wav.size() - 8);
    EXPECT_EQ(number(wav, 20, 2), 1U) << "PCM";
    EXPECT_EQ(number(wav, 22, 2), 1U) << "mono";
    EXPECT_EQ(number(wav, 24, 4), 8000U);
    EXPECT_EQ(number(wav, 34, 2), 16U);
    EXPECT_EQ(number(wav, 40, 4), wav.size() - 44);
    const double seconds = static_cast<double>(wav.size() - 44) / 2 / rate;
    EXPECT_GT(seconds, 3.5);
    EXPECT_LT(seconds, 9.0);
}

TEST(CaptchaSound, IsTheSameWhenItIsHeardAgainAndAnotherForOthers) {
    EXPECT_EQ(speak_digits("907163", seed(1)), speak_digits("907163", seed(1)));
    EXPECT_NE(speak_digits("907163", seed(1)), speak_digits("907163", seed(2)));
    EXPECT_NE(speak_digits("907163", seed(1)), speak_digits("907164", seed(1)));
}

TEST(CaptchaSound, EachDigitIsAWordOfItsOwnLength) {
    for (unsigned digit = 0; digit < 10; ++digit) {
        const auto recorded = recorded_digit(digit);
        EXPECT_GT(recorded.size(), 0.15 * rate) << digit;
        EXPECT_LT(recorded.size(), 0.8 * rate) << digit;
        EXPECT_GT(*std::ranges::max_element(recorded), 5000) << digit << " can be heard";
    }
}

// The listener here is a machine and a simple one; people do better.
TEST(CaptchaSound, EachDigitIsNearestToItselfHoweverFastAndNoisy) {
    std::array<std::vector<Moment>, 10> known;
    for (unsigned digit = 0; digit < 10; ++digit)
        known[digit] = template_of(digit);

    for (std::uint8_t chance = 0; chance < 3; ++chance) {
        for (unsigned digit = 0; digit < 10; ++digit) {
            const Bytes wav = speak_digits(std::to_string(digit), seed(chance));
            const auto said = heard(word_in(samples_of(wav)));
            std::array<double, 10> far{};
            for (unsigned other = 0; other < 10; ++other)
                far[other] = difference(said, known[other]);
            EXPECT_EQ(std::ranges::min_element(far) - far.begin(), digit) << "speed " << int{chance};
        }
    }
}

// Where the voice comes from: it must speak Mandarin, each digit with its own phonemes and tone.
TEST(CaptchaSound, TheVoiceSaysTheDigitsInMandarin) {
    tests::Folder folder;
    ASSERT_EQ(tests::command(folder.path(), "command -v espeak-ng").status, 0) << "the build needs it too";
    const std::array<std::pair<const char*, const char*>, 10> words{{{"ling2", "l'i35N_|"},
                                                                     {"yao1", "j'Au55_|"},
                                                                     {"er4", "'@r51_|"},
                                                                     {"san1", "s'a55n_|"},
                                                                     {"si4", "s'i[51_|"},
                                                                     {"wu3", "w'u214_|"},
                                                                     {"liu4", "l'iou51_|"},
                                                                     {"qi1", "tS;h'i55_|"},
                                                                     {"ba1", "p'A55_|"},
                                                                     {"jiu3", "tS;'iou214_|"}}};
    const std::string script =
        tests::read_file(std::filesystem::path(QRGATE_SOURCE_DIR) / "server" / "captcha_voice.sh");
    for (const auto& [word, phonemes] : words) {
        const auto said =
            tests::command(folder.path(), std::string("espeak-ng -v cmn-latn-pinyin -x -q ") + word);
        EXPECT_THAT(said.output, testing::HasSubstr(phonemes)) << word;
        EXPECT_THAT(script, testing::HasSubstr(word));
    }
}

// For people: QRGATE_CAPTCHA_SAMPLES=folder writes a few sounds there to listen to.
TEST(CaptchaSound, CanBeListenedTo) {
    const char* folder = std::getenv("QRGATE_CAPTCHA_SAMPLES");
    if (folder == nullptr) GTEST_SKIP() << "set QRGATE_CAPTCHA_SAMPLES to a folder";
    for (const char* digits : {"012345", "678901", "907163"}) {
        const Bytes wav = speak_digits(digits, seed(9));
        tests::write_file(std::filesystem::path(folder) / (std::string(digits) + ".wav"),
                          {reinterpret_cast<const char*>(wav.data()), wav.size()});
    }
}

}  // namespace
}  // namespace qrgate
