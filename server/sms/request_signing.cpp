#include "server/sms/request_signing.hpp"

#include <fmt/format.h>

#include <chrono>

#include "protocol/bytes.hpp"

namespace qrgate {

namespace {

bool is_unreserved(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::string hex_sha256(std::string_view text) {
    return hex(sha256(as_bytes(text)));
}

Digest keyed(ByteView key, std::string_view message) {
    return hmac_sha256(key, as_bytes(message));
}

}  // namespace

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        }
    }
    return out;
}

std::string canonical_query(const std::map<std::string, std::string>& parameters) {
    std::string out;
    for (const auto& [name, value] : parameters)
        out += fmt::format("{}{}={}", out.empty() ? "" : "&", percent_encoded(name), percent_encoded(value));
    return out;
}

std::string aliyun_authorization(const AliyunRequest& request, std::string_view key_id,
                                 std::string_view key) {
    std::map<std::string, std::string> headers = request.headers;
    headers["host"] = request.host;
    std::string lines;
    std::string names;
    for (const auto& [name, value] : headers) {
        lines += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    const std::string canonical = fmt::format("{}\n/\n{}\n{}\n{}\n{}", request.method, request.query, lines,
                                              names, hex_sha256(request.body));
    const std::string to_sign = "ACS3-HMAC-SHA256\n" + hex_sha256(canonical);
    return fmt::format("ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}", key_id, names,
                       hex(keyed(as_bytes(key), to_sign)));
}

std::string tencent_authorization(const TencentRequest& request, std::string_view key_id,
                                  std::string_view key) {
    constexpr std::string_view signed_headers = "content-type;host";
    const std::string date = format_time(request.at).substr(0, 10);
    const std::string scope = fmt::format("{}/{}/tc3_request", date, request.service);
    const std::string canonical =
        fmt::format("POST\n/\n\ncontent-type:{}\nhost:{}\n\n{}\n{}", tencent_content_type, request.host,
                    signed_headers, hex_sha256(request.body));
    const std::string to_sign =
        fmt::format("TC3-HMAC-SHA256\n{}\n{}\n{}", unix_seconds(request.at), scope, hex_sha256(canonical));
    const Digest of_date = keyed(as_bytes(fmt::format("TC3{}", key)), date);
    const Digest of_service = keyed(of_date, request.service);
    const Digest of_request = keyed(of_service, "tc3_request");
    return fmt::format("TC3-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", key_id, scope,
                       signed_headers, hex(keyed(of_request, to_sign)));
}

std::string webhook_signature(std::string_view key, std::string_view timestamp, std::string_view body) {
    return "v1=" + hex(keyed(as_bytes(key), fmt::format("{}.{}", timestamp, body)));
}

std::string unix_seconds(WallTime at) {
    return fmt::format("{}", std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

}  // namespace qrgate
