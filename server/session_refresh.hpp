// Reads those sessions again that are asked about all the time, together and before what is known of them is
// too old for answers (SessionCache). A task of App's; I/O thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace qrgate {

namespace asio = boost::asio;
struct Services;

class SessionRefresh {
public:
    SessionRefresh(const asio::any_io_executor& executor, Services& services)
        : services_(services), bell_(executor) {}

    asio::awaitable<void> run();  // until stop()
    void stop();
    asio::awaitable<void> read_what_is_due();  // one round

private:
    // False: the database does not answer.
    asio::awaitable<bool> read_some();

    Services& services_;
    asio::steady_timer bell_;
    bool stopped_ = false;
};

}  // namespace qrgate
