// The areas of the API, one file each in this folder. Each adds its routes (docs/protocol.md names them) to a
// router.
#pragma once

namespace qrgate {

class Router;
class MovableClock;
class Proofings;
class Readiness;
class SimulatedProofing;
class SmsOutbox;
struct Services;

// login_routes.cpp: all of those below that need nothing but the services
void add_login_routes(Router& router, Services& services);

void add_entry_routes(Router& router, Services& services);           // entry.cpp: context
void add_captcha_routes(Router& router, Services& services);         // captcha.cpp
void add_password_login_routes(Router& router, Services& services);  // password_login.cpp
void add_registration_routes(Router& router, Services& services);    // registration.cpp
void add_password_reset_routes(Router& router, Services& services);  // password_reset.cpp
void add_sms_login_routes(Router& router, Services& services);       // sms_login.cpp
void add_session_routes(Router& router, Services& services);         // sessions.cpp
void add_verify_routes(Router& router, Services& services);          // verify.cpp: for reverse proxies
void add_qr_browser_routes(Router& router, Services& services);      // qr_browser.cpp
void add_phone_login_routes(Router& router, Services& services);     // phone_login.cpp
void add_qr_phone_routes(Router& router, Services& services);        // qr_phone.cpp
void add_certificate_routes(Router& router, Services& services);  // certificates.cpp, certificate_issue.cpp
void add_revocation_routes(Router& router, Services& services);   // revocations.cpp
void add_qr_stream_routes(Router& router, Services& services);    // qr_stream.cpp: the same without WebSocket
void add_page_routes(Router& router, Services& services);         // pages.cpp: pages and their assets
void add_account_routes(Router& router, Services& services);      // account.cpp: level, history, undo
void add_password_change_routes(Router& router, Services& services);  // password_change.cpp
void add_phone_change_routes(Router& router, Services& services);     // phone_change.cpp
void add_preference_routes(Router& router, Services& services);       // preferences.cpp

// proofing.cpp: consents, the provider's address, what became of it; the provider's callback
void add_proofing_routes(Router& router, Services& services, Proofings& proofings);

// Only with --demo. They show codes and move the clock, so nothing of them exists otherwise.
void add_demo_routes(Router& router, Services& services, SmsOutbox& outbox, MovableClock& clock);  // demo.cpp
// demo_proofing.cpp: the simulated provider's page and its verdict
void add_demo_proofing_routes(Router& router, Services& services, Proofings& proofings,
                              SimulatedProofing& simulated);

// bench.cpp: only with --bench
void add_bench_routes(Router& router, Services& services);

// The admin listener's: health, readiness, metrics.
void add_admin_routes(Router& router, Services& services, Readiness& readiness);  // admin.cpp

}  // namespace qrgate
