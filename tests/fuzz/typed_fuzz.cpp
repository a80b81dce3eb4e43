// What people type: putting it right twice changes nothing more, and what is right is left alone.
#include <string>

#include "protocol/bytes.hpp"
#include "protocol/credit_code.hpp"
#include "protocol/identity_number.hpp"
#include "protocol/password_policy.hpp"
#include "protocol/phone_number.hpp"
#include "protocol/signed_text.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);

    const std::string number = normal_identity_number(input);
    // Broken UTF-8 never gets this far (body_reader_fuzz); joined pieces of it may look like a full-width
    // digit.
    if (is_clean_utf8(input)) must(normal_identity_number(number) == number, "a normal number is normal");
    if (is_citizen_number(input) || is_credit_code(input)) must(number == input, "a right number stays");
    const std::string phone = normal_phone_number(input);
    if (is_phone_number(input)) must(phone == input, "a right phone number stays");

    const std::string shown = without_controls(input, 64);
    must(shown.size() <= 64, "the limit holds");
    must(is_clean_utf8(shown), "what is shown is UTF-8");
    must(shown.find('\n') == std::string::npos, "no line can be smuggled into the signed text");
    must(without_controls(shown, 64) == shown, "once is enough");
    if (const auto bytes = from_base64url(input))
        must(base64url(*bytes) == input, "base64url has one spelling");
    if (const auto bytes = from_hex(input)) must(hex(*bytes) == input, "hex has one spelling");
    return 0;
}
