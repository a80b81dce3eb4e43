#include "server/end_signal.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace qrgate {

namespace {

constexpr const char* file_name = "ended";
constexpr std::size_t file_size = sizeof(std::uint64_t);

static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free, "processes share it without a lock");

// The mapped number; null when the file cannot be opened (errno says why).
std::uint64_t* mapped(const std::filesystem::path& data_folder, int how) {
    const int fd = ::open((data_folder / file_name).c_str(), how | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return nullptr;
    void* memory = MAP_FAILED;
    // Growing to the same size changes nothing, so that a running neighbour keeps its number.
    if (::ftruncate(fd, file_size) == 0)
        memory = ::mmap(nullptr, file_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int error = errno;
    ::close(fd);
    errno = error;
    return memory == MAP_FAILED ? nullptr : static_cast<std::uint64_t*>(memory);
}

}  // namespace

EndSignal::EndSignal() noexcept : number_(&own_) {}

EndSignal EndSignal::made_in(const std::filesystem::path& data_folder) {
    std::uint64_t* shared = mapped(data_folder, O_CREAT);
    if (shared == nullptr)
        throw std::runtime_error((data_folder / file_name).string() + ": " + std::strerror(errno));
    return EndSignal(shared);
}

EndSignal EndSignal::found_in(const std::filesystem::path& data_folder) {
    std::uint64_t* shared = mapped(data_folder, 0);
    return shared == nullptr ? EndSignal() : EndSignal(shared);
}

EndSignal::~EndSignal() {
    if (number_ != &own_) ::munmap(number_, file_size);
}

std::uint64_t EndSignal::value() const noexcept {
    return std::atomic_ref(*number_).load(std::memory_order_acquire);
}

void EndSignal::raise() noexcept {
    std::atomic_ref(*number_).fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace qrgate
