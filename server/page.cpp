#include "server/page.hpp"

#include <fmt/format.h>

#include "web/assets.hpp"

namespace qrgate {

namespace {

constexpr std::string_view problem_place = "<!--qrgate-problem-->";
constexpr std::string_view number_place = "name=\"identity_number\" value=\"";
constexpr std::string_view html_type = "text/html; charset=utf-8";

const WebAsset* page_asset(std::string_view name, Language language) {
    std::string_view ending = language == Language::en ? ".en.html" : ".html";
    return find_web_asset(fmt::format("/{}{}", name, ending));
}

// Whether a coding is acceptable: named, and not with q=0. Enough for what browsers send.
bool accepts(std::string_view accept_encoding, std::string_view coding) {
    std::size_t at = accept_encoding.find(coding);
    if (at == std::string_view::npos) return false;
    std::string_view rest = accept_encoding.substr(at + coding.size());
    rest = rest.substr(0, rest.find(','));
    return rest.find("q=0") == std::string_view::npos || rest.find("q=0.") != std::string_view::npos;
}

void replace_first(std::string& text, std::string_view what, std::string_view with) {
    std::size_t at = text.find(what);
    if (at != std::string::npos) text.replace(at, what.size(), with);
}

}  // namespace

std::string escaped_html(std::string_view text) {
    std::string escaped;
    for (char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

Response asset_response(const Request& request, const WebAsset& asset) {
    Response response;
    std::string_view accepted = request.header("accept-encoding");
    std::string etag(asset.etag);
    std::string_view body = asset.raw;
    if (!asset.br.empty() && accepts(accepted, "br")) {
        response.set("Content-Encoding", "br");
        etag += "-br";
        body = asset.br;
    } else if (!asset.gz.empty() && accepts(accepted, "gzip")) {
        response.set("Content-Encoding", "gzip");
        etag += "-gz";
        body = asset.gz;
    }
    etag = fmt::format("\"{}\"", etag);
    response.set("Content-Type", std::string(asset.type));
    response.set("Cache-Control",
                 asset.immutable ? "public, max-age=31536000, immutable" : "private, no-cache");
    response.set("Vary", asset.immutable ? "Accept-Encoding" : "Accept-Encoding, Accept-Language, Cookie");
    response.set("ETag", etag);
    if (request.header("if-none-match") == etag) {
        response.status = 304;
        return response;
    }
    response.static_body = body;
    return response;
}

Outcome page(const Request& request, std::string_view name) {
    const WebAsset* asset = page_asset(name, language_of(request));
    if (!asset) return Errc::not_found;
    return asset_response(request, *asset);
}

Response login_page_with_problem(const Refusal& refusal, Language language, PersonKind kind,
                                 std::string_view identity_number) {
    const WebAsset* asset = page_asset("login", language);
    if (!asset) return refusal_response(refusal, language);
    Response response = refusal_response(refusal, language);  // its status and headers, also Retry-After
    response.set("Content-Type", std::string(html_type));
    std::string_view heading = language == Language::zh ? "登录没有成功" : "You are not logged in";
    std::string lines = fmt::format("<p>{}</p>", escaped_html(text(refusal.problem.errc, language)));
    for (const auto& field : refusal.problem.fields)
        lines += fmt::format("<p>{}</p>", escaped_html(field.second));
    response.body = asset->raw;
    replace_first(response.body, problem_place,
                  fmt::format("<div class=\"summary\" role=\"alert\"><h2>{}</h2>{}</div>", heading, lines));
    replace_first(response.body, number_place,
                  fmt::format("{}{}", number_place, escaped_html(identity_number)));
    if (kind == PersonKind::corporate) {
        replace_first(response.body, "value=\"personal\" checked", "value=\"personal\"");
        replace_first(response.body, "value=\"corporate\"", "value=\"corporate\" checked");
    }
    return response;
}

}  // namespace qrgate
