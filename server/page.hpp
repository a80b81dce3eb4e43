// Pages from the binary, in the language of the reader; and the login page as the answer of a form without
// script: with the message in words and the number kept.
#pragma once

#include <string>
#include <string_view>

#include "protocol/person.hpp"
#include "server/answers.hpp"

namespace qrgate {

struct WebAsset;

// An embedded file in the best coding the reader takes, with its own ETag per coding.
Response asset_response(const Request& request, const WebAsset& asset);

// The page `name` (login, account, phone, demo): 200 with ETag, or 304. not_found when the build has no such
// page.
Outcome page(const Request& request, std::string_view name);

Response login_page_with_problem(const Refusal& refusal, Language language, PersonKind kind,
                                 std::string_view identity_number);

// &, <, >, " and ' as references.
std::string escaped_html(std::string_view text);

}  // namespace qrgate
