// Whatever the body is, reading it neither throws nor gives text that is not clean.
#include <cstdlib>

#include "protocol/body_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    auto reader = qrgate::BodyReader::json(body);
    const auto text = reader.optional_text("kind", 64);
    if (text && (text->size() > 64 || !qrgate::is_clean_utf8(*text))) std::abort();
    const auto octets = reader.octets("public_key", 65);
    if (!octets.empty() && octets.size() != 65) std::abort();
    reader.object("biometric");
    const bool ok = reader.ok();
    const auto problem = reader.finish(qrgate::Language::en);
    if (!ok && !problem) std::abort();
    return 0;
}
