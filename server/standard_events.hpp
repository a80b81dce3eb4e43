// Audit rows under the names that others know them by (OWASP Logging Vocabulary; docs/security.md, 4,
// "Logging"). Our own names say more; the export has both: `standard` (docs/operating.md, "The chain").
// Pure; any thread.
#pragma once

#include <string_view>

#include "storage/audit_chain.hpp"

namespace qrgate {

// Empty: no event of that vocabulary (a ticket's steps, texts sent, the desk).
std::string_view standard_event(const ChainRow& row) noexcept;

}  // namespace qrgate
