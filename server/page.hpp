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

// The page that shows the QR code, with the first message of its wait (docs/protocol.md section 4) in it. Not
// to be kept by anybody.
Outcome page_with_code(const Request& request, std::string_view name, std::string_view message);

// What stays of a form that did not succeed. `to`: where the login was to lead; empty: the usual place.
struct KeptLogin {
    PersonKind kind = PersonKind::personal;
    std::string identity_number = {};
    std::string to = {};
};
Response login_page_with_problem(const Refusal& refusal, Language language, const KeptLogin& kept);

// &, <, >, " and ' as references.
std::string escaped_html(std::string_view text);

}  // namespace qrgate
