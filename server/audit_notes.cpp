#include "server/audit_notes.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "protocol/cookie.hpp"
#include "server/audit_throttle.hpp"
#include "server/budgets.hpp"
#include "server/clock.hpp"
#include "server/services.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/sms_code.hpp"
#include "server/task_group.hpp"
#include "storage/storage.hpp"

namespace qrgate {

namespace {

asio::awaitable<void> record(Services& services, AuditEvent event, Trace trace) {
    co_await services.storage.record(std::move(event), std::move(trace));
}

asio::awaitable<void> record_ended(Services& services, Digest hash, SessionKind kind, Trace trace) {
    co_await services.storage.note_ended_session(hash, kind, services.clock.now(), std::move(trace));
}

// Whether it was the first.
bool note(Services& services, AuditEvent event, std::string_view whom, const Trace& trace) {
    event.at = services.clock.now();
    if (!services.audit_throttle.is_first(event.event + " " + event.outcome, whom, event.at)) return false;
    services.tasks.spawn("audit_note", record(services, std::move(event), trace));
    return true;
}

asio::awaitable<void> tell_of_tries(Services& services, TriedPerson person) {
    if (!sends_texts(services.config)) co_return;
    BudgetRequest once(services);
    once.of(Budget::tries_notice, person.id);
    if (co_await once.spend()) co_return;
    co_await send_quietly(services, notice_text(SmsNotice::many_tries, person.phone));
}

void note_ended(Services& services, std::string_view value, SessionKind kind, const Trace& trace) {
    if (value.empty()) return;
    const Digest hash = sha256(as_bytes(value));
    const std::string whom = hex(ByteView(hash).first(8));
    if (!services.audit_throttle.is_first("session_use_after_expire", whom, services.clock.now())) return;
    services.tasks.spawn("audit_note", record_ended(services, hash, kind, trace));
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
        note(services, {.event = "authz_fail", .outcome = std::string(info(errc).code)},
             presented.trace.address, presented.trace);
    }
}

void note_no_more_tries(Services& services, LoginMethod method, const Refusal& refusal,
                        std::optional<TriedPerson> whom, const Trace& trace) {
    if (refusal.problem.errc != Errc::too_many) return;
    AuditEvent event{.event = "authn_login_fail_max",
                     .outcome = std::string(info(Errc::too_many).code),
                     .method = std::string(name_of(method))};
    if (whom) event.person_id = whom->id;
    const std::string key = event.method + " " + (whom ? whom->id : trace.address);
    if (!note(services, std::move(event), key, trace)) return;
    if (whom && !whom->phone.empty())
        services.tasks.spawn("tries_notice", tell_of_tries(services, std::move(*whom)));
}

void note_level_too_low(Services& services, const std::string& person_id, std::string what,
                        const Trace& trace) {
    AuditEvent event{.event = "authz_fail",
                     .outcome = std::string(info(Errc::level_too_low).code),
                     .person_id = person_id,
                     .subject = std::move(what)};
    note(services, std::move(event), person_id, trace);
}

}  // namespace qrgate
