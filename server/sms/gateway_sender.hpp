// Sends texts through a gateway over HTTP: at most sms.tries times with the same key, each with sms.deadline.
// What the gateway refuses is not tried again. Says in the log why a text did not go, never to whom or what.
// Owned by App; I/O thread. timed_out: the gateway did not answer; busy: everything else.
#pragma once

#include <memory>

#include "server/sms/sms_gateway.hpp"
#include "storage/task.hpp"

namespace qrgate {

class Clock;
class Log;

class GatewaySender final : public SmsSender {
public:
    // `clock` is the machine's: gateways refuse a request whose time is far off.
    GatewaySender(const Config& config, HttpClient& http, const Clock& clock, Random& random, Log& log);
    ~GatewaySender() override;
    Task<Result<void>> send(SmsText text) override;

private:
    // none: to be tried again, for the reason in `failed`.
    Task<std::optional<Result<void>>> try_once(const SmsText& text, unsigned number, Errc& failed);
    const Config& config_;
    HttpClient& http_;
    const Clock& clock_;
    Log& log_;
    std::unique_ptr<SmsGateway> gateway_;
};

}  // namespace qrgate
