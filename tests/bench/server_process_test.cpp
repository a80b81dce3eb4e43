// What counts as a server's own memory (P1): nothing in which it can keep something is left out, however it
// came by it, and unchanged pages of files are not its own.
#include "bench/server_process.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace qrgate::bench {
namespace {

constexpr std::size_t size = 16 << 20;
// What the test program itself may take or give back meanwhile.
constexpr std::size_t slack = 1 << 20;

std::uint64_t own() {
    return use_of(getpid())->private_bytes;
}

struct Mapping {
    Mapping(int protection, int flags, int file = -1) : at(mmap(nullptr, size, protection, flags, file, 0)) {}
    ~Mapping() { munmap(at, size); }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    void write() const { std::memset(at, 1, size); }
    void read() const {
        const volatile char* octets = static_cast<const char*>(at);
        for (std::size_t i = 0; i < size; i += 4096)
            static_cast<void>(octets[i]);
    }
    void* at;
};

// On a disk, so that its pages can become clean.
struct File {
    File() {
        char name[] = "./server_process_test_XXXXXX";
        descriptor = mkstemp(name);
        unlink(name);
        const std::string octets(size, 'x');
        EXPECT_EQ(::write(descriptor, octets.data(), size), static_cast<ssize_t>(size));
        fsync(descriptor);
    }
    ~File() { close(descriptor); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int descriptor = -1;
};

class ServerProcess : public testing::Test {
protected:
    void SetUp() override {
#if __has_feature(thread_sanitizer)
        GTEST_SKIP() << "ThreadSanitizer takes memory of its own for each octet that is written";
#endif
    }
};

TEST_F(ServerProcess, AnonymousMemoryIsItsOwnOnceItIsWritten) {
    const Mapping memory(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    const auto before = own();
    memory.write();

    EXPECT_NEAR(static_cast<double>(own() - before), size, slack);
}

TEST_F(ServerProcess, WhatItWroteStaysItsOwnWhenItMayNoLongerBeWritten) {
    const Mapping memory(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    const auto before = own();
    memory.write();
    mprotect(memory.at, size, PROT_READ);

    EXPECT_NEAR(static_cast<double>(own() - before), size, slack);
}

TEST_F(ServerProcess, SharedMemoryIsItsOwn) {
    const auto before = own();
    const Mapping memory(PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    memory.write();

    EXPECT_NEAR(static_cast<double>(own() - before), size, slack);
}

TEST_F(ServerProcess, AFileThatItKeepsThingsInIsItsOwnAlsoWhenThePagesAreClean) {
    const File file;
    const auto before = own();
    const Mapping memory(PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor);
    memory.write();
    msync(memory.at, size, MS_SYNC);
    memory.read();

    EXPECT_NEAR(static_cast<double>(own() - before), size, slack);
}

TEST_F(ServerProcess, UnchangedPagesOfAFileAreNotItsOwn) {
    const File file;
    const auto before = use_of(getpid());
    const Mapping code(PROT_READ, MAP_PRIVATE, file.descriptor);
    code.read();
    const auto after = use_of(getpid());

    EXPECT_NEAR(static_cast<double>(after->private_bytes), static_cast<double>(before->private_bytes), slack);
    EXPECT_GE(after->file_bytes + slack, before->file_bytes + size) << "they are told apart, not left out";
}

// Another process that has the same pages, until it is told to end.
class Beside {
public:
    explicit Beside(const Mapping& mapping) {
        int from_it[2];
        int to_it[2];
        EXPECT_EQ(pipe(from_it), 0);
        EXPECT_EQ(pipe(to_it), 0);
        child_ = fork();
        if (child_ == 0) {
            close(to_it[1]);
            mapping.read();
            char octet = 'r';
            static_cast<void>(!::write(from_it[1], &octet, 1));
            static_cast<void>(!::read(to_it[0], &octet, 1));
            _exit(0);
        }
        close(from_it[1]);
        close(to_it[0]);
        char octet = 0;
        EXPECT_EQ(::read(from_it[0], &octet, 1), 1) << "it has read the pages";
        close(from_it[0]);
        ends_it_ = to_it[1];
    }
    ~Beside() {
        close(ends_it_);
        waitpid(child_, nullptr, 0);
    }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;

private:
    pid_t child_ = -1;
    int ends_it_ = -1;
};

TEST_F(ServerProcess, PagesOfAFileCountTheSameWhoeverElseHasThem) {
    const File file;
    const Mapping code(PROT_READ, MAP_PRIVATE, file.descriptor);
    code.read();
    const auto alone = use_of(getpid());
    const Beside other(code);
    const auto together = use_of(getpid());

    EXPECT_NEAR(static_cast<double>(together->file_bytes), static_cast<double>(alone->file_bytes), slack);
    EXPECT_NEAR(static_cast<double>(together->private_bytes), static_cast<double>(alone->private_bytes),
                slack);
}

TEST_F(ServerProcess, AProcessThatIsNotThereIsNotMeasured) {
    EXPECT_FALSE(use_of(0x3fffffff));
}

}  // namespace
}  // namespace qrgate::bench
