// The live session of a browser's cookie for the calls that are asked all the time (`verify`, `session`):
// from the cache, else read. Being asked counts as use of the session; the use is written beside the answer,
// at most once a minute (storage: use_session), so that a session that only a proxy asks about stays alive.
// I/O thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "server/session_cache.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;

// The hash of the session value in a Cookie header; none: no such cookie, or nothing that we hand out. What
// has not our shape is looked up nowhere.
std::optional<Digest> session_hash(std::string_view cookie_header, bool secure);

// Null: not in the cache, which says nothing about the session. Good until the next call of the cache.
const SessionCache::Entry* live_session_at_once(Services& services, std::string_view cookie_header,
                                                bool secure);

// session_missing; storage's.
Task<Result<SessionCache::Entry>> live_session(Services& services, std::string cookie_header, bool secure);

}  // namespace qrgate
