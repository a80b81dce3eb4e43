#include "server/standard_events.hpp"

#include <algorithm>
#include <array>

namespace qrgate {

namespace {

struct Named {
    std::string_view ours;
    std::string_view standard;
};

constexpr std::array names{
    Named{"authn_login_fail", "authn_login_fail"},
    Named{"signature_wrong", "authn_login_fail"},
    Named{"passphrase_wrong", "authn_login_fail"},
    Named{"password_change_refused", "authn_login_fail"},
    Named{"authn_login_fail_max", "authn_login_fail_max"},
    Named{"ticket_dead", "authn_login_fail_max"},
    Named{"person_locked", "authn_login_lock"},
    Named{"certificate_disabled", "authn_login_lock"},
    Named{"authn_token_reuse", "authn_token_reuse"},
    Named{"session_created", "session_created"},
    Named{"session_expired", "session_expired"},
    Named{"session_use_after_expire", "session_use_after_expire"},
    Named{"session_ended", "authn_token_revoked"},
    Named{"certificate_revoked", "authn_token_revoked"},
    Named{"certificate_issued", "authn_token_created"},
    Named{"authz_fail", "authz_fail"},
    Named{"level_changed", "authz_change"},
    Named{"person_registered", "user_created"},
    Named{"person_imported", "user_created"},
    Named{"phone_changed", "user_updated"},
};

}  // namespace

std::string_view standard_event(const ChainRow& it) noexcept {
    const AuditEvent& event = it.row.event;
    const bool ok = event.outcome == "ok";
    if (event.event == "authn_login_success")
        return it.after_failure ? "authn_login_successafterfail" : "authn_login_success";
    if (event.event == "ticket_scanned" && !ok)
        return event.outcome == "ticket_state" ? "authn_token_reuse" : "authz_fail";
    if (event.event == "code_checked") return ok ? std::string_view() : "authn_login_fail";
    if (event.event == "password_changed" || event.event == "password_reset")
        return ok ? "authn_password_change" : "authn_password_change_fail";
    const auto* named = std::ranges::find(names, event.event, &Named::ours);
    return named == names.end() ? std::string_view() : named->standard;
}

}  // namespace qrgate
