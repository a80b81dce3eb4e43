// What the tests of the server's services share: repeatable chance, a clock that stands, a folder of their
// own, and a way to run one coroutine to its end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "protocol/random.hpp"
#include "server/clock.hpp"
#include "storage/task.hpp"

namespace qrgate::tests {

namespace asio = boost::asio;

// A counter mixed up (splitmix64): the same every run, different each call.
class RepeatableRandom final : public Random {
public:
    explicit RepeatableRandom(std::uint64_t seed = 1) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& octet : out) {
            std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
            z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
            z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
            octet = static_cast<std::uint8_t>(z >> 56U);
        }
    }

private:
    std::uint64_t state_;
};

class StillClock final : public Clock {
public:
    explicit StillClock(WallTime at) : at_(at) {}
    WallTime now() const noexcept override { return at_; }

private:
    WallTime at_;
};

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "qrgate-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& file, std::string_view content) {
    std::ofstream(file, std::ios::binary) << content;
}

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct CommandResult {
    int status = -1;
    std::string output = {};
};

// A shell command in a folder, with both outputs: the openssl command line is the independent judge.
inline CommandResult command(const std::filesystem::path& folder, const std::string& line) {
    const auto output = folder / "command-output";
    const int status =
        std::system(("cd '" + folder.string() + "' && (" + line + ") > command-output 2>&1").c_str());
    return {status, read_file(output)};
}

// Runs until the coroutine has ended; rethrows what it threw.
template <class T>
T run(asio::io_context& context, Task<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
        thrown = error;
        result.emplace(std::move(value));
    });
    context.restart();
    context.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(result.value());
}

}  // namespace qrgate::tests
