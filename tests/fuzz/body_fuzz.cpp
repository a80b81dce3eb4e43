// Bodies of requests, as JSON and as a form: whatever they are, what a handler reads is clean text within its
// limit, and a body without a fault has only keys that were asked for.
#include "protocol/body_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

namespace {

void read(BodyReader body) {
    const std::string kind = body.text("kind");
    const std::string password = body.text("password", 16);
    const auto code = body.optional_text("code", 6);
    const Bytes key = body.octets("public_key", 65);
    const std::int64_t seconds = body.integer("advance_s", 0, 3600);

    must(kind.size() <= 256 && password.size() <= 16, "texts keep their limit");
    must(is_clean_utf8(kind) && is_clean_utf8(password), "texts are UTF-8 without NUL");
    must(!code || (code->size() <= 6 && is_clean_utf8(*code)), "optional texts too");
    must(seconds >= 0 && seconds <= 3600, "numbers keep their range");
    const bool ok = body.ok();
    const auto problem = body.finish();
    must(ok || problem.has_value(), "a fault is told");
    must(problem.has_value() || key.size() == 65, "octets have the asked size");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read(BodyReader::json(text_of(data, size)));
    read(BodyReader::form(text_of(data, size)));
    return 0;
}
