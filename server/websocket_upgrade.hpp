// The opening handshake of RFC 6455 (4.2), server side, without a socket. Pure, any thread.
// No extension is ever negotiated (permessage-deflate stays off). Origin and pre-session are the handler's to
// check.
#pragma once

#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "server/http.hpp"

namespace qrgate {

inline constexpr std::string_view websocket_subprotocol = "qrgate.v1";

// The 101 (without take_over, which the caller sets). bad_request: not an upgrade, or not one of version 13
// that offers our subprotocol.
Result<Response> websocket_upgrade(const Request& request);

// base64(SHA-1(key + GUID)), RFC 6455 4.2.2.
std::string websocket_accept(std::string_view key);

}  // namespace qrgate
