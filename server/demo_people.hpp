// The people of the demo mode (docs/protocol.md section 8) and putting them back at every start.
#pragma once

#include <span>
#include <string_view>

#include "protocol/error.hpp"
#include "protocol/person.hpp"
#include "protocol/random.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class Storage;

struct DemoPerson {
    std::string_view key;
    PersonKind kind;
    std::string_view identity_number;
    std::string_view name;
    std::string_view phone;
    std::string_view password;
    int level;
    std::string_view shows;
};
std::span<const DemoPerson> demo_people() noexcept;

// Password, level, phone, locks and used limits as in the table; certificates and sessions stay.
Task<Result<void>> put_demo_people_back(Storage& storage, Random& random, WallTime now);

}  // namespace qrgate
