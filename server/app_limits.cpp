#include "server/app_limits.hpp"

#include <algorithm>
#include <thread>

#include "server/config.hpp"

namespace qrgate {

unsigned hash_threads(const Config& config) {
    if (config.hash_threads != 0) return config.hash_threads;
    unsigned cores = std::thread::hardware_concurrency();
    return cores > 1 ? cores - 1 : 1;
}

WaitingRoomLimits room_limits(const Config& config) {
    WaitingRoomLimits limits;
    limits.seats = config.seats;
    limits.seats_per_address = config.seats_per_address;
    limits.loopback_is_free = config.demo || config.bench;
    limits.easy_factor = config.easy_factor;
    limits.first_code *= config.time_factor;
    limits.next_codes *= config.time_factor;
    limits.wait *= config.time_factor;
    return limits;
}

std::chrono::seconds token_life(const Config& config) {
    const WaitingRoomLimits limits = room_limits(config);
    const auto person = config.confirm_time + std::max(config.redeem_time, config.redeem_time_with_code);
    return (std::max(limits.first_code, limits.next_codes) + person * config.time_factor) *
               config.easy_factor +
           limits.grace + std::chrono::minutes(1);
}

HttpLimits http_limits(const Config& config) {
    HttpLimits limits;
    limits.header_limit = config.header_limit;
    limits.body_limit = config.body_limit;
    limits.read_deadline = config.read_deadline;
    limits.idle_deadline = config.idle_deadline;
    limits.write_deadline = config.write_deadline;
    limits.handler_deadline = config.handler_deadline;
    return limits;
}

ListenerLimits listener_limits(const Config& config) {
    return {.connections = config.connections,
            .connections_per_address = config.connections_per_address,
            .loopback_is_free = config.demo || config.bench};
}

std::vector<std::string> addresses_of(const std::string& listen) {
    if (listen == "localhost") return {"127.0.0.1", "::1"};
    return {listen};
}

}  // namespace qrgate
