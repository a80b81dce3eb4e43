#include "server/captcha_sound.hpp"

#include <algorithm>
#include <cmath>
#include <random>

extern "C" {
extern const std::uint8_t qrgate_captcha_voice[];
extern const std::uint32_t qrgate_captcha_voice_ends[10];
}

namespace qrgate {

namespace {

constexpr std::uint32_t rate = 8000;  // samples a second
constexpr std::size_t octets_per_sample = 2;
// Noise hurts old ears more than machines: just enough that no two recordings of a digit are equal.
constexpr double noise = 250;

// G.711: inverted octets of sign, exponent and mantissa.
std::int16_t from_mu_law(std::uint8_t octet) {
    const auto plain = static_cast<std::uint8_t>(~octet);
    const int mantissa = ((plain & 0x0F) << 3) + 0x84;
    const int value = (mantissa << ((plain & 0x70) >> 4)) - 0x84;
    return static_cast<std::int16_t>((plain & 0x80) != 0 ? -value : value);
}

class Speech {
public:
    explicit Speech(const Digest& seed) {
        std::seed_seq octets(seed.begin(), seed.end());
        chance_.seed(octets);
    }

    void pause(double least_s, double most_s) {
        samples_.resize(samples_.size() + static_cast<std::size_t>(between(least_s, most_s) * rate));
    }

    void say(unsigned digit) {
        const std::vector<std::int16_t> voice = recorded_digit(digit);
        const double speed = between(0.9, 1.08);
        const double loud = between(0.75, 1.0);
        const auto length = static_cast<std::size_t>(static_cast<double>(voice.size() - 1) / speed);
        for (std::size_t i = 0; i < length; ++i) {
            const double at = static_cast<double>(i) * speed;
            const auto whole = static_cast<std::size_t>(at);
            const double part = at - static_cast<double>(whole);
            samples_.push_back(loud * (voice[whole] * (1 - part) + voice[whole + 1] * part));
        }
    }

    Bytes wav() {
        Bytes octets;
        const auto size = static_cast<std::uint32_t>(samples_.size() * octets_per_sample);
        octets.reserve(44 + size);
        text(octets, "RIFF");
        number(octets, 36 + size, 4);
        text(octets, "WAVEfmt ");
        number(octets, 16, 4);
        number(octets, 1, 2);  // PCM
        number(octets, 1, 2);  // mono
        number(octets, rate, 4);
        number(octets, rate * octets_per_sample, 4);
        number(octets, octets_per_sample, 2);
        number(octets, 16, 2);
        text(octets, "data");
        number(octets, size, 4);
        for (const double sample : samples_) {
            const double noisy = std::clamp(sample + between(-noise, noise), -32767.0, 32767.0);
            number(octets, static_cast<std::uint16_t>(static_cast<std::int16_t>(noisy)), 2);
        }
        return octets;
    }

private:
    double between(double least, double most) {
        // Not std::uniform_real_distribution: its sequence differs between libraries.
        return least + (most - least) * static_cast<double>(chance_() >> 11U) * 0x1p-53;
    }
    static void text(Bytes& octets, std::string_view words) {
        octets.insert(octets.end(), words.begin(), words.end());
    }
    static void number(Bytes& octets, std::uint32_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i)
            octets.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }

    std::mt19937_64 chance_;  // seeded by whom chance matters
    std::vector<double> samples_ = {};
};

}  // namespace

std::vector<std::int16_t> recorded_digit(unsigned digit) {
    const std::uint32_t begin = digit == 0 ? 0 : qrgate_captcha_voice_ends[digit - 1];
    std::vector<std::int16_t> samples(qrgate_captcha_voice_ends[digit] - begin);
    std::transform(qrgate_captcha_voice + begin, qrgate_captcha_voice + qrgate_captcha_voice_ends[digit],
                   samples.begin(), from_mu_law);
    return samples;
}

Bytes speak_digits(std::string_view digits, const Digest& seed) {
    Speech speech(seed);
    speech.pause(0.3, 0.6);
    for (const char digit : digits) {
        speech.say(static_cast<unsigned>(digit - '0'));
        speech.pause(0.35, 0.75);
    }
    return speech.wav();
}

}  // namespace qrgate
