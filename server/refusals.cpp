#include "server/refusals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace qrgate {

namespace {

// In the order of Errc (checked below).
constexpr std::array rows{
    RefusalAdvice{
        Errc::bad_request, "按页面上标红的提示改正后重新提交；若没有提示，请刷新页面。",
        "Mend what the page marks and send it again; if it marks nothing, reload the page.",
        "`fields` of the answer names the field. From our own pages it is a bug: the log line with the "
        "same request id. From a partner's client: compare its request with docs/protocol.md."},
    RefusalAdvice{Errc::password_too_weak, "按页面列出的密码规则换一个密码。",
                  "Choose another password by the rules that the page lists.",
                  "`password.policy` (docs/configuration.md): which rules are shown and checked."},
    RefusalAdvice{
        Errc::credentials_wrong,
        "点“显示”核对密码的大小写和特殊符号；仍不行，用“忘记密码”重置。账户被停用时请联系客服。",
        "Show the password, check capitals and special characters; else reset it under “Forgot "
        "password”. When the account is locked, call the service line.",
        "`qrgate why PERSON`: the same answer is given for a wrong password, a number that is not "
        "known, a locked account and an imported person without a password. `qrgate person show` says "
        "which; `qrgate person unlock` ends a lock."},
    RefusalAdvice{
        Errc::session_missing, "重新登录。", "Log in again.",
        "Audit `session_ended` and its outcome (`logout`, `replaced`, `undo`, `locked`, "
        "`password_changed` …) or `session_expired` (`session.idle`, `session.life`); no such row: the "
        "browser does not keep cookies."},
    RefusalAdvice{
        Errc::token_missing, "在手机上重新登录。", "Log in again on the phone.",
        "Audit `session_ended` of the phone's session; a changed password or a lock ends phones too."},
    RefusalAdvice{
        Errc::origin_refused, "关闭此页，从官方网址重新打开登录页面。",
        "Close this page and open the login page by its official address.",
        "`server.public_origin` must be what people see in the address bar; a proxy must pass `Host`. "
        "Many of these with a foreign origin: somebody copies the page."},
    RefusalAdvice{
        Errc::captcha_wrong, "看新图片重新输入；看不清可换一张，或用语音验证码。",
        "Type the characters of the new picture; ask for another one, or have it read out.",
        "`qrgate_captchas_failed_total` against `qrgate_captchas_made_total`. Nearly all wrong: bots, or "
        "two nodes that do not share the browser's next request."},
    RefusalAdvice{
        Errc::code_wrong, "核对短信中最新的一条；超过 5 分钟或输错 5 次，请重新获取。",
        "Use the newest text; after 5 minutes or 5 wrong tries, ask for a new code.",
        "Audit `code_sent`, `code_checked` and `code_refused` (`level_too_low`, `phone_shared`: several "
        "people have the number, `person_locked`); `qrgate_sms_total`. None of them: the number is not "
        "known, or no text went out."},
    RefusalAdvice{Errc::level_too_low, "用密码登录“北京残联”微信小程序，刷脸认证提升等级。",
                  "Log in to the mini-program by password and raise the level by face verification.",
                  "`qrgate person show`: level, its evidence and its end. Raise it by proofing or, with "
                  "evidence, at the desk."},
    RefusalAdvice{Errc::certificate_missing, "在“我的——证书管理——证书下载”中下载证书。",
                  "Download a certificate under 我的 – 证书管理 – 证书下载.",
                  "`qrgate person show`: certificates and their states. Audit `certificate_revoked`."},
    RefusalAdvice{Errc::certificate_unusable, "在“证书管理”中删除后重新下载证书。",
                  "Delete the certificate under 证书管理 and download a new one.",
                  "`qrgate person show`: disabled (ten wrong passphrases), revoked or expired. Audit "
                  "`certificate_disabled`, `certificate_revoked` with the reason."},
    RefusalAdvice{Errc::signature_wrong, "核对证书密码重试；五次不对请换一个二维码。",
                  "Check the passphrase and try again; after five times ask for a new code.",
                  "Audit `signature_wrong`, `ticket_dead`. Many at once from one app version: its signing "
                  "is broken (docs/protocol.md, “What is signed”)."},
    RefusalAdvice{
        Errc::proof_wrong, "重新开始下载证书。", "Start the download of the certificate again.",
        "The app did not prove that it holds the new key: compare with docs/protocol.md section 5."},
    RefusalAdvice{
        Errc::passphrase_wrong, "核对证书密码；连续输错 10 次证书会停用，需删除后重新下载。",
        "Check the passphrase; ten wrong ones in a row disable the certificate.",
        "Audit `passphrase_wrong` (how many in a row), `certificate_disabled`. Nobody can read or reset a "
        "passphrase: a new certificate is the way."},
    RefusalAdvice{
        Errc::biometric_failed, "重试；仍不行可改用刷脸认证。",
        "Try again; if it still fails, use face verification instead.",
        "The log line with the request id names the check that failed; the biometric provider's own "
        "settings (docs/configuration.md)."},
    RefusalAdvice{Errc::consent_missing, "阅读并勾选各项声明后继续。",
                  "Read and accept the statements, then go on.",
                  "The app sent no consent, or an older version of the text than is in force."},
    RefusalAdvice{
        Errc::proofing_needed, "在这部手机上完成刷脸认证，再下载证书。",
        "Complete face verification on this phone, then download the certificate.",
        "Nobody vouched for this device in the last 24 hours: a proofing, or an approval at the desk."},
    RefusalAdvice{
        Errc::password_must_change, "密码正确但强度不够或用得太久：点“忘记密码”，用预留手机号重置后登录。",
        "The password is right but too weak or too old: reset it with the phone on record, then log in.",
        "Usual after an import; `qrgate why PERSON` says when it is the age (`password.max_age`). `qrgate "
        "person show`: is there a phone on record? Without one: the desk."},
    RefusalAdvice{Errc::same_device, "在电脑上打开登录页面后再扫码，或用密码、短信登录。",
                  "Open the login page on a computer and scan its code, or log in by password or text.",
                  "`qr.same_device` is `refuse`: browser and phone had one address and one system."},
    RefusalAdvice{Errc::ticket_unknown, "扫描电脑登录页面上的二维码。",
                  "Scan the code on the login page of the computer.",
                  "A foreign code, or nodes that do not share `keys/` (docs/operating.md)."},
    RefusalAdvice{Errc::not_found, "返回上一页。", "Go back to the previous page.",
                  "The log line: which path. After an upgrade: an old page is still open."},
    RefusalAdvice{
        Errc::method_not_allowed, "返回页面重新操作。", "Go back to the page and try again.",
        "A client that does not follow docs/protocol.md, or a scanner; the log line has the route."},
    RefusalAdvice{
        Errc::ticket_taken, "在电脑上换一个二维码。", "Ask for a new code on the computer.",
        "Audit `ticket_scanned` of another person: two phones read one screen, or somebody read it over "
        "a shoulder."},
    RefusalAdvice{
        Errc::ticket_state, "在电脑上换一个二维码重新扫描。",
        "Get a new code on the computer and scan it again.",
        "Audit `ticket_…` rows of that time: denied, cancelled, expired, dead or redeemed already."},
    RefusalAdvice{
        Errc::certificate_limit, "在“证书管理”中删除不用的证书，再下载。",
        "Delete a certificate that is not used under 证书管理, then download.",
        "`qrgate person show` lists them; `qrgate certificate revoke` removes one that a lost phone had."},
    RefusalAdvice{
        Errc::ticket_expired, "在电脑上刷新二维码后重新扫描。",
        "Refresh the code on the computer and scan it again.",
        "`qr.…` settings: how long a code lives. Many at once: a clock that is wrong, or a restart."},
    RefusalAdvice{Errc::too_large, "缩短内容后重试。", "Shorten what was typed and try again.",
                  "Bodies end at 16 KiB; the proxy's own limit may be smaller."},
    RefusalAdvice{Errc::unsupported_type, "刷新页面后重试。", "Reload the page and try again.",
                  "A client that does not send `Content-Type: application/json`."},
    RefusalAdvice{
        Errc::too_many, "按页面倒计时等待后再试；忘记密码请用“忘记密码”。",
        "Wait as long as the page counts down, then try again; a forgotten password can be reset.",
        "`qrgate_budget_refusals_total` says which budget, docs/operating.md (“Budgets”) how much it "
        "allows. `qrgate why PERSON` counts wrong tries. All addresses alike behind a proxy: "
        "`proxy.trusted` is missing."},
    RefusalAdvice{Errc::busy, "稍候再试，不用重新填写。", "Try again in a moment; what was typed is kept.",
                  "`/readyz` names the full queue; `qrgate_worker_queue`; then load and cores."},
    RefusalAdvice{
        Errc::database_unavailable, "稍后再试。", "Try again soon.",
        "`qrgate_database_up`, `/readyz`, and the log: “PostgreSQL cannot be reached” with its reason."},
    RefusalAdvice{Errc::internal_error, "稍后再试；仍不行请把页面上的请求编号告诉客服。",
                  "Try again later; if it stays, tell the service line the request id.",
                  "A bug: the log line with the request id. Please report it."},
};

constexpr bool rows_are_complete() {
    constexpr auto last_public = static_cast<std::size_t>(Errc::database_unavailable);
    if (static_cast<std::size_t>(Errc::timed_out) != last_public + 1) return false;
    if (rows.size() != last_public + 2 || rows.back().errc != Errc::internal_error) return false;
    for (std::size_t i = 0; i <= last_public; ++i)
        if (static_cast<std::size_t>(rows[i].errc) != i) return false;
    return true;
}
static_assert(rows_are_complete(), "every public Errc needs its row, in the order of Errc");

constexpr std::string_view head = R"(# Refusals

<!-- Written by refusals_page() out of the tables in protocol/error.cpp and server/refusals.cpp; a test compares them. -->

Every code that a person, an app or a platform can be answered, what the person reads, what they do next, and where the
operator looks. `qrgate why PERSON` shows the last tries of one person with the same words.

| code | status | what the person reads | next step | where the operator looks |
|---|---|---|---|---|
)";

}  // namespace

std::span<const RefusalAdvice> all_refusals() noexcept {
    return rows;
}

const RefusalAdvice* refusal_advice(std::string_view code) noexcept {
    const auto found =
        std::ranges::find_if(rows, [code](const RefusalAdvice& row) { return info(row.errc).code == code; });
    return found == rows.end() ? nullptr : &*found;
}

std::string refusals_page() {
    std::string page(head);
    for (const RefusalAdvice& row : rows) {
        const ErrorInfo& told = info(row.errc);
        page += fmt::format("| `{}` | {} | {}<br>{} | {}<br>{} | {} |\n", told.code, told.status, told.zh,
                            told.en, row.next_zh, row.next_en, row.operator_looks);
    }
    return page;
}

}  // namespace qrgate
