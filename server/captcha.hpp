// Captchas: four drawn characters and six spoken digits, either of them the answer; bound to the pre-session
// (browsers) or device (phones) that asked, used up by any answer, right or wrong. Kept in memory with a
// bound; the oldest go first. I/O thread; owned by App. The picture is drawn by cairo with the font inside
// the binary (no system fonts), without 0 O 1 I L and the like; the sound is captcha_sound.hpp's.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"

namespace qrgate {

struct DrawnCaptcha {
    std::string id = {};  // node character, then 22 characters base64url
    Bytes png = {};
};

class Captchas {
public:
    Captchas(char node, std::chrono::seconds life, std::size_t limit, Random& random);

    // `patience` multiplies its life: people who asked for more time.
    DrawnCaptcha make(Digest holder, WallTime now, int patience = 1);
    // Right answer of a live captcha of this holder, drawn or spoken; case, width and spaces ignored. Always
    // uses it up. An empty id means the holder's newest.
    bool take(std::string_view id, const Digest& holder, std::string_view answer, WallTime now);

    // What a live one is spoken as; the same for as long as it lives.
    struct Spoken {
        std::string digits = {};
        Digest seed{};
    };
    std::optional<Spoken> spoken(std::string_view id, WallTime now) const;
    std::optional<Digest> holder_of(std::string_view id, WallTime now) const;
    std::string newest_id_of(const Digest& holder) const;  // empty when there is none

    // Demo mode and tests only.
    std::optional<std::string> answer_of(std::string_view id) const;
    std::size_t size() const noexcept;

private:
    struct Row {
        std::string id;
        std::string answer;
        std::string digits;
        Digest seed;
        Digest holder;
        WallTime ends;
    };
    struct HashDigest {
        std::size_t operator()(const Digest& digest) const noexcept;
    };
    const Row* live(std::string_view id, WallTime now) const;
    void forget(std::list<Row>::iterator row);

    std::list<Row> rows_;  // oldest first
    std::unordered_map<std::string, std::list<Row>::iterator> by_id_;
    std::unordered_map<Digest, std::list<Row>::iterator, HashDigest>
        newest_;  // of each holder, until it is used up
    char node_;
    std::chrono::seconds life_;
    std::size_t limit_;
    Random& random_;
};

// PNG of the text, distorted; `random` decides how. About 160 x 60 pixels.
Bytes draw_captcha(std::string_view text, Random& random);

}  // namespace qrgate
