#include "server/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdexcept>

namespace qrgate {
namespace {

std::string openssl_reason() {
    unsigned long error = ERR_peek_last_error();
    const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
    std::string text = reason ? reason : "not readable";
    ERR_clear_error();
    return text;
}

// A key file that is locked by a passphrase must fail: OpenSSL would otherwise ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

std::shared_ptr<SSL_CTX> make_context(const std::filesystem::path& certificate,
                                      const std::filesystem::path& key) {
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) throw std::runtime_error("TLS: " + openssl_reason());
    SSL_CTX* ctx = context.get();
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(
        ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // TLS 1.2: forward secrecy and AEAD only. TLS 1.3 has nothing else.
    SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20");
    // Tickets carry the session; a server-side cache would only cost memory.
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(ctx, certificate.c_str()) != 1)
        throw std::runtime_error("TLS certificate " + certificate.string() + ": " + openssl_reason());
    if (SSL_CTX_use_PrivateKey_file(ctx, key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("TLS key " + key.string() + ": " + openssl_reason());
    if (SSL_CTX_check_private_key(ctx) != 1)
        throw std::runtime_error("TLS key " + key.string() + " does not belong to certificate " +
                                 certificate.string());
    return context;
}

}  // namespace

TlsContext::TlsContext(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      context_(make_context(certificate_, key_)) {}

std::optional<std::string> TlsContext::reload() {
    try {
        context_ = make_context(certificate_, key_);
        return std::nullopt;
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

}  // namespace qrgate
