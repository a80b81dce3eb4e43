#include "server/biometric/soter.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/http_client.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::string_view key_place = "{key}";

boost::json::object object_of(std::string_view text) {
    boost::system::error_code error;
    boost::json::value parsed = boost::json::parse(text, error);
    return !error && parsed.is_object() ? std::move(parsed.get_object()) : boost::json::object();
}

}  // namespace

Task<Result<bool>> NoSoter::is_signed(SoterAnswer) {
    co_return false;
}

HttpSoter::HttpSoter(HttpClient& http, std::string url, std::string key, std::chrono::milliseconds deadline)
    : http_(http), url_(std::move(url)), deadline_(deadline) {
    const std::size_t at = url_.find(key_place);
    if (at != std::string::npos) {
        url_.replace(at, key_place.size(), key);
    } else if (!key.empty()) {
        bearer_ = "Bearer " + key;
    }
}

Task<Result<bool>> HttpSoter::is_signed(SoterAnswer answer) {
    HttpCall call;
    call.url = url_;
    call.headers = {{"Content-Type", "application/json"}};
    if (!bearer_.empty()) call.headers.emplace_back("Authorization", bearer_);
    boost::json::object asked;
    if (answer.openid.empty()) {
        asked["js_code"] = answer.login_code;
    } else {
        asked["openid"] = answer.openid;
    }
    asked["json_string"] = answer.json_string;
    asked["json_signature"] = answer.json_signature;
    call.body = boost::json::serialize(asked);
    call.deadline = deadline_;
    auto reply = co_await http_.call(std::move(call));
    if (!reply) co_return reply.error();
    // Anything but an answer of the service says nothing about the finger.
    if (reply->status != 200) co_return Errc::busy;
    const boost::json::object body = object_of(reply->body);
    const boost::json::value* error = body.if_contains("errcode");
    const bool answered = error == nullptr || (error->is_int64() && error->get_int64() == 0);
    const boost::json::value* ok = body.if_contains("is_ok");
    co_return answered&& ok != nullptr && ok->is_bool() && ok->get_bool();
}

bool soter_holds(const SoterAnswer& answer, std::string_view challenge) {
    const boost::json::object signed_text = object_of(answer.json_string);
    const boost::json::value* raw = signed_text.if_contains("raw");
    return raw != nullptr && raw->is_string() && raw->get_string() == challenge;
}

}  // namespace qrgate
