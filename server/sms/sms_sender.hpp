// How texts leave the house. Providers implement `SmsSender`; the demo's keeps them in an outbox that a page
// shows. A text contains a code or a hint, never a name or number of a person. I/O thread; owned by App.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "protocol/error.hpp"
#include "protocol/time.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;

struct SmsText {
    std::string to = {};    // 11 digits of a mobile number in mainland China, without +86
    std::string text = {};  // whole, as a person reads it
    WallTime at{};
    // The same for gateways that know templates only: its name (sms_texts.hpp) and what stands in its gaps.
    std::string name = {};
    std::map<std::string, std::string> values = {};  // "code", "minutes"
    std::string key = {};                            // idempotency: the same for every try to send this text
};

class SmsSender {
public:
    virtual ~SmsSender() = default;
    // Accepted by the provider. timed_out, busy: not sent, or unknown.
    virtual Task<Result<void>> send(SmsText text) = 0;
    // Whether send never waits for anything outside.
    virtual bool is_immediate() const noexcept { return false; }
};

// The demo's provider: the last `limit` texts, newest first.
class SmsOutbox final : public SmsSender {
public:
    explicit SmsOutbox(std::size_t limit = 500) : limit_(limit) {}
    Task<Result<void>> send(SmsText text) override;
    bool is_immediate() const noexcept override { return true; }
    std::vector<SmsText> sent_to(const std::string& phone) const;  // empty phone: all

private:
    std::size_t limit_;
    std::deque<SmsText> texts_;
};

// No provider configured: every text fails with busy; metric and log tell.
class NoSms final : public SmsSender {
public:
    Task<Result<void>> send(SmsText text) override;
};

}  // namespace qrgate
