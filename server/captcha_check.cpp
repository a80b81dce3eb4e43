#include "server/captcha_check.hpp"

#include <boost/json/array.hpp>

#include <openssl/evp.h>

#include "server/altcha.hpp"
#include "server/captcha.hpp"
#include "server/client_address.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/metrics.hpp"
#include "server/risk.hpp"
#include "server/services.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_altcha = 2048;  // about twice of what one needs

// A data: URL wants the padded alphabet of RFC 4648, 4, which OpenSSL writes.
std::string base64(ByteView octets) {
    std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
    int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets.data(),
                                 static_cast<int>(octets.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

}  // namespace

boost::json::object fresh_captcha(Services& services, const Digest& holder, int patience) {
    DrawnCaptcha drawn = services.captchas.make(holder, services.clock.now(), patience);
    services.metrics.captcha_made();
    boost::json::object body;
    body["id"] = drawn.id;
    body["image"] = "data:image/png;base64," + base64(drawn.png);
    body["audio"] = "/api/v1/captcha/" + drawn.id + ".wav";
    body["expires_in"] = services.config.captcha_life.count() * services.config.time_factor * patience;
    body["alternatives"] = boost::json::array{"pow"};
    return body;
}

CaptchaAnswer read_captcha_answer(BodyReader& body) {
    CaptchaAnswer answer;
    // An empty one is a hidden field that nothing has filled in.
    answer.altcha = body.optional_text("altcha", longest_altcha).value_or("");
    if (!answer.altcha.empty()) return answer;
    answer.id = body.text("captcha_id");
    answer.text = body.text("captcha");
    return answer;
}

CaptchaAsker captcha_asker(const Services& services, std::string_view address, std::string whom) {
    if (services.config.demo && is_loopback_address(address)) return {};
    return {std::string(address), std::move(whom)};
}

bool captcha_is_right(Services& services, const Digest& holder, const CaptchaAnswer& answer,
                      const CaptchaAsker& asker, bool known_device) {
    if (services.config.captcha == CaptchaPolicy::off) return true;
    const WallTime now = services.clock.now();
    bool right = false;
    if (answer.altcha.empty()) {
        right = services.captchas.take(answer.id, holder, answer.text, now);
    } else if (const auto work = services.altcha.take(answer.altcha, holder, now)) {
        // One doubling behind is taken: it may have come while the browser worked.
        const int needed = services.risk.work(asker.address, known_device ? "" : asker.whom, now);
        right = *work * 2 >= needed;
        if (!right) services.risk.ask_more(holder, needed, now);
    }
    if (right) return true;
    services.metrics.captcha_failed();
    services.risk.failed(asker.address, asker.whom, now);
    return false;
}

Refusal with_fresh_captcha(Services& services, Refusal refusal, const Digest& holder, int patience) {
    refusal.beside["captcha"] = fresh_captcha(services, holder, patience);
    return refusal;
}

}  // namespace qrgate
