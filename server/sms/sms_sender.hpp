// How texts leave the house. Providers implement `SmsSender`; the demo's keeps them in an outbox that a page
// shows. A text contains a code or a hint, never a name or number of a person. I/O thread; owned by App.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <string>
#include <vector>

#include "protocol/error.hpp"
#include "protocol/time.hpp"

namespace qrgate {

namespace asio = boost::asio;

struct SmsText {
    std::string to = {};
    std::string text = {};
    WallTime at{};
};

class SmsSender {
public:
    virtual ~SmsSender() = default;
    // Accepted by the provider. timed_out, busy: not sent, or unknown.
    virtual asio::awaitable<Result<void>> send(SmsText text) = 0;
};

// The demo's provider: the last `limit` texts, newest first.
class SmsOutbox final : public SmsSender {
public:
    explicit SmsOutbox(std::size_t limit = 500) : limit_(limit) {}
    asio::awaitable<Result<void>> send(SmsText text) override;
    std::vector<SmsText> sent_to(const std::string& phone) const;  // empty phone: all

private:
    std::size_t limit_;
    std::deque<SmsText> texts_;
};

// No provider configured: every text fails with busy; metric and log tell.
class NoSms final : public SmsSender {
public:
    asio::awaitable<Result<void>> send(SmsText text) override;
};

}  // namespace qrgate
