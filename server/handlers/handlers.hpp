// The areas of the API, one file each in this folder. Each adds its routes (docs/protocol.md names them) to a
// router.
#pragma once

namespace qrgate {

class Router;
class MovableClock;
class Readiness;
class SmsOutbox;
struct Services;

void add_entry_routes(Router& router, Services& services);            // entry.cpp: context, captcha
void add_password_login_routes(Router& router, Services& services);   // password_login.cpp
void add_session_routes(Router& router, Services& services);          // sessions.cpp
void add_account_routes(Router& router, Services& services);          // account.cpp: level, history, undo
void add_password_change_routes(Router& router, Services& services);  // password_change.cpp
void add_phone_change_routes(Router& router, Services& services);     // phone_change.cpp
void add_preference_routes(Router& router, Services& services);       // preferences.cpp
void add_qr_browser_routes(Router& router, Services& services);       // qr_browser.cpp
void add_phone_login_routes(Router& router, Services& services);      // phone_login.cpp
void add_qr_phone_routes(Router& router, Services& services);         // qr_phone.cpp
void add_certificate_routes(Router& router, Services& services);      // certificates.cpp
void add_page_routes(Router& router, Services& services);             // pages.cpp: pages and their assets
void add_entry_routes(Router& router, Services& services);            // entry.cpp: context, captcha
void add_password_login_routes(Router& router, Services& services);   // password_login.cpp
void add_session_routes(Router& router, Services& services);          // sessions.cpp
void add_qr_browser_routes(Router& router, Services& services);       // qr_browser.cpp
void add_qr_stream_routes(Router& router, Services& services);    // qr_stream.cpp: the same without WebSocket
void add_phone_login_routes(Router& router, Services& services);  // phone_login.cpp
void add_qr_phone_routes(Router& router, Services& services);     // qr_phone.cpp
void add_certificate_routes(Router& router, Services& services);  // certificates.cpp
void add_page_routes(Router& router, Services& services);         // pages.cpp: pages and their assets

// Only with --demo. They show codes and move the clock, so nothing of them exists otherwise.
void add_demo_routes(Router& router, Services& services, SmsOutbox& outbox, MovableClock& clock);  // demo.cpp

// The admin listener's: health, readiness, metrics.
void add_admin_routes(Router& router, Services& services, Readiness& readiness);  // admin.cpp

}  // namespace qrgate
