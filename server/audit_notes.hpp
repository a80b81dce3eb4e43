// Audit rows of refusals that no verb of storage writes, beside the answer: they change neither its words nor
// its time, and are throttled (server/audit_throttle) so that a flood of refusals is no flood of rows. Best
// effort: the refusal itself has happened. I/O thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/bytes.hpp"
#include "protocol/person.hpp"
#include "server/answers.hpp"
#include "storage/records.hpp"

namespace qrgate {

// What of a request is needed once it has been answered.
struct Presented {
    std::string cookies = {};
    std::string authorization = {};
    bool secure = false;
    Trace trace = {};
};
Presented presented_by(const Request& request);

// The value of a session that is over (session_use_after_expire), a request from a foreign page (authz_fail,
// origin_refused). Other refusals: nothing.
void note_refused_request(Services& services, const Refusal& refusal, const Presented& presented);

// A login that the budgets refuse (authn_login_fail_max). `whom`: the person, where one is known; who has a
// phone is told by text, once a day.
struct TriedPerson {
    std::string id = {};
    std::string phone = {};
};
void note_no_more_tries(Services& services, LoginMethod method, const Refusal& refusal,
                        std::optional<TriedPerson> whom, const Trace& trace);

// Somebody whose level does not do (authz_fail); `what` was asked for.
void note_level_too_low(Services& services, const std::string& person_id, std::string what,
                        const Trace& trace);

}  // namespace qrgate
