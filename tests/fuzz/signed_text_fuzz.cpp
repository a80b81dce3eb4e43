// What a person signs: whatever a browser calls itself, the text has its ten lines, each what it says it is,
// and two different logins never have the same text.
#include <string>
#include <vector>

#include "protocol/origin.hpp"
#include "protocol/signed_text.hpp"
#include "protocol/utf8.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
        lines.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    must(from == text.size(), "every line is ended");
    return lines;
}

SignedLogin login_of(std::string_view user_agent, std::string_view family) {
    const BrowserName name = browser_name(user_agent);
    return {.origin = "https://login.example",
            .ticket = "aTICKET",
            .nonce = "nonce",
            .person = "person",
            .certificate = "00ff",
            .family = family.empty() ? name.family : without_controls(family, 64),
            .os = name.os,
            .address = "203.0.113.9",
            .started = WallTime{},
            .expires = WallTime{}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const std::string_view half = input.substr(0, input.size() / 2);
    const SignedLogin login = login_of(half, input.substr(half.size()));
    const std::string text = signed_text(login);

    const auto lines = lines_of(text);
    must(lines.size() == 10, "ten lines, whatever the browser is called");
    must(lines[0] == "qrgate-login-v1", "the first says what it is");
    must(lines[1] == "origin: " + login.origin, "nothing can stand before the origin");
    must(lines[3] == "nonce: nonce" && lines[4] == "person: person", "nor between");
    const std::string family = login.family.empty() ? "unknown" : login.family;
    must(lines[6] == "browser: " + family + " on " + login.os, "the browser's line is whole");
    must(lines[9].starts_with("expires: "), "the last is the end");
    must(characters(text).size() <= text.size(), "it can be read");
    SignedLogin other = login;
    other.nonce = "another";
    must(signed_text(other) != text, "another nonce is another text");
    return 0;
}
