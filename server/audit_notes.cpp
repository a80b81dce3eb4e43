#include "server/audit_notes.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "protocol/cookie.hpp"
#include "server/audit_throttle.hpp"
#include "server/budgets.hpp"
#include "server/client_address.hpp"
#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "server/task_group.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Task<void> record(Services& services, AuditEvent event, Trace trace) {
    co_await services.storage.record(std::move(event), std::move(trace));
}

constexpr std::string_view ended_use = "session_use_after_expire";

// A value that never was a session's leaves no row, and must not take the place of one that was.
Task<void> record_ended(Services& services, Digest hash, std::string whom, SessionKind kind, Trace trace) {
    auto noted =
        co_await services.storage.note_ended_session(hash, kind, services.clock.now(), std::move(trace));
    if (!noted || !*noted) services.audit_throttle.take_back(ended_use, whom);
}

// By the person, where one is known; else by the customer's address.
void note(Services& services, AuditEvent event, std::string_view what, const Trace& trace) {
    event.at = services.clock.now();
    const std::string kind = event.event + " " + event.outcome + (event.person_id ? " person" : " address");
    const std::string whom =
        std::string(what) + " " + (event.person_id ? *event.person_id : customer_of(trace.address));
    if (!services.audit_throttle.is_first(kind, whom, event.at)) return;
    services.tasks.spawn("audit_note", record(services, std::move(event), trace));
}

Task<void> tell_of_tries(Services& services, TriedPerson person) {
    if (!sends_texts(services.config)) co_return;
    BudgetRequest once(services);
    once.of(Budget::tries_notice, person.id);
    if (co_await once.spend()) co_return;
    co_await send_quietly(services, notice_text(SmsNotice::many_tries, person.phone));
}

void note_ended(Services& services, std::string_view value, SessionKind kind, const Trace& trace) {
    if (value.empty()) return;
    const Digest hash = sha256(as_bytes(value));
    std::string whom = hex(ByteView(hash).first(8));
    if (!services.audit_throttle.is_first(ended_use, whom, services.clock.now())) return;
    services.tasks.spawn("audit_note", record_ended(services, hash, std::move(whom), kind, trace));
}

}  // namespace

Presented presented_by(const Request& request) {
    return {.cookies = std::string(request.header("cookie")),
            .authorization = std::string(request.header("authorization")),
            .secure = request.secure,
            .trace = {request.address, request.request_id}};
}

void note_refused_request(Services& services, const Refusal& refusal, const Presented& presented) {
    const Errc errc = refusal.problem.errc;
    if (errc == Errc::session_missing) {
        const auto value = read_cookie(presented.cookies, cookie_name(CookieName::session, presented.secure));
        note_ended(services, value.value_or(std::string()), SessionKind::browser, presented.trace);
    } else if (errc == Errc::token_missing) {
        constexpr std::string_view scheme = "Bearer ";
        if (!boost::algorithm::istarts_with(presented.authorization, scheme)) return;
        note_ended(services, std::string_view(presented.authorization).substr(scheme.size()),
                   SessionKind::phone, presented.trace);
    } else if (errc == Errc::origin_refused) {
        note(services, {.event = "authz_fail", .outcome = std::string(info(errc).code)}, "", presented.trace);
    }
}

void note_no_more_tries(Services& services, LoginMethod method, const Refusal& refusal,
                        std::optional<TriedPerson> whom, const Trace& trace) {
    if (refusal.problem.errc != Errc::too_many) return;
    AuditEvent event{.event = "authn_login_fail_max",
                     .outcome = std::string(info(Errc::too_many).code),
                     .method = std::string(name_of(method))};
    if (whom) event.person_id = whom->id;
    note(services, std::move(event), name_of(method), trace);
    if (!whom || whom->phone.empty()) return;
    // The owner hears of it whatever was noted; the day's budget decides, and is not asked at each try.
    const auto seen = services.audit_throttle.look("tries_notice", whom->id, services.clock.now());
    if (seen == AuditThrottle::Seen::again) return;
    services.tasks.spawn("tries_notice", tell_of_tries(services, std::move(*whom)));
}

void note_level_too_low(Services& services, const std::string& person_id, std::string what,
                        const Trace& trace) {
    AuditEvent event{.event = "authz_fail",
                     .outcome = std::string(info(Errc::level_too_low).code),
                     .person_id = person_id,
                     .subject = std::move(what)};
    note(services, std::move(event), "", trace);
}

}  // namespace qrgate
