#include "server/process.hpp"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "server/config.hpp"

namespace qrgate {

namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(leak_sanitizer)
#define QRGATE_TRACES_ITSELF
#endif
#endif
#ifdef QRGATE_TRACES_ITSELF
constexpr bool traces_itself = true;
#else
constexpr bool traces_itself = false;
#endif

}  // namespace

void take_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void forbid_core_dumps(const Config& config) {
    if (config.core_dumps == CoreDumps::on) return;
    const rlimit none{0, 0};
    bool done = ::setrlimit(RLIMIT_CORE, &none) == 0;
    if (!traces_itself) done = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && done;
    if (!done)
        throw std::runtime_error("core dumps cannot be forbidden; process.core_dumps = on goes without");
}

void tell_service_manager(std::string_view line) noexcept {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract name
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    ::sendto(descriptor, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address), size);
    ::close(descriptor);
}

void give_back_free_memory() noexcept {
    ::malloc_trim(0);
}

}  // namespace qrgate
