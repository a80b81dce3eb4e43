#include "server/sms/gateway_sender.hpp"

#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/log.hpp"
#include "storage/task.hpp"

namespace qrgate {

GatewaySender::GatewaySender(const Config& config, HttpClient& http, const Clock& clock, Random& random,
                             Log& log)
    : config_(config), http_(http), clock_(clock), log_(log), gateway_(make_sms_gateway(config, random)) {}
GatewaySender::~GatewaySender() = default;

Task<std::optional<Result<void>>> GatewaySender::try_once(const SmsText& text, unsigned number,
                                                          Errc& failed) {
    // Signed anew each time: the signature holds the time.
    std::optional<HttpCall> call = gateway_->call_for(text, clock_.now());
    if (!call) {
        log_.warn("sms_no_template", {{"text", text.name}});
        co_return Result<void>(Errc::busy);
    }
    call->deadline = config_.sms_deadline;
    Result<HttpReply> reply = co_await http_.call(std::move(*call));
    if (!reply) {
        failed = reply.error();
        log_.warn("sms_try_failed", {{"text", text.name},
                                     {"try", number},
                                     {"why", failed == Errc::timed_out ? "timed_out" : "no_connection"}});
        // It may have arrived: only a gateway that knows repeats by their key gets it twice.
        if (failed == Errc::timed_out && !gateway_->knows_repeats()) co_return Result<void>(failed);
        co_return std::nullopt;
    }
    const SmsVerdict verdict = gateway_->judge(*reply);
    if (verdict == SmsVerdict::accepted) co_return Result<void>();
    failed = Errc::busy;
    log_.warn("sms_try_failed", {{"text", text.name},
                                 {"try", number},
                                 {"why", verdict == SmsVerdict::refused ? "refused" : "gateway_error"},
                                 {"status", reply->status}});
    if (verdict == SmsVerdict::refused) co_return Result<void>(failed);
    co_return std::nullopt;
}

Task<Result<void>> GatewaySender::send(SmsText text) {
    Errc failed = Errc::busy;
    for (unsigned number = 1; number <= config_.sms_tries; ++number) {
        auto done = co_await try_once(text, number, failed);
        if (done) co_return *done;
    }
    co_return failed;
}

}  // namespace qrgate
