// A number in a file of the data folder that only grows: the operator's commands raise it after what they
// commit, and the server beside them sees it without asking anybody (one read of shared memory). It says that
// sessions or rights of somebody may have ended, not whose. Owned by App (which makes the file) and by a
// command (which does nothing where there is none); any thread.
#pragma once

#include <cstdint>
#include <filesystem>

namespace qrgate {

class EndSignal {
public:
    EndSignal() noexcept;  // of this process alone (tests)
    // Makes the file, mode 0600. Throws std::runtime_error with one plain line.
    static EndSignal made_in(const std::filesystem::path& data_folder);
    // The running server's; of this process alone where no server ever ran in the folder.
    static EndSignal found_in(const std::filesystem::path& data_folder);
    ~EndSignal();
    EndSignal(const EndSignal&) = delete;
    EndSignal& operator=(const EndSignal&) = delete;

    std::uint64_t value() const noexcept;
    void raise() noexcept;  // after the commit

private:
    explicit EndSignal(std::uint64_t* shared) noexcept : number_(shared) {}

    std::uint64_t own_ = 0;
    std::uint64_t* number_;
};

}  // namespace qrgate
