// What the two addresses and browsers of a QR login say about its risk (RFC 10027; docs/decisions.md, "Risk
// at the QR login"), and what a denial on the phone means for the next tickets of its address. I/O thread.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "server/http.hpp"
#include "storage/records.hpp"

namespace qrgate {

struct Services;

// docs/protocol.md section 4, `needs_code`: by policy, or because browser and phone are in different regions,
// or one of them at a hosting network. Never by a mere difference of networks: private and loopback addresses
// are no regions unless the operator's table names them.
bool needs_typed_code(const Services& services, const BrowserContext& browser,
                      std::string_view phone_address);

// The phone scans a code on its own screen: one address, one system, and a phone's. Never on loopback.
bool is_same_device(const BrowserContext& browser, const Request& scan);

// A phone denied this ticket, or confirmed it: its browser's address slows down, or recovers. Loopback is not
// counted.
void count_denial(Services& services, const Ticket& denied);
void count_confirmation(Services& services, const Ticket& confirmed);
// How long tickets of that address must wait now; none: not at all.
std::optional<std::chrono::seconds> denial_wait(Services& services, std::string_view address);

}  // namespace qrgate
