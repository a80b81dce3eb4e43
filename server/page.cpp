#include "server/page.hpp"

#include <fmt/format.h>

#include "web/assets.hpp"

namespace qrgate {

namespace {

constexpr std::string_view problem_place = "<!--qrgate-problem-->";
constexpr std::string_view number_place = "name=\"identity_number\" value=\"";
constexpr std::string_view action_place = "action=\"/api/v1/login/password?lang=";
constexpr std::string_view language_place = "href=\"?lang=";
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

// Percent-encoded for a query value (RFC 3986, 2.3).
std::string url_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           std::string_view("-._~/").find(c) != std::string_view::npos;
        encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

void replace_first(std::string& text, std::string_view what, std::string_view with) {
    std::size_t at = text.find(what);
    if (at != std::string::npos) text.replace(at, what.size(), with);
}

// Whom a reset may help is offered it: without script nobody counts failures, so at the first one.
std::string_view reset_offer(Errc errc, Language language) {
    if (errc != Errc::credentials_wrong && errc != Errc::password_must_change) return {};
    return language == Language::zh ? "<p><a href=\"/password/reset\">重置密码</a></p>"
                                    : "<p><a href=\"/password/reset\">Set a new password</a></p>";
}

std::string_view typing_hint(Errc errc, Language language) {
    if (errc != Errc::credentials_wrong) return {};
    return language == Language::zh
               ? "<p>请区分大小写；特殊字符要在英文输入法下，按住 Shift 键再按对应的数字键。</p>"
               : "<p>Mind capitals; type special characters with an English keyboard and Shift.</p>";
}

std::string problem_summary(const Refusal& refusal, Language language) {
    const Errc errc = refusal.problem.errc;
    std::string lines = fmt::format("<p>{}</p>", escaped_html(text(errc, language)));
    for (const auto& field : refusal.problem.fields)
        lines += fmt::format("<p>{}</p>", escaped_html(field.second));
    return fmt::format(
        "<div class=\"summary\" role=\"alert\" tabindex=\"-1\" autofocus><h2>{}</h2>{}{}{}</div>",
        language == Language::zh ? "登录没有成功" : "You are not logged in", lines,
        typing_hint(errc, language), reset_offer(errc, language));
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

Outcome page_with_code(const Request& request, std::string_view name, std::string_view message) {
    const WebAsset* asset = page_asset(name, language_of(request));
    if (!asset) return Errc::not_found;
    Response response;
    response.set("Content-Type", std::string(html_type));
    response.set("Cache-Control", "no-store");
    response.body = asset->raw;
    replace_first(response.body, "<body>", fmt::format("<body data-message=\"{}\">", escaped_html(message)));
    return response;
}

Response login_page_with_problem(const Refusal& refusal, Language language, const KeptLogin& kept) {
    const WebAsset* asset = page_asset("login", language);
    if (!asset) return refusal_response(refusal, language);
    Response response = refusal_response(refusal, language);  // its status and headers, also Retry-After
    response.set("Content-Type", std::string(html_type));
    response.set("Cache-Control", "no-store");
    response.body = asset->raw;
    replace_first(response.body, problem_place, problem_summary(refusal, language));
    replace_first(response.body, "<title>", language == Language::zh ? "<title>错误：" : "<title>Error: ");
    // This page has the address of the call, so what is relative to the login page must say so.
    replace_first(response.body, language_place, "href=\"/login?lang=");
    if (!kept.to.empty()) {
        std::string with_target = fmt::format(
            "{}{}&amp;to={}", action_place, language == Language::zh ? "zh-CN" : "en", url_encoded(kept.to));
        replace_first(response.body,
                      fmt::format("{}{}", action_place, language == Language::zh ? "zh-CN" : "en"),
                      with_target);
    }
    replace_first(response.body, number_place,
                  fmt::format("{}{}", number_place, escaped_html(kept.identity_number)));
    if (kept.kind == PersonKind::corporate) {
        replace_first(response.body, "value=\"personal\" checked", "value=\"personal\"");
        replace_first(response.body, "value=\"corporate\"", "value=\"corporate\" checked");
    }
    return response;
}

}  // namespace qrgate
