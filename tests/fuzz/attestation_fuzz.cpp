// What a phone sends to say that somebody stands before it: the JSON claim, CBOR of an attestation, SOTER's
// text. Sizes are what the octets hold; nothing counts for a challenge that was not answered.
#include <boost/json/parse.hpp>
#include <string>

#include "server/biometric/biometric_claim.hpp"
#include "server/biometric/cbor_shape.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

// The client data is right, so that the attestation is what decides.
constexpr std::string_view client_data =
    R"({"type":"webauthn.create","challenge":"Y2hhbGxlbmdl","origin":"https://login.example","crossOrigin":false})";

void as_attestation(ByteView input) {
    const std::size_t item = cbor_item_size(input);
    must(item <= input.size(), "an item lies within its octets");
    must(item == 0 || cbor_item_size(input.first(item)) == item, "and is whole by itself");
    for (std::size_t cut = 0; cut < item; cut += 1 + item / 8)
        must(cbor_item_size(input.first(cut)) == 0, "and not before its end");
    const ByteView text = as_bytes(client_data);
    const WebauthnAnswer answer{.client_data = Bytes(text.begin(), text.end()),
                                .attestation = Bytes(input.begin(), input.end())};
    const auto facts =
        check_webauthn(answer, {.origin = "https://login.example", .challenge = "Y2hhbGxlbmdl"});
    must(!facts || item == input.size(), "what counts is one item");
    must(!facts || facts->aaguid.size() == 32, "with a model");
    must(!check_webauthn(answer, {.origin = "https://login.example", .challenge = "b3RoZXI"}),
         "for its challenge only");
    must(!check_webauthn(answer, {.origin = "https://login.evil", .challenge = "Y2hhbGxlbmdl"}),
         "at our origin only");
}

void as_client_data(ByteView input) {
    const WebauthnAnswer answer{.client_data = Bytes(input.begin(), input.end()), .attestation = {0xa0}};
    must(!check_webauthn(answer, {.origin = "https://login.example", .challenge = "Y2hhbGxlbmdl"}),
         "an empty attestation never counts");
}

void as_claim(std::string_view text) {
    boost::system::error_code failed;
    const auto value = boost::json::parse(text, failed);
    if (failed || !value.is_object()) return;
    const auto claim = read_biometric(value.as_object());
    if (!claim) return;
    const auto* kind = value.as_object().if_contains("kind");
    must(kind != nullptr && kind->is_string(), "a claim names its kind");
    must(std::string_view(kind->as_string()) == name_of(claim->kind), "and is of it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    as_attestation(input);
    as_client_data(input);
    as_claim(text_of(data, size));
    must(!soter_holds({.json_string = std::string(text_of(data, size))}, "Y2hhbGxlbmdlLW9mLXNvdGVy") ||
             text_of(data, size).find("Y2hhbGxlbmdlLW9mLXNvdGVy") != std::string_view::npos ||
             text_of(data, size).find('\\') != std::string_view::npos,
         "a text holds only what is in it");
    return 0;
}
