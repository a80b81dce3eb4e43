// Every route that needs nothing but the services: one place that a test can take whole.
#include "server/handlers/handlers.hpp"

namespace qrgate {

void add_login_routes(Router& router, Services& services) {
    add_entry_routes(router, services);
    add_captcha_routes(router, services);
    add_password_login_routes(router, services);
    add_registration_routes(router, services);
    add_password_reset_routes(router, services);
    add_sms_login_routes(router, services);
    add_session_routes(router, services);
    add_verify_routes(router, services);
    add_account_routes(router, services);
    add_password_change_routes(router, services);
    add_phone_change_routes(router, services);
    add_preference_routes(router, services);
    add_qr_browser_routes(router, services);
    add_qr_stream_routes(router, services);
    add_phone_login_routes(router, services);
    add_qr_phone_routes(router, services);
    add_certificate_routes(router, services);
    add_revocation_routes(router, services);
    add_page_routes(router, services);
}

}  // namespace qrgate
