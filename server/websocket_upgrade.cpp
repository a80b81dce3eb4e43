#include "server/websocket_upgrade.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace qrgate {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether a comma-separated list, over all headers of that name, holds the token (`any_case`: compared so).
bool lists(const Request& request, std::string_view name, std::string_view token, bool any_case) {
    auto same = [&](std::string_view a) {
        return any_case ? std::ranges::equal(a, token, {}, lower, lower) : a == token;
    };
    for (const auto& [key, value] : request.headers) {
        if (key != name) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            std::size_t comma = rest.find(',');
            std::string_view item = rest.substr(0, comma);
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
            while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
                item.remove_prefix(1);
            while (!item.empty() && (item.back() == ' ' || item.back() == '\t'))
                item.remove_suffix(1);
            if (same(item)) return true;
        }
    }
    return false;
}

std::size_t count(const Request& request, std::string_view name) {
    return static_cast<std::size_t>(
        std::ranges::count(request.headers, name, [](const auto& h) { return std::string_view(h.first); }));
}

// Base64 of 16 octets: 22 characters and two '=', the last character carrying four zero bits.
bool is_key(std::string_view key) {
    auto in_alphabet = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
               c == '/';
    };
    return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), in_alphabet) &&
           std::string_view("AQgw").find(key[21]) != std::string_view::npos;
}

}  // namespace

std::string websocket_accept(std::string_view key) {
    std::string text(key);
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> sum{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), sum.data(), &size, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("SHA-1 is not available: OpenSSL's default provider is missing");
    std::array<unsigned char, 29> encoded{};
    int length = EVP_EncodeBlock(encoded.data(), sum.data(), static_cast<int>(size));
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

Result<Response> websocket_upgrade(const Request& request) {
    if (request.method != Method::get || !request.http_1_1 || !request.body.empty()) return Errc::bad_request;
    if (!lists(request, "upgrade", "websocket", true)) return Errc::bad_request;
    if (!lists(request, "connection", "upgrade", true)) return Errc::bad_request;
    if (count(request, "sec-websocket-version") != 1 || request.header("sec-websocket-version") != "13")
        return Errc::bad_request;
    std::string_view key = request.header("sec-websocket-key");
    if (count(request, "sec-websocket-key") != 1 || !is_key(key)) return Errc::bad_request;
    if (!lists(request, "sec-websocket-protocol", websocket_subprotocol, false)) return Errc::bad_request;

    Response response;
    response.status = 101;
    response.set("Upgrade", "websocket");
    response.set("Connection", "Upgrade");
    response.set("Sec-WebSocket-Accept", websocket_accept(key));
    response.set("Sec-WebSocket-Protocol", std::string(websocket_subprotocol));
    return response;
}

}  // namespace qrgate
