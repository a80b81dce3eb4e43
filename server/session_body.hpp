// A session as its own person sees it in a list: {id, method, aal, browser, address, place, opened_at,
// last_used_at, expires_at}. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "storage/storage.hpp"

namespace qrgate {

boost::json::object session_body(const Session& session);

// The session that asks, as GET /api/v1/session answers: {person, method, aal, expires_at}.
boost::json::object own_session_body(const Session& session);

}  // namespace qrgate
