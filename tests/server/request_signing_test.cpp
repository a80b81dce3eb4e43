// The published examples of the vendors, repeated. Their keys are no secrets: they are printed in the
// documents.
#include "server/sms/request_signing.hpp"

#include <gtest/gtest.h>

#include "protocol/bytes.hpp"

namespace qrgate {
namespace {

// "Request syntax and signature method V3", section with the fixed example values (RunInstances).
TEST(RequestSigning, RepeatsAliyunsPublishedExample) {
    AliyunRequest request;
    request.host = "ecs.cn-shanghai.aliyuncs.com";
    request.query = canonical_query(
        {{"RegionId", "cn-shanghai"}, {"ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}});
    request.headers = {{"x-acs-action", "RunInstances"},
                       {"x-acs-version", "2014-05-26"},
                       {"x-acs-date", "2023-10-26T10:22:32Z"},
                       {"x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"},
                       {"x-acs-content-sha256", hex(sha256({}))}};

    EXPECT_EQ(
        aliyun_authorization(request, "YourAccessKeyId", "YourAccessKeySecret"),
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

// "Signature v3", the POST example (DescribeInstances) with its intermediate values.
TEST(RequestSigning, RepeatsTencentsPublishedExample) {
    TencentRequest request;
    request.service = "cvm";
    request.host = "cvm.tencentcloudapi.com";
    request.body =
        R"({"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]})";
    request.at = *parse_time("2019-02-25T16:44:25Z");

    EXPECT_EQ(unix_seconds(request.at), "1551113065");
    EXPECT_EQ(hex(sha256(as_bytes(request.body))),
              "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064");
    EXPECT_EQ(tencent_authorization(request, "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
                                    "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"),
              "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
              "SignedHeaders=content-type;host, "
              "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168");
}

// The same scheme as the callbacks to us.
TEST(RequestSigning, SignsAWebhookOverTimeAndBody) {
    const std::string signature = webhook_signature("Jefe", "1", "{}");

    EXPECT_EQ(signature, "v1=" + hex(hmac_sha256(as_bytes("Jefe"), as_bytes("1.{}"))));
    EXPECT_NE(signature, webhook_signature("Jefe", "2", "{}"));
    EXPECT_NE(signature, webhook_signature("Jefe", "1", "{ }"));
}

TEST(RequestSigning, EncodesEverythingButUnreservedCharacters) {
    EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encoded(" *+/=&"), "%20%2A%2B%2F%3D%26");
    EXPECT_EQ(percent_encoded("残"), "%E6%AE%8B");
}

}  // namespace
}  // namespace qrgate
