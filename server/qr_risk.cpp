#include "server/qr_risk.hpp"

#include "protocol/origin.hpp"
#include "server/client_address.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/place.hpp"
#include "server/risk.hpp"
#include "server/services.hpp"

namespace qrgate {

namespace {

bool is_region(const Place& place) {
    return !place.name.empty() && !place.is_own;
}

// Loopback is a proxy that is not trusted, or this machine: nobody's address, and everybody's.
bool is_counted(std::string_view address) {
    return !address.empty() && !is_loopback_address(address);
}

}  // namespace

bool needs_typed_code(const Services& services, const BrowserContext& browser,
                      std::string_view phone_address) {
    switch (services.config.typed_code) {
        case TypedCodePolicy::off:
            return false;
        case TypedCodePolicy::always:
            return true;
        case TypedCodePolicy::risk:
            break;
    }
    const Place pc = services.places.of(browser.address);
    const Place phone = services.places.of(phone_address);
    return pc.data_centre || phone.data_centre ||
           (is_region(pc) && is_region(phone) && pc.name != phone.name);
}

bool is_same_device(const BrowserContext& browser, const Request& scan) {
    const std::string os = browser_name(scan.header("user-agent")).os;
    const bool is_phone = os == "Android" || os == "iOS" || os == "HarmonyOS";
    return is_phone && os == browser.os && !is_loopback_address(scan.address) &&
           customer_of(scan.address) == customer_of(browser.address);
}

void count_denial(Services& services, const Ticket& denied) {
    if (!is_counted(denied.browser.address)) return;
    services.risk.denied(denied.browser.address, denied.person_id, services.clock.now());
}

void count_confirmation(Services& services, const Ticket& confirmed) {
    services.risk.confirmed(confirmed.browser.address, services.clock.now());
}

std::optional<std::chrono::seconds> denial_wait(Services& services, std::string_view address) {
    if (!is_counted(address)) return std::nullopt;
    return services.risk.denial_wait(address, services.clock.now());
}

}  // namespace qrgate
