// How requests to SMS gateways are signed, as their owners document it. Pure: time, nonce and keys are
// parameters, so that the published examples can be repeated byte for byte
// (tests/server/request_signing_test).
//   Aliyun: "Request syntax and signature method V3", ACS3-HMAC-SHA256
//   Tencent Cloud: "Signature v3", TC3-HMAC-SHA256
//   ours (any other gateway): v1=hex(HMAC-SHA256(key, timestamp "." body)), as for callbacks to us
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "protocol/time.hpp"

namespace qrgate {

// RFC 3986: everything but unreserved characters becomes %XX.
std::string percent_encoded(std::string_view text);
// Names and values encoded, in the order of the names.
std::string canonical_query(const std::map<std::string, std::string>& parameters);

struct AliyunRequest {
    std::string method = "POST";
    std::string host = {};
    std::string query = {};                           // canonical_query's
    std::map<std::string, std::string> headers = {};  // lower-case x-acs-*, all of them; host is added
    std::string body = {};
};
// The value of Authorization.
std::string aliyun_authorization(const AliyunRequest& request, std::string_view key_id, std::string_view key);

struct TencentRequest {
    std::string service = {};  // sms
    std::string host = {};
    std::string body = {};
    WallTime at{};
};
// The value of Authorization for POST / with content-type and host signed.
std::string tencent_authorization(const TencentRequest& request, std::string_view key_id,
                                  std::string_view key);
inline constexpr std::string_view tencent_content_type = "application/json; charset=utf-8";

// The value of X-Qrgate-Signature; `timestamp` is that of X-Qrgate-Timestamp, Unix seconds.
std::string webhook_signature(std::string_view key, std::string_view timestamp, std::string_view body);
std::string unix_seconds(WallTime at);

}  // namespace qrgate
