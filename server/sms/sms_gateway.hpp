// The languages of SMS gateways: what is posted for a text, and what an answer means. One class a gateway;
// gateway_sender.hpp does the sending. Pure but for the nonce; owned by the sender.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http_client.hpp"
#include "server/sms/sms_sender.hpp"

namespace qrgate {

struct Config;
class Random;

enum class SmsVerdict : std::uint8_t { accepted, refused, try_again };

class SmsGateway {
public:
    virtual ~SmsGateway() = default;
    // none: there is no template for this text, so it cannot be sent.
    virtual std::optional<HttpCall> call_for(const SmsText& text, WallTime now) = 0;
    virtual SmsVerdict judge(const HttpReply& reply) const = 0;
    // Whether a text whose answer never came may be sent again: only where the gateway knows it by its key.
    virtual bool knows_repeats() const noexcept = 0;
};

// One of sms.templates: "login_code=SMS_1234", or "login_code=1234:code+minutes" where the template has other
// gaps than all of ours in that order.
struct SmsTemplate {
    std::string id = {};
    std::optional<std::vector<std::string>> gaps = {};  // none: all the text has, by name
};
// none: not written like that.
std::optional<std::map<std::string, SmsTemplate>> read_templates(const std::vector<std::string>& written);

// `body` with each {gap} replaced by its value, escaped for a JSON string.
std::string filled_template(std::string_view body, const SmsText& text);

// Of config.sms_provider, which is not "none".
std::unique_ptr<SmsGateway> make_sms_gateway(const Config& config, Random& random);

}  // namespace qrgate
