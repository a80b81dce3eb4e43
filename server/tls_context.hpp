// The certificate and key of our own TLS, from two PEM files; read again on SIGHUP. Owned by App; I/O thread.
// TLS 1.2 or newer, forward secrecy only, no renegotiation, no compression, session tickets without state.
// A reload with bad files keeps what was there and says why. Live connections keep the context they began
// with (an SSL holds its own reference).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace qrgate {

class TlsContext {
public:
    // Throws std::runtime_error with one plain line: which file, and what is wrong with it.
    TlsContext(std::filesystem::path certificate, std::filesystem::path key);

    // nullopt: the new files are in use. Else the reason, in one plain line, and the old ones stay in use.
    std::optional<std::string> reload();
    ssl_ctx_st* current() const noexcept { return context_.get(); }

private:
    std::filesystem::path certificate_;
    std::filesystem::path key_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace qrgate
