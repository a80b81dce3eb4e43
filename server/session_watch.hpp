// The one place where ended sessions are told: whoever ends sessions of a person, or changes the person's
// level, state or certificates, says so here; then no answer is given from what was read before
// (SessionCache), pages that wait (GET /api/v1/session/watch) look again, and browsers and phones whose
// ticket was cancelled with it hear that (CancelledTickets). An end that an operator's command commits is
// told by the sweeper within a second (EndSignal); one of another node reaches the cache with time, and a
// waiting page by its next look. Looking uses nothing: a page that only watches does not keep its session
// alive. I/O thread.
#pragma once

#include <chrono>
#include <string>

#include "protocol/error.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;

// After the commit that ended any session of this person; also after a statement of which it is not known
// whether it was done (in_doubt, timed_out).
void sessions_changed(Services& services, const std::string& person_id);
// The same where it is not known whose sessions they were.
void anyones_sessions_changed(Services& services);

// Returns after `at_most` (real time), or earlier when anything happened to the person's sessions.
// session_missing: the session of this cookie is over, or was not there.
Task<Result<void>> watch_session(Services& services, std::string cookie_header, bool secure,
                                 std::chrono::seconds at_most);

}  // namespace qrgate
