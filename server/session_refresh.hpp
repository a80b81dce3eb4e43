// Reads those sessions again that are asked about all the time, together and before what is known of them is
// too old for answers (SessionCache). A task of App's; I/O thread.
#pragma once

#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
struct Services;

class SessionRefresh {
public:
    SessionRefresh(const Executor& executor, Services& services) : services_(services), bell_(executor) {}

    Task<void> run();  // until stop()
    void stop();
    Task<void> read_what_is_due();  // one round

private:
    // False: the database does not answer.
    Task<bool> read_some();

    Services& services_;
    Timer bell_;
    bool stopped_ = false;
};

}  // namespace qrgate
