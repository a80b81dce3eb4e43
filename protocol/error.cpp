#include "protocol/error.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace qrgate {
namespace {

// In the order of Errc: the row of an error is found by its number (checked below).
constexpr std::array<ErrorInfo, 35> rows{{
    {Errc::bad_request, "bad_request", 400, "填写的内容有误，请核对后重新提交。",
     "Something in the form is not right. Please check it and send it again."},
    {Errc::password_too_weak, "password_too_weak", 400, "密码强度不符合要求，请按页面上的规则重新设置密码。",
     "This password does not meet the rules. Please choose another one as the page describes."},
    {Errc::credentials_wrong, "credentials_wrong", 401,
     "用户名或密码错误。请点密码框右侧的“显示”，核对大小写和特殊符号后重新输入；如多次尝试仍无法登录，"
     "请重置密码。",
     "The number or the password is wrong. Show the password with “Show”, check capitals and special "
     "characters, and try again; if that does not help, please reset the password."},
    {Errc::session_missing, "session_missing", 401, "您尚未登录或登录已过期，请重新登录。",
     "You are not logged in, or your login has ended. Please log in again."},
    {Errc::token_missing, "token_missing", 401, "手机端登录已过期，请在手机上重新登录。",
     "The login on this phone has ended. Please log in again on the phone."},
    {Errc::origin_refused, "origin_refused", 403, "请求不是从本平台页面发出的，请回到登录页面重新操作。",
     "This request did not come from our own page. Please go back to the login page and try again."},
    {Errc::captcha_wrong, "captcha_wrong", 403, "验证码错误，请重新输入",
     "The characters did not match. Please enter the new ones."},
    {Errc::code_wrong, "code_wrong", 403, "验证码不正确或已失效，请核对后重新输入，或重新获取验证码。",
     "The code is wrong or no longer valid. Please check it, or ask for a new one."},
    {Errc::level_too_low, "level_too_low", 403,
     "您用户等级不符合要求，请先登录“北京残联”微信小程序刷脸认证提升等级。",
     "Your user level is not high enough. Please log in to the “北京残联” WeChat mini-program and raise it "
     "by "
     "face verification."},
    {Errc::certificate_missing, "certificate_missing", 403,
     "您还没有下载证书，请先在“北京残联”微信小程序“我的——证书管理——证书下载”中下载证书。",
     "You have no certificate yet. Please download one in the “北京残联” WeChat mini-program: "
     "我的 – 证书管理 – 证书下载."},
    {Errc::certificate_unusable, "certificate_unusable", 403,
     "您的证书已失效或被停用，请在“证书管理”中删除后重新下载证书。",
     "Your certificate has expired or was disabled. Please delete it under 证书管理 and download a new one."},
    {Errc::signature_wrong, "signature_wrong", 403, "证书验证没有通过，请核对证书密码后重试。",
     "The certificate could not be verified. Please check its passphrase and try again."},
    {Errc::proof_wrong, "proof_wrong", 403, "证书申请没有通过校验，请重新下载证书。",
     "The certificate request could not be verified. Please start the download again."},
    {Errc::passphrase_wrong, "passphrase_wrong", 403, "证书密码错误，请核对后重新输入。",
     "The certificate passphrase is wrong. Please check it and try again."},
    {Errc::biometric_failed, "biometric_failed", 403, "指纹或人脸验证没有通过，请重试。",
     "The fingerprint or face check did not succeed. Please try again."},
    {Errc::consent_missing, "consent_missing", 403, "请先阅读并同意个人生物识别信息保护声明等协议。",
     "Please read and accept the statements on personal and biometric information first."},
    {Errc::proofing_needed, "proofing_needed", 403, "为保护您的账户，请先在这部手机上完成刷脸认证。",
     "To protect your account, please complete face verification on this phone first."},
    {Errc::password_must_change, "password_must_change", 403,
     "密码强度不符合要求，或使用时间过长。密码正确，但已不符合现在的规则，请重置密码后登录。",
     "Your password is right but no longer meets the rules: it is too weak or too old. Please reset it, then "
     "log in."},
    {Errc::same_device, "same_device", 403,
     "二维码和扫码的手机是同一台设备。请在电脑上打开登录页面，再用手机扫码；或改用密码、短信登录。",
     "This code is shown on the phone that scans it. Please open the login page on a computer, or log in by "
     "password or text message."},
    {Errc::ticket_unknown, "ticket_unknown", 404, "这不是本平台的登录二维码，请扫描登录页面上的二维码。",
     "This is not a login code of this service. Please scan the one on the login page."},
    {Errc::not_found, "not_found", 404, "没有找到您要的内容，请返回上一页。",
     "We could not find this. Please go back to the previous page."},
    {Errc::method_not_allowed, "method_not_allowed", 405, "不支持这种操作，请返回页面重新操作。",
     "This cannot be done here. Please go back to the page and try again."},
    {Errc::ticket_taken, "ticket_taken", 409, "二维码已被另一部手机扫描，请在电脑上换一个二维码。",
     "Another phone has already scanned this code. Please ask for a new one on the computer."},
    {Errc::ticket_state, "ticket_state", 409, "这次登录现在不能进行此操作，请在电脑上换一个二维码重新扫描。",
     "This login attempt cannot do that now. Please get a new code on the computer and scan it again."},
    {Errc::certificate_limit, "certificate_limit", 409,
     "您的有效证书已达到上限，请先在“证书管理”中删除不用的证书，再下载新证书。",
     "You already have as many certificates as are allowed. Please delete one under 证书管理 first."},
    {Errc::ticket_expired, "ticket_expired", 410, "二维码已过期，请在电脑上刷新二维码后重新扫描。",
     "This code has expired. Please refresh it on the computer and scan it again."},
    {Errc::too_large, "too_large", 413, "提交的内容太长，请缩短后重试。",
     "This is too long. Please shorten it and try again."},
    {Errc::unsupported_type, "unsupported_type", 415, "提交的格式不受支持，请刷新页面后重试。",
     "This format is not supported. Please reload the page and try again."},
    {Errc::too_many, "too_many", 429, "操作太频繁，请稍后再试。",
     "Too many tries. Please wait a little and try again."},
    {Errc::busy, "busy", 503, "当前访问人数较多，请稍后再试。",
     "The service is busy right now. Please try again in a moment."},
    {Errc::database_unavailable, "database_unavailable", 503, "服务暂时不可用，请稍后再试。",
     "The service is not available for the moment. Please try again soon."},
    {Errc::timed_out, "busy", 503, "当前访问人数较多，请稍后再试。",
     "The service is busy right now. Please try again in a moment."},
    {Errc::in_doubt, "database_unavailable", 503, "服务暂时不可用，请稍后再试。",
     "The service is not available for the moment. Please try again soon."},
    {Errc::conflict, "ticket_state", 409, "这次登录现在不能进行此操作，请在电脑上换一个二维码重新扫描。",
     "This login attempt cannot do that now. Please get a new code on the computer and scan it again."},
    {Errc::internal_error, "internal_error", 500, "服务出现故障，我们会尽快处理，请稍后再试。",
     "Something went wrong on our side. Please try again later."},
}};

constexpr bool rows_are_in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].errc) != i) return false;
    return true;
}
static_assert(rows_are_in_order());
static_assert(rows.back().errc == Errc::internal_error, "a new Errc needs its row");

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

// A qvalue in thousandths; -1 when it is none.
int thousandths(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return -1;
    if (text.size() > 1 && text[1] != '.') return -1;
    int value = (text[0] - '0') * 1000;
    for (std::size_t i = 2, worth = 100; i < text.size(); ++i, worth /= 10) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value += (text[i] - '0') * static_cast<int>(worth);
    }
    return value <= 1000 ? value : -1;
}

int weight_of(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        const auto end = std::min(parameters.find(';'), parameters.size());
        const auto parameter = trimmed(parameters.substr(0, end));
        if (parameter.size() > 1 && lower(parameter[0]) == 'q' && parameter[1] == '=')
            return thousandths(trimmed(parameter.substr(2)));
        parameters.remove_prefix(std::min(end + 1, parameters.size()));
    }
    return 1000;
}

bool is_language(std::string_view range, std::string_view language) noexcept {
    if (range.size() < language.size()) return false;
    for (std::size_t i = 0; i < language.size(); ++i)
        if (lower(range[i]) != language[i]) return false;
    return range.size() == language.size() || range[language.size()] == '-';
}

}  // namespace

void throw_exception_from_error(Errc errc, const boost::source_location& where) {
    boost::throw_exception(std::logic_error("value() of a result that holds " + std::string(info(errc).code)),
                           where);
}

const ErrorInfo& info(Errc errc) noexcept {
    return rows[static_cast<std::size_t>(errc)];
}

std::span<const ErrorInfo> all_errors() noexcept {
    return rows;
}

std::string_view text(Errc errc, Language language) noexcept {
    return language == Language::en ? info(errc).en : info(errc).zh;
}

Language choose_language(std::string_view accept_language) noexcept {
    int chinese = -1;
    int english = -1;
    int any = 0;
    while (!accept_language.empty()) {
        const auto end = std::min(accept_language.find(','), accept_language.size());
        const auto entry = accept_language.substr(0, end);
        accept_language.remove_prefix(std::min(end + 1, accept_language.size()));

        const auto semicolon = std::min(entry.find(';'), entry.size());
        const auto range = trimmed(entry.substr(0, semicolon));
        const int weight = weight_of(entry.substr(std::min(semicolon + 1, entry.size())));
        if (is_language(range, "zh")) chinese = std::max(chinese, weight);
        if (is_language(range, "en")) english = std::max(english, weight);
        if (range == "*") any = std::max(any, weight);
    }
    if (chinese < 0) chinese = any;
    if (english < 0) english = any;
    return english > chinese ? Language::en : Language::zh;
}

}  // namespace qrgate
