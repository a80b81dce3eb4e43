// What a person agrees to before a proofing: one table of texts, each with its id, version and words in both
// languages. A changed word gets a new version: an old consent then no longer counts. Written by us; what an
// operator's lawyers add is theirs (docs/operating.md). Pure.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "protocol/error.hpp"
#include "storage/storage.hpp"

namespace qrgate {

struct ConsentText {
    std::string_view id;
    std::string_view version;
    std::string_view title_zh;
    std::string_view title_en;
    std::string_view words_zh;  // paragraphs, between newlines
    std::string_view words_en;

    std::string_view title(Language language) const noexcept {
        return language == Language::en ? title_en : title_zh;
    }
    std::string_view words(Language language) const noexcept {
        return language == Language::en ? words_en : words_zh;
    }
};

// All of them are required.
std::span<const ConsentText> consent_texts() noexcept;
// Whether each text is agreed to in its present version. Unknown ids are no consent to anything.
bool agrees_to_all(const std::vector<Consent>& consents) noexcept;

}  // namespace qrgate
