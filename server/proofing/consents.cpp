#include "server/proofing/consents.hpp"

#include <algorithm>
#include <array>

namespace qrgate {

namespace {

constexpr std::array<ConsentText, 4> texts{{
    {"biometric", "1", "个人生物识别信息保护声明", "Statement on biometric information",
     "做什么：为了把您的用户等级提升到 "
     "L3，核验服务机构会用摄像头看一次您的脸，与权威身份信息比对，确认是您本人。\n"
     "留下什么：本平台不接收、不保存您的人脸照片、视频或人脸特征，只保存“通过”或“未通过”、时间和核验编号。"
     "人脸图像由核验服务机构按它的规则处理。\n"
     "您可以不同意：不刷脸也能继续用账户、密码登录；也可以到服务窗口，由工作人员不用刷脸提升等级，"
     "或拨打 4000511818 咨询。",
     "What happens: to raise your user level to L3, the checking service looks at your face once through the "
     "camera "
     "and compares it with official identity records.\n"
     "What is kept: this service neither receives nor stores any picture, video or features of your face. It "
     "keeps "
     "only “passed” or “not passed”, the time and a reference. The checking service handles the pictures by "
     "its own "
     "rules.\n"
     "You may say no: you can go on logging in with number and password, or have the level raised without a "
     "face at "
     "the service desk. Questions: 4000511818."},
    {"service", "1", "用户服务协议", "Terms of service",
     "这项服务核验您的身份并提升用户等级。\n"
     "请只为本人办理，不要替别人刷脸，也不要把手机交给别人办理。\n"
     "等级提升后可以使用手机验证码登录；下载证书后可以扫码登录。您随时可以要求取消等级，请拨打 4000511818。",
     "This service checks your identity and raises your user level.\n"
     "Please do it for yourself only, not for others, and do not hand your phone to anyone for it.\n"
     "Afterwards you can log in with an SMS code and, with a certificate, by QR code. You may give the level "
     "back at "
     "any time: call 4000511818."},
    {"privacy", "1", "个人信息保护政策", "Privacy policy",
     "用到的信息：您的姓名、证件号码、登记的手机号，以及这次核验的时间和结果。\n"
     "交给谁：姓名和证件号码只为这次核验交给核验服务机构。不用于广告，不出售。\n"
     "怎样保管：证件号码、姓名和手机号加密保存。您可以查询、更正，或要求删除，请拨打 4000511818 "
     "或到服务窗口。",
     "What is used: your name, identity number, phone on record, and the time and result of this check.\n"
     "Who gets it: name and number go to the checking service for this check only. No advertising, no sale.\n"
     "How it is kept: number, name and phone are stored encrypted. To see, correct or delete them, call "
     "4000511818 or "
     "come to the service desk."},
    {"processing", "1", "个人信息处理规则", "Rules for processing personal information",
     "本次操作由您本人进行。\n"
     "核验服务机构只把结果告诉本平台；结果由它直接发送，不经过您的手机。\n"
     "您同意的内容、版本和时间会留下记录，作为办理依据。",
     "You are doing this yourself.\n"
     "The checking service tells this service only the result, directly and not through your phone.\n"
     "What you agreed to, its version and the time are recorded as evidence."},
}};

}  // namespace

std::span<const ConsentText> consent_texts() noexcept {
    return texts;
}

bool agrees_to_all(const std::vector<Consent>& consents) noexcept {
    return std::ranges::all_of(texts, [&](const ConsentText& text) {
        return std::ranges::any_of(consents, [&](const Consent& given) {
            return given.text == text.id && given.version == text.version;
        });
    });
}

}  // namespace qrgate
