// The Content-Security-Policy of every answer: everything from ourselves, nothing in line, and what frames
// are allowed, which is all that differs. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace qrgate {

inline std::string content_security_policy(std::string_view frames) {
    std::string policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
        "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; ";
    policy += frames;
    return policy;
}

}  // namespace qrgate
