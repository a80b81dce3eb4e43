// The server under test seen from outside, by its process id: /proc of this machine. Values; any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace qrgate::bench {

struct ProcessUse {
    std::chrono::microseconds cpu{};  // user and system, of all its threads, since its start
    std::uint64_t private_bytes = 0;  // what P1 counts: see below
    std::uint64_t file_bytes =
        0;  // pages of programs and libraries as the file has them, whoever else has them
    std::uint64_t resident_bytes = 0;
};
// `private_bytes` is everything in which a process can keep something: all resident and swapped pages of
// mappings that may be written (heap, anonymous, shared memory, files mapped shared; clean or not, whoever
// else has them), and the written pages of the others. Pages of programs and libraries that are as the file
// has them are not in it. Nothing here asks whether a page is shared at the moment: the kernel calls a
// library's page private while no other process of the machine happens to run it. nullopt: no such process,
// or it is not ours to look at.
std::optional<ProcessUse> use_of(pid_t pid);

}  // namespace qrgate::bench
