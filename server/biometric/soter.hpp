// SOTER: the phone's own fingerprint or face check as a mini-program sees it (wx.startSoterAuthentication).
// The phone signs a JSON text that holds our challenge; whether the signature is of the phone's certified key
// only WeChat's platform can say (its "verify_signature" call), so it is asked. Owned by App; I/O thread.
#pragma once

#include <chrono>
#include <string>

#include "protocol/error.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class HttpClient;

struct SoterAnswer {
    std::string openid = {};          // whose phone: the platform's name for them; or
    std::string login_code = {};      // what wx.login gave, which the service changes into it
    std::string json_string = {};     // resultJSON
    std::string json_signature = {};  // resultJSONSignature
};

class SoterCheck {
public:
    virtual ~SoterCheck() = default;
    virtual bool offered() const noexcept = 0;
    // Whether the platform knows the signature. busy, timed_out: it could not be asked.
    virtual Task<Result<bool>> is_signed(SoterAnswer answer) = 0;
};

class NoSoter final : public SoterCheck {
public:
    bool offered() const noexcept override { return false; }
    Task<Result<bool>> is_signed(SoterAnswer answer) override;
};

// Posts {openid (or js_code), json_string, json_signature} to the address and takes {"is_ok": true} for yes.
// `key` takes the place of "{key}" in the address (the platform's access_token); an address without it gets
// the key as bearer.
class HttpSoter final : public SoterCheck {
public:
    HttpSoter(HttpClient& http, std::string url, std::string key, std::chrono::milliseconds deadline);
    bool offered() const noexcept override { return true; }
    Task<Result<bool>> is_signed(SoterAnswer answer) override;

private:
    HttpClient& http_;
    std::string url_;
    std::string bearer_ = {};
    std::chrono::milliseconds deadline_;
};

// Whether the signed text holds this challenge.
bool soter_holds(const SoterAnswer& answer, std::string_view challenge);

}  // namespace qrgate
