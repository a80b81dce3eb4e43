// The captcha step that every guarded call shares: take the answer, and on refusal hand out a fresh picture.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "protocol/body_reader.hpp"
#include "protocol/bytes.hpp"
#include "server/answers.hpp"

namespace qrgate {

// {id, image, audio, expires_in, alternatives}: the body of POST /api/v1/captcha, also beside errors that
// used one up. `patience` multiplies its life (patience_for).
boost::json::object fresh_captcha(Services& services, const Digest& holder, int patience = 1);

// What a person did about the captcha: typed what is drawn or spoken, or let the browser work (`altcha`).
struct CaptchaAnswer {
    std::string id = {};
    std::string text = {};
    std::string altcha = {};  // base64 of the solved challenge; then id and text are empty
};
// Reads captcha_id and captcha, or altcha instead of both.
CaptchaAnswer read_captcha_answer(BodyReader& body);

// Who failed before answers with more work (server/risk.hpp). Empty: not counted.
struct CaptchaAsker {
    std::string address = {};
    std::string whom = {};  // kind and number, or phone, as typed
};
// Nothing is counted where address budgets do not count the address: people try a demo again and again.
CaptchaAsker captcha_asker(const Services& services, std::string_view address, std::string whom);

// Right, or switched off by policy. Uses the captcha up either way. `known_device`: strangers' failures with
// this person make it no harder for their own browser.
bool captcha_is_right(Services& services, const Digest& holder, const CaptchaAnswer& answer,
                      const CaptchaAsker& asker, bool known_device = false);

// The refusal with a fresh captcha beside it, because the answer used one up.
Refusal with_fresh_captcha(Services& services, Refusal refusal, const Digest& holder, int patience = 1);

}  // namespace qrgate
