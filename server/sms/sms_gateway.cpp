#include "server/sms/sms_gateway.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "protocol/bytes.hpp"
#include "protocol/random.hpp"
#include "server/config.hpp"
#include "server/sms/request_signing.hpp"

namespace qrgate {

namespace {

namespace json = boost::json;

SmsVerdict by_status(int status) noexcept {
    if (status >= 200 && status < 300) return SmsVerdict::accepted;
    return status == 429 || status >= 500 ? SmsVerdict::try_again : SmsVerdict::refused;
}

json::value parsed(const std::string& body) {
    boost::system::error_code error;
    json::value value = json::parse(body, error);
    return error ? json::value() : value;
}

// The text at a path of members and array places; empty where there is none.
std::string text_at(const json::value& value, std::string_view pointer) {
    boost::system::error_code error;
    const json::value* found = value.find_pointer(pointer, error);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// https://host of a vendor, or what the operator set instead.
std::string origin_of(const Config& config, std::string host) {
    return config.sms_url.empty() ? "https://" + std::move(host) : config.sms_url;
}
std::string host_of(std::string_view origin) {
    const std::size_t at = origin.find("://");
    if (at != std::string_view::npos) origin.remove_prefix(at + 3);
    return std::string(origin.substr(0, origin.find('/')));
}

// Code and minutes, or what the template's gaps name, in their order.
std::vector<std::pair<std::string, std::string>> values_for(const SmsTemplate& how, const SmsText& text) {
    std::vector<std::pair<std::string, std::string>> values;
    if (!how.gaps) {
        values.assign(text.values.begin(), text.values.end());
        return values;
    }
    for (const std::string& gap : *how.gaps) {
        const auto found = text.values.find(gap);
        values.emplace_back(gap, found == text.values.end() ? std::string() : found->second);
    }
    return values;
}

class HttpGateway final : public SmsGateway {
public:
    explicit HttpGateway(const Config& config) : config_(config) {}

    std::optional<HttpCall> call_for(const SmsText& text, WallTime now) override {
        HttpCall call;
        call.url = config_.sms_url;
        call.body = filled_template(config_.sms_body, text);
        const std::string timestamp = unix_seconds(now);
        call.headers = {{"Content-Type", "application/json; charset=utf-8"},
                        {"Idempotency-Key", text.key},
                        {"X-Qrgate-Timestamp", timestamp},
                        {"X-Qrgate-Signature", webhook_signature(config_.sms_key, timestamp, call.body)}};
        if (!config_.sms_key_id.empty()) call.headers.emplace_back("X-Qrgate-Key-Id", config_.sms_key_id);
        return call;
    }
    SmsVerdict judge(const HttpReply& reply) const override { return by_status(reply.status); }
    bool knows_repeats() const noexcept override { return true; }

private:
    const Config& config_;
};

// SendSms of 2017-05-25; the parameters are the query, as in the vendor's example of signature V3.
class Aliyun final : public SmsGateway {
public:
    Aliyun(const Config& config, Random& random)
        : config_(config),
          random_(random),
          templates_(read_templates(config.sms_templates).value_or(std::map<std::string, SmsTemplate>{})),
          origin_(origin_of(config, config.sms_region.empty()
                                        ? "dysmsapi.aliyuncs.com"
                                        : "dysmsapi." + config.sms_region + ".aliyuncs.com")) {}

    std::optional<HttpCall> call_for(const SmsText& text, WallTime now) override {
        const auto how = templates_.find(text.name);
        if (how == templates_.end()) return std::nullopt;
        json::object values;
        for (const auto& [gap, value] : values_for(how->second, text))
            values[gap] = value;
        AliyunRequest request;
        request.host = host_of(origin_);
        request.query = canonical_query({{"PhoneNumbers", text.to},
                                         {"SignName", config_.sms_sign_name},
                                         {"TemplateCode", how->second.id},
                                         {"TemplateParam", json::serialize(values)},
                                         {"OutId", text.key}});
        request.headers = {{"x-acs-action", "SendSms"},
                           {"x-acs-version", "2017-05-25"},
                           {"x-acs-date", format_time(now)},
                           {"x-acs-signature-nonce", hex(random_.bytes<16>())},
                           {"x-acs-content-sha256", hex(sha256({}))}};
        HttpCall call;
        call.url = origin_ + "/?" + request.query;
        call.headers.assign(request.headers.begin(), request.headers.end());
        call.headers.emplace_back("Authorization",
                                  aliyun_authorization(request, config_.sms_key_id, config_.sms_key));
        // Empty: none is sent. curl's own would be a header that is not signed.
        call.headers.emplace_back("Content-Type", "");
        return call;
    }
    SmsVerdict judge(const HttpReply& reply) const override {
        const std::string code = text_at(parsed(reply.body), "/Code");
        if (code.starts_with("Throttling")) return SmsVerdict::try_again;
        const SmsVerdict verdict = by_status(reply.status);
        return verdict == SmsVerdict::accepted && code != "OK" ? SmsVerdict::refused : verdict;
    }
    bool knows_repeats() const noexcept override { return false; }

private:
    const Config& config_;
    Random& random_;
    std::map<std::string, SmsTemplate> templates_;
    std::string origin_;
};

// SendSms of API 3.0, 2021-01-11.
class Tencent final : public SmsGateway {
public:
    explicit Tencent(const Config& config)
        : config_(config),
          templates_(read_templates(config.sms_templates).value_or(std::map<std::string, SmsTemplate>{})),
          origin_(origin_of(config, "sms.tencentcloudapi.com")) {}

    std::optional<HttpCall> call_for(const SmsText& text, WallTime now) override {
        const auto how = templates_.find(text.name);
        if (how == templates_.end()) return std::nullopt;
        json::array values;
        for (const auto& [gap, value] : values_for(how->second, text))
            values.emplace_back(value);
        json::object body;
        body["PhoneNumberSet"] = json::array{"+86" + text.to};
        body["SmsSdkAppId"] = config_.sms_app_id;
        body["SignName"] = config_.sms_sign_name;
        body["TemplateId"] = how->second.id;
        body["TemplateParamSet"] = std::move(values);
        body["SessionContext"] = text.key;
        TencentRequest request;
        request.service = "sms";
        request.host = host_of(origin_);
        request.body = json::serialize(body);
        request.at = now;
        HttpCall call;
        call.url = origin_ + "/";
        call.headers = {
            {"Content-Type", std::string(tencent_content_type)},
            {"X-TC-Action", "SendSms"},
            {"X-TC-Version", "2021-01-11"},
            {"X-TC-Timestamp", unix_seconds(now)},
            {"X-TC-Region", config_.sms_region.empty() ? "ap-guangzhou" : config_.sms_region},
            {"Authorization", tencent_authorization(request, config_.sms_key_id, config_.sms_key)}};
        call.body = std::move(request.body);
        return call;
    }
    SmsVerdict judge(const HttpReply& reply) const override {
        const json::value body = parsed(reply.body);
        const std::string error = text_at(body, "/Response/Error/Code");
        if (error.starts_with("RequestLimitExceeded") || error.starts_with("InternalError"))
            return SmsVerdict::try_again;
        const SmsVerdict verdict = by_status(reply.status);
        const bool sent = text_at(body, "/Response/SendStatusSet/0/Code") == "Ok";
        return verdict == SmsVerdict::accepted && !sent ? SmsVerdict::refused : verdict;
    }
    bool knows_repeats() const noexcept override { return false; }

private:
    const Config& config_;
    std::map<std::string, SmsTemplate> templates_;
    std::string origin_;
};

std::vector<std::string> split(std::string_view text, char by) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t at = text.find(by);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

}  // namespace

std::optional<std::map<std::string, SmsTemplate>> read_templates(const std::vector<std::string>& written) {
    std::map<std::string, SmsTemplate> templates;
    for (const std::string& line : written) {
        const std::size_t equals = line.find('=');
        if (equals == 0 || equals == std::string::npos) return std::nullopt;
        const std::string right = line.substr(equals + 1);
        const std::size_t colon = right.find(':');
        SmsTemplate how;
        how.id = right.substr(0, colon);
        if (colon != std::string::npos) how.gaps = split(std::string_view(right).substr(colon + 1), '+');
        if (how.id.empty() || !templates.emplace(line.substr(0, equals), std::move(how)).second)
            return std::nullopt;
    }
    return templates;
}

std::string filled_template(std::string_view body, const SmsText& text) {
    std::map<std::string, std::string> values = text.values;
    values["to"] = text.to;
    values["text"] = text.text;
    values["name"] = text.name;
    values["key"] = text.key;
    for (const char* gap : {"code", "minutes"})
        values.try_emplace(gap);  // hints have none
    std::string out;
    // One pass: what was filled in is never looked at again.
    while (!body.empty()) {
        const std::size_t open = body.find('{');
        out += body.substr(0, open);
        if (open == std::string_view::npos) break;
        body.remove_prefix(open);
        const std::size_t close = body.find('}');
        const auto found = close == std::string_view::npos
                               ? values.end()
                               : values.find(std::string(body.substr(1, close - 1)));
        if (found == values.end()) {
            out += '{';
            body.remove_prefix(1);
            continue;
        }
        const std::string quoted = json::serialize(json::value(found->second));
        out += std::string_view(quoted).substr(1, quoted.size() - 2);
        body.remove_prefix(close + 1);
    }
    return out;
}

std::unique_ptr<SmsGateway> make_sms_gateway(const Config& config, Random& random) {
    if (config.sms_provider == "aliyun") return std::make_unique<Aliyun>(config, random);
    if (config.sms_provider == "tencent") return std::make_unique<Tencent>(config);
    return std::make_unique<HttpGateway>(config);
}

}  // namespace qrgate
