// Who may wait for a phone: the step that the three ways of waiting (WebSocket, Server-Sent Events, long
// poll) share after each has checked where the request comes from. I/O thread.
#pragma once

#include <optional>

#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/waiting_room.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct WaitingVisitor {
    Visitor visitor = {};
    std::optional<Ticket> open_ticket = {};  // what storage still has for this pre-session
};

// origin_refused, with a new pre-session's cookie: this one has opened a session already.
Task<boost::system::result<WaitingVisitor, Refusal>> admit_visitor(Services& services, Request request,
                                                                   PreSession pre_session);

}  // namespace qrgate
