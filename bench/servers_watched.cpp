#include "bench/servers_watched.hpp"

#include <fmt/format.h>

namespace qrgate::bench {

ServersWatched::ServersWatched(const Options& options) : pids_(options.server_pids()) {
    use();
}

ProcessUse ServersWatched::use() const {
    ProcessUse all;
    for (pid_t pid : pids_) {
        auto one = use_of(pid);
        if (!one) throw CannotMeasure(fmt::format("there is no process {} that may be looked at", pid));
        all.cpu += one->cpu;
        all.private_bytes += one->private_bytes;
        all.file_bytes += one->file_bytes;
        all.resident_bytes += one->resident_bytes;
    }
    return all;
}

void expect_qrgate(const std::vector<Target>& targets) {
    for (const Target& target : targets) {
        Reply reply = send_once(target, {.path = "/api/v1/context"});
        if (reply.status == 0) throw CannotMeasure("no answer from " + target.origin());
        if (reply.status != 200)
            throw CannotMeasure(
                fmt::format("{} answers {} to /api/v1/context: not a qrgate that can be measured",
                            target.origin(), reply.status));
    }
}

}  // namespace qrgate::bench
