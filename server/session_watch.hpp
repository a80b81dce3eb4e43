// The end of a session as its page hears it: whoever ends sessions of a person says so here, and pages that
// wait (GET /api/v1/session/watch) look again. An end that another process commits (the operator's command)
// is seen by the next look. Looking uses nothing: a page that only watches does not keep its session alive.
// I/O thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "protocol/error.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;

// After the commit that ended any session of this person.
void sessions_changed(Services& services, const std::string& person_id);

// Returns after `at_most` (real time), or earlier when anything happened to the person's sessions.
// session_missing: the session of this cookie is over, or was not there.
asio::awaitable<Result<void>> watch_session(Services& services, std::string cookie_header, bool secure,
                                            std::chrono::seconds at_most);

}  // namespace qrgate
