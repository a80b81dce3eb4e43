#include "server/sms_code.hpp"

#include "server/budgets.hpp"
#include "server/clock.hpp"
#include "server/codes.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/random.hpp"
#include "server/risk.hpp"
#include "server/services.hpp"
#include "server/sms/sms_texts.hpp"
#include "server/task_group.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int digits = 6;

Task<void> send_and_tell(Services& services, SmsText text) {
    co_await send_text(services, std::move(text));
}

struct MadeCode {
    SentCode sent = {};
    SmsText text = {};
};

Task<Result<MadeCode>> write_code(Services& services, CodeOrder order, Trace trace) {
    std::string typed = random_digits(services.random, digits);
    MadeCode made;
    made.sent.life = services.config.sms_code_life * services.config.time_factor * order.patience;
    NewCode code;
    code.purpose = order.purpose;
    code.holder_hash = order.holder_hash;
    code.person_id = order.person_id;
    code.code_hash = hash_code(services.keys.sms_codes, order.holder_hash, typed);
    code.challenge = order.challenge;
    code.sent_at = services.clock.now();
    code.expires_at = code.sent_at + made.sent.life;
    made.text = code_text(order.purpose, order.to, typed, made.sent.life);
    auto stored = co_await services.storage.put_code(std::move(code), std::move(trace));
    if (!stored) co_return stored.error();
    co_return made;
}

BudgetRequest budgets_of(Services& services, const std::string& phone, const std::string& address) {
    BudgetRequest budgets(services);
    budgets.of(Budget::sms_gap_of_phone, phone)
        .of(Budget::sms_hour_of_phone, phone)
        .of(Budget::sms_day_of_phone, phone)
        .of_address(Budget::sms_of_address, address);
    return budgets;
}

// What anybody can have sent by typing counts: codes, and the texts that come instead of one. A registration
// goes wherever a stranger says. The other notices are about what has happened already: they neither count
// nor wait.
std::optional<Risk::TextTo> counted_as(std::string_view name) {
    if (name == "registration_code" || name == "already_registered") return Risk::TextTo::stranger;
    if (name.ends_with("_code") || name == "level_hint" || name == "shared_phone")
        return Risk::TextTo::person;
    return std::nullopt;
}

bool may_send(Services& services, std::string_view name) {
    const Config& config = services.config;
    const auto to = counted_as(name);
    return config.bench || !to || services.risk.may_text(*to, config.sms_per_hour, services.clock.now());
}

}  // namespace

bool sends_texts(const Config& config) {
    return config.demo || config.sms_provider != "none";
}

Task<std::optional<Refusal>> spend_sms_budgets(Services& services, std::string phone, std::string address) {
    BudgetRequest budgets = budgets_of(services, phone, address);
    co_return co_await budgets.spend();
}

Task<std::optional<Refusal>> look_at_sms_budgets(Services& services, std::string phone, std::string address) {
    BudgetRequest budgets = budgets_of(services, phone, address);
    co_return co_await budgets.look();
}

Task<std::optional<Refusal>> guard_text(Services& services, std::string whom, CaptchaAnswer captcha,
                                        Digest holder, std::string address) {
    if (auto refusal = co_await look_at_sms_budgets(services, whom, address)) co_return *refusal;
    if (!captcha_is_right(services, holder, captcha, captcha_asker(services, address, whom))) {
        // Each refusal draws another picture.
        BudgetRequest pictures(services);
        pictures.of_address(Budget::captcha_of_address, address);
        if (auto refusal = co_await pictures.spend()) co_return *refusal;
        co_return with_fresh_captcha(services, Errc::captcha_wrong, holder);
    }
    if (auto refusal = co_await spend_sms_budgets(services, whom, address))
        co_return with_fresh_captcha(services, *refusal, holder);
    co_return std::nullopt;
}

Task<Result<void>> send_text(Services& services, SmsText text) {
    const Config& config = services.config;
    if (!may_send(services, text.name)) {
        services.metrics.sms_failed();
        services.log.warn("sms_limit", {{"text", text.name}, {"per_hour", config.sms_per_hour}});
        co_return Errc::busy;
    }
    text.at = services.clock.now();
    text.key = base64url(services.random.bytes<16>());
    std::string name = text.name;
    auto sent = co_await services.sms.send(std::move(text));
    if (sent) {
        services.metrics.sms_sent();
    } else {
        services.metrics.sms_failed();
        services.log.warn("sms_failed", {{"text", name}, {"code", info(sent.error()).code}});
    }
    co_return sent;
}

Task<void> send_quietly(Services& services, SmsText text) {
    if (services.sms.is_immediate()) {
        co_await send_text(services, std::move(text));
    } else {
        services.tasks.spawn("sms", send_and_tell(services, std::move(text)));
    }
}

Task<Result<SentCode>> order_code(Services& services, CodeOrder order, Trace trace) {
    auto made = co_await write_code(services, std::move(order), std::move(trace));
    if (!made) co_return made.error();
    auto sent = co_await send_text(services, std::move(made->text));
    if (!sent) co_return sent.error();
    co_return made->sent;
}

Task<Result<SentCode>> order_code_quietly(Services& services, CodeOrder order, Trace trace) {
    auto made = co_await write_code(services, std::move(order), std::move(trace));
    if (!made) co_return made.error();
    if (!made->text.to.empty()) co_await send_quietly(services, std::move(made->text));
    co_return made->sent;
}

CodeProof code_proof(const Services& services, CodePurpose purpose, const Digest& holder_hash,
                     std::string_view typed) {
    return {.purpose = purpose,
            .holder_hash = holder_hash,
            .code_hash = hash_code(services.keys.sms_codes, holder_hash, typed)};
}

std::string read_code(BodyReader& body, std::string_view key, Language language) {
    std::string typed = body.text(key, 16);
    if (body.ok() && !is_digits(typed, digits))
        body.fault(key, language == Language::zh ? "请输入短信中的 6 位数字。"
                                                 : "Please enter the 6 digits of the text message.");
    return typed;
}

}  // namespace qrgate
