// Tokens of tickets: what is accepted was made with the key, and no character of it can be another one.
#include <string>

#include "protocol/token.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace qrgate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    TokenRing ring;  // all-zero keys; the corpus has a token made with them
    ring.current.id = '1';

    if (check_token(ring, input)) {
        must(input.size() == token_size, "a token has 32 characters");
        for (std::size_t i = 0; i < input.size(); ++i) {
            std::string other(input);
            other[i] = other[i] == 'A' ? 'B' : 'A';
            must(!check_token(ring, other), "a changed token is refused");
        }
    }
    if (const auto code = normal_short_code(input)) {
        must(code->size() == 8, "a short code has 8 characters");
        must(normal_short_code(shown_short_code(*code)) == code, "the shown form is read back");
    }
    return 0;
}
