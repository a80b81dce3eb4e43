#include "server/sms/sms_texts.hpp"

#include <fmt/format.h>

#include "storage/names.hpp"

namespace qrgate {

namespace {

std::string_view what_for(CodePurpose purpose) noexcept {
    switch (purpose) {
        case CodePurpose::certificate:
            return "下载登录证书";
        case CodePurpose::login:
            return "登录";
        case CodePurpose::registration:
            return "注册";
        case CodePurpose::reset:
            return "重置密码";
        case CodePurpose::phone_old:
            return "更换手机号（原手机号确认）";
        case CodePurpose::phone_new:
            return "更换手机号（新手机号确认）";
    }
    return "";
}

struct NoticeRow {
    std::string_view name;
    std::string_view words;
};

constexpr NoticeRow row(SmsNotice notice) noexcept {
    switch (notice) {
        case SmsNotice::level_hint:
            return {"level_hint",
                    "您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级。如有疑问请拨打400051"
                    "1818。"};
        case SmsNotice::shared_phone:
            return {"shared_phone",
                    "您的手机号码绑定了多个身份证号码，无法使用手机验证码的方式登录。请用密码登录后在“我的账"
                    "户”中更换手机号，"
                    "或拨打4000511818。"};
        case SmsNotice::already_registered:
            return {"already_registered",
                    "有人用您的证件号码申请注册，您已有账户，无需再注册，请直接登录；忘记密码请点“忘记密码”。"
                    "如非本人操作，"
                    "无需处理。"};
        case SmsNotice::certificate_added:
            return {"certificate_added",
                    "您的账户刚刚在一部手机上下载了新的登录证书。如非本人操作，请立即在“证书管理”中删除，或拨"
                    "打4000511818。"};
        case SmsNotice::certificate_disabled:
            return {
                "certificate_disabled",
                "您的登录证书因证书密码连续输错10次已停用。请在“证书管理”中删除后重新下载证书。如非本人操作，"
                "请拨打4000511818。"};
        case SmsNotice::password_changed:
            return {"password_changed",
                    "您的账户密码刚刚被修改，其他设备已退出登录。如非本人操作，请立即重置密码，"
                    "或拨打4000511818。"};
        case SmsNotice::phone_changed:
            return {"phone_changed", "您账户绑定的手机号刚刚被更换。如非本人操作，请立即拨打4000511818。"};
        case SmsNotice::many_tries:
            return {"many_tries",
                    "有人多次输错您账户的登录密码，系统已限制继续尝试。如非本人操作，您无需处理；为安全起见，"
                    "可登录后修改密码，或拨打4000511818。"};
    }
    return {};
}

}  // namespace

SmsText code_text(CodePurpose purpose, std::string to, std::string_view code, std::chrono::seconds life) {
    const auto minutes = life.count() / 60;
    SmsText text;
    text.to = std::move(to);
    text.name = fmt::format("{}_code", name_of(purpose));
    text.values = {{"code", std::string(code)}, {"minutes", fmt::format("{}", minutes)}};
    text.text = fmt::format("{} 是您{}的验证码，{}分钟内有效。工作人员不会向您索取验证码。", code,
                            what_for(purpose), minutes);
    return text;
}

SmsText notice_text(SmsNotice notice, std::string to) {
    SmsText text;
    text.to = std::move(to);
    text.name = row(notice).name;
    text.text = row(notice).words;
    return text;
}

}  // namespace qrgate
