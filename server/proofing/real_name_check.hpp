// Whether an identity number and a name belong together, by somebody who can know (docs/protocol.md section
// 1, "level 2"). Asked once, for a person who has just registered; whoever it does not confirm stays at
// level 1. Simulated in the demo, where it says yes to everybody; without a provider nobody is confirmed. I/O
// thread.
#pragma once

#include <string>
#include <string_view>

#include "protocol/error.hpp"
#include "protocol/person.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Config;

class RealNameCheck {
public:
    virtual ~RealNameCheck() = default;
    virtual std::string_view name() const noexcept = 0;  // goes into the level's evidence
    // busy, timed_out: not known.
    virtual Task<Result<bool>> belong_together(PersonKind kind, std::string identity_number,
                                               std::string name) const = 0;
};

// The one of this configuration; lives as long as the program and holds no state.
const RealNameCheck& real_name_check(const Config& config) noexcept;

}  // namespace qrgate
