// Whatever the form is, reading it neither throws nor gives text that is not clean.
#include <cstdlib>

#include "protocol/body_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto reader = qrgate::BodyReader::form({reinterpret_cast<const char*>(data), size});
    for (const char* key : {"kind", "identity_number", "password", "captcha_id", "captcha"}) {
        const auto text = reader.optional_text(key);
        if (text && (text->size() > 256 || !qrgate::is_clean_utf8(*text))) std::abort();
    }
    const bool ok = reader.ok();
    if (!ok && !reader.finish()) std::abort();
    return 0;
}
