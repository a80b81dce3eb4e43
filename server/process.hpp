// What the process asks of the machine: descriptors, no trace of its memory on disk, a word to the service
// manager; and what it gives back. Called by main and App; any thread.
#pragma once

#include <string_view>

namespace qrgate {

struct Config;

// The soft limit of descriptors is often 1024; every waiting browser is one.
void take_all_descriptors();

// No core file, and nobody but root looks into this process's memory or traces it (prctl PR_SET_DUMPABLE),
// unless the setting process.core_dumps allows it. Children (the private PostgreSQL) inherit the limit. In
// builds with a sanitizer only the core file: the leak check traces its own process.
void forbid_core_dumps(const Config& config);

// A line of systemd's notify protocol (sd_notify(3)) to NOTIFY_SOCKET: "READY=1", "STOPPING=1",
// "WATCHDOG=1". Without that variable, or where the socket does not take it, nothing happens.
void tell_service_manager(std::string_view line) noexcept;

// Free pages of the heap go back to the system (malloc_trim(3)). Takes some two milliseconds for ten
// megabytes, during which nobody else gets memory.
void give_back_free_memory() noexcept;

}  // namespace qrgate
