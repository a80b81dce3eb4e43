#include "server/process.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "tests/server/support.hpp"

namespace qrgate {
namespace {

// What systemd listens on.
class NotifySocket : public testing::Test {
protected:
    NotifySocket() : descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
        EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~NotifySocket() override {
        ::unsetenv("NOTIFY_SOCKET");
        ::close(descriptor);
    }
    std::string heard() const {
        std::string text(64, '\0');
        const ssize_t size = ::recv(descriptor, text.data(), text.size(), 0);
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }

    tests::Folder folder;
    const std::string path = (folder.path() / "notify").string();
    int descriptor;
};

TEST_F(NotifySocket, HearsEachLine) {
    tell_service_manager("READY=1");
    tell_service_manager("STOPPING=1");

    EXPECT_EQ(heard(), "READY=1");
    EXPECT_EQ(heard(), "STOPPING=1");
    EXPECT_EQ(heard(), "");
}

TEST_F(NotifySocket, IsNotNeeded) {
    ::setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    tell_service_manager("READY=1");
    ::setenv("NOTIFY_SOCKET", "not a path", 1);
    tell_service_manager("READY=1");
    ::unsetenv("NOTIFY_SOCKET");
    tell_service_manager("READY=1");

    EXPECT_EQ(heard(), "");
}

}  // namespace
}  // namespace qrgate
