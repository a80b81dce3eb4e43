// What the settings mean for each part that App makes. Pure;
// any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "server/http_connection.hpp"
#include "server/listener.hpp"
#include "server/waiting_room.hpp"

namespace qrgate {

struct Config;

unsigned hash_threads(const Config& config);
// How long a ticket's token may count, from its making to the end of the login that came of it.
std::chrono::seconds token_life(const Config& config);
WaitingRoomLimits room_limits(const Config& config);
HttpLimits http_limits(const Config& config);
ListenerLimits listener_limits(const Config& config);
// "localhost" is two addresses; browsers try both.
std::vector<std::string> addresses_of(const std::string& listen);

}  // namespace qrgate
