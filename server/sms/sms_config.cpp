#include "server/sms/sms_config.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>

#include "server/sms/sms_gateway.hpp"
#include "server/sms/sms_texts.hpp"

namespace qrgate {

namespace {

constexpr std::array code_purposes{CodePurpose::certificate,  CodePurpose::login,
                                   CodePurpose::registration, CodePurpose::reset,
                                   CodePurpose::phone_old,    CodePurpose::phone_new};

bool is_address(std::string_view url, bool origin_only) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (!url.starts_with(scheme)) continue;
        url.remove_prefix(scheme.size());
        return !url.empty() && url.front() != '/' &&
               (!origin_only || url.find_first_of("/?#") == std::string_view::npos);
    }
    return false;
}

void check_templates(const Config& config, std::vector<ConfigProblem>& problems) {
    const auto templates = read_templates(config.sms_templates);
    if (!templates) {
        problems.push_back(
            {"sms.templates", "is not allowed as it is; allowed: name=template, each name once"});
        return;
    }
    std::string missing;
    for (const CodePurpose purpose : code_purposes) {
        const std::string name = code_text(purpose, "", "", std::chrono::seconds(0)).name;
        if (!templates->contains(name)) missing += (missing.empty() ? "" : ", ") + name;
    }
    if (!missing.empty())
        problems.push_back({"sms.templates", fmt::format("names no template for {}", missing)});
}

}  // namespace

void check_sms(const Config& config, std::vector<ConfigProblem>& problems) {
    const std::string& provider = config.sms_provider;
    if (provider == "none") return;
    const auto need = [&](std::string_view setting, const std::string& value) {
        if (value.empty())
            problems.push_back(
                {std::string(setting), fmt::format("is needed where sms.provider is {}", provider)});
    };
    need("sms.key", config.sms_key);
    if (provider == "http") {
        if (!is_address(config.sms_url, false))
            problems.push_back(
                {"sms.url", "is needed where sms.provider is http: an http:// or https:// address"});
        SmsText sample;
        boost::system::error_code error;
        boost::json::parse(filled_template(config.sms_body, sample), error);
        if (error) problems.push_back({"sms.body", "is no JSON once its gaps are filled in"});
        return;
    }
    need("sms.key_id", config.sms_key_id);
    need("sms.sign_name", config.sms_sign_name);
    if (provider == "tencent") need("sms.app_id", config.sms_app_id);
    if (!config.sms_url.empty() && !is_address(config.sms_url, true))
        problems.push_back({"sms.url", "is scheme and host only where sms.provider is a vendor's"});
    check_templates(config, problems);
}

}  // namespace qrgate
