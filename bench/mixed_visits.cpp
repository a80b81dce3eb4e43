// What the people of `mixed` do.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "bench/answers.hpp"
#include "bench/mixed_load.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{45};  // a person's, also with a server that is away
constexpr int looks_at_session = 3;

// While a server is away nobody answers; while it comes, it may be busy.
bool is_away(const Reply& reply) {
    return reply.status == 0 || reply.status == 502 || reply.status == 503;
}

// How long somebody waits before trying again: as long as the server says, and a little more or less, so that
// not everybody comes back at the same moment.
Duration before_next_try(MixedLoad& load, const Reply& reply) {
    const std::string said = reply.header("Retry-After");
    int seconds = 0;
    std::from_chars(said.data(), said.data() + said.size(), seconds);
    return std::chrono::seconds(std::clamp(seconds, 0, 10)) +
           reconnect_after(load.chance, std::chrono::milliseconds(400));
}

// The session was opened, and its answer was lost with the connection: the pre-session is used up, and this
// answer has brought a new one.
bool is_used_up(const Reply& reply) {
    return reply.status == 401 && named("", reply) == "_401_session_missing";
}

// Asks until there is an answer, as a person tries again.
Task<Reply> ask_patiently(MixedLoad& load, HttpClient& browser, Call call) {
    const Time until = Clock::now() + patience;
    bool was_away = false;
    for (;;) {
        Reply reply = co_await browser.browse(call);
        const bool used_up = was_away && call.method == "POST" && is_used_up(reply);
        if ((!is_away(reply) && !used_up) || Clock::now() > until) co_return reply;
        was_away = was_away || reply.status == 0;
        load.count(used_up ? "answer_was_lost" : "asked_again");
        co_await rest(before_next_try(load, reply));
    }
}

Task<std::string> look_at_session(MixedLoad& load, HttpClient& browser, Ask ask) {
    for (int i = 0; i < looks_at_session; ++i) {
        co_await rest(load.day.pause(load.pause));
        Call call;
        call.path = "/api/v1/session";
        const auto begun = Clock::now();
        const Reply reply = co_await ask_patiently(load, browser, std::move(call));
        load.time("session_check", ask, Clock::now() - begun);
        if (reply.status != 200) co_return named("session", reply);
    }
    co_return std::string();
}

Call password_call(const MixedLoad& load, const BenchPerson& person, const std::string& password) {
    const boost::json::object body{{"kind", person.kind},
                                   {"identity_number", person.number},
                                   {"password", password},
                                   {"captcha_id", ""},
                                   {"captcha", ""}};
    return post_json(load.target, "/api/v1/login/password", boost::json::serialize(body));
}

Task<std::string> by_password(MixedLoad& load, bool mistypes, Ask ask) {
    const BenchPerson person = load.somebody();
    HttpClient browser(co_await asio::this_coro::executor, load.target, load.source());
    if (mistypes) {
        const Reply refused =
            co_await ask_patiently(load, browser, password_call(load, person, "Wrong#2026load"));
        if (refused.status != 401) co_return named("wrong_password", refused);
        co_await rest(load.day.pause(load.pause));
    }
    const auto begun = mistypes ? Clock::now() : ask.intended;
    const Reply reply = co_await ask_patiently(load, browser, password_call(load, person, person.password));
    load.time("password", ask, Clock::now() - begun);
    if (reply.status != 200) co_return named("password", reply);
    co_return co_await look_at_session(load, browser, ask);
}

Task<std::string> by_text(MixedLoad& load, Ask ask) {
    const std::string phone = load.somebody().phone;
    HttpClient browser(co_await asio::this_coro::executor, load.target, load.source());
    Call context;
    context.path = "/api/v1/context";
    const Reply opened = co_await ask_patiently(load, browser, std::move(context));
    if (opened.status != 200) co_return named("context", opened);
    const boost::json::object wish{{"phone", phone}, {"captcha_id", ""}, {"captcha", ""}};
    auto begun = Clock::now();
    const Reply sent = co_await ask_patiently(
        load, browser, post_json(load.target, "/api/v1/sms/login", boost::json::serialize(wish)));
    Duration took = Clock::now() - begun;
    if (sent.status != 202) co_return named("sms_code", sent);
    const std::string code = co_await code_sent_to(browser, phone);
    // The demo's outbox is memory: a text of before the restart is gone with it.
    if (code.empty()) co_return std::string("no_text");
    co_await rest(load.day.pause(load.pause));
    const boost::json::object typed{{"phone", phone}, {"code", code}};
    begun = Clock::now();
    const Reply reply = co_await ask_patiently(
        load, browser, post_json(load.target, "/api/v1/login/sms", boost::json::serialize(typed)));
    took += Clock::now() - begun;
    load.time("sms", ask, took);
    if (reply.status != 200) co_return named("sms_login", reply);
    co_return co_await look_at_session(load, browser, ask);
}

// Scans what the browser shows, until a scan is taken: codes of before a restart are over. The signature is
// in `signature`, the ticket in `token`.
Task<std::string> scan_and_sign(MixedLoad& load, Phone& phone, std::shared_ptr<QrBrowser> browser,
                                std::string& token, std::string& signature) {
    const Time until = Clock::now() + patience;
    std::string fault = "scan_no_answer";
    while (Clock::now() < until) {
        if (!browser->connected()) {
            fault = co_await open_patiently(load, browser, until);
            if (!fault.empty()) co_return fault;
        }
        token = browser->token();
        std::string text;
        fault = co_await phone.scan(token, text);
        if (fault.empty()) fault = co_await phone.unlock();
        std::string why;
        if (fault.empty()) signature = phone.sign(token, text, why);
        if (!why.empty()) co_return "text_refused_" + why;
        if (fault.empty()) co_return fault;
        load.count("scanned_again");
        co_await rest(reconnect_after(load.chance, std::chrono::milliseconds(400)));
    }
    co_return fault;
}

// Whether the ticket is confirmed, also when the answer was lost. Empty, or why not.
Task<std::string> confirm_surely(MixedLoad& load, Phone& phone, std::string token, std::string signature) {
    const Time until = Clock::now() + patience;
    std::string fault;
    do {
        fault = co_await phone.confirm(token, signature);
        if (fault.empty()) co_return fault;
        const std::string state = co_await phone.state(token);
        if (state == "confirmed" || state == "redeemed") co_return std::string();
        if (!state.empty() && state != "scanned") co_return "confirm_" + state;
        load.count("confirmed_again");
        co_await rest(reconnect_after(load.chance, std::chrono::milliseconds(400)));
    } while (Clock::now() < until);
    co_return fault;
}

// The browser hears of it, here or after it came back, and is in. What is confirmed may not be lost.
Task<std::string> redeem_surely(MixedLoad& load, std::shared_ptr<QrBrowser> browser, Ask ask,
                                Time confirmed) {
    const Time until = Clock::now() + patience;
    while (!co_await browser->told("confirmed", std::min(until, Clock::now() + std::chrono::seconds(1)))) {
        if (Clock::now() >= until) co_return std::string("lost_confirmed");
        if (!browser->connected()) co_await open_patiently(load, browser, until);
    }
    load.time("qr", ask, browser->told_at() - confirmed);
    bool unanswered = false;
    for (;;) {
        const Reply reply = co_await browser->redeem();
        if (reply.status == 200) co_return std::string();
        // Single use wins: the session of an answer that was lost ends by itself (docs/protocol.md section
        // 4).
        if (unanswered && reply.status / 100 == 4) co_return std::string("redeem_answer_lost");
        if (!is_away(reply) || Clock::now() > until) {
            load.count(named("redeem", reply));
            co_return std::string("lost_confirmed");
        }
        unanswered = unanswered || reply.status == 0;
        co_await rest(reconnect_after(load.chance, std::chrono::milliseconds(400)));
    }
}

Task<std::string> deny_once(MixedLoad& load, Phone& phone, std::shared_ptr<QrBrowser> browser) {
    std::string token;
    std::string signature;
    std::string fault = co_await scan_and_sign(load, phone, browser, token, signature);
    if (fault.empty()) fault = co_await phone.deny(token);
    if (!fault.empty()) co_return fault;
    // A fresh code follows the refusal.
    const Time until = Clock::now() + std::chrono::seconds(5);
    while (browser->token() == token && browser->connected() && Clock::now() < until)
        co_await rest(std::chrono::milliseconds(5));
    co_return std::string();
}

Task<std::string> by_phone(MixedLoad& load, Visit kind, Ask ask) {
    auto browser =
        std::make_shared<QrBrowser>(co_await asio::this_coro::executor, load.target, load.source());
    std::string fault = co_await open_patiently(load, browser, Clock::now() + patience);
    if (!fault.empty()) co_return fault;
    co_await rest(load.day.pause(load.pause));
    if (kind == Visit::qr_never) {
        co_await rest(load.day.pause(2 * load.pause));
        browser->leave();
        co_return std::string();
    }
    if (kind == Visit::qr_leaves) {
        browser->leave();
        co_await rest(load.day.pause(load.pause));
        fault = co_await open_patiently(load, browser, Clock::now() + patience);
        if (!fault.empty()) co_return fault;
    }
    auto phone = co_await load.phones.take();
    if (kind == Visit::qr_denied) fault = co_await deny_once(load, *phone, browser);
    std::string token;
    std::string signature;
    if (fault.empty()) fault = co_await scan_and_sign(load, *phone, browser, token, signature);
    if (fault.empty()) {
        co_await rest(load.day.pause(load.pause));
        const auto confirmed = Clock::now();
        fault = co_await confirm_surely(load, *phone, token, std::move(signature));
        if (fault.empty()) fault = co_await redeem_surely(load, browser, ask, confirmed);
    }
    if (fault.empty()) {
        const Reply reply = co_await browser->session();
        if (reply.status != 200) fault = named("session", reply);
    }
    browser->leave();
    co_return fault;
}

}  // namespace

Task<void> rest(Duration time) {
    Timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(use_task);
}

Task<std::string> open_patiently(MixedLoad& load, std::shared_ptr<QrBrowser> browser, Time until) {
    for (;;) {
        std::string fault = co_await browser->open();
        if (fault.empty() || Clock::now() > until || load.over) co_return fault;
        load.count("opened_again");
        co_await rest(reconnect_after(load.chance, std::chrono::seconds(1)));
    }
}

Task<bool> visit(MixedLoad& load, Ask ask) {
    const Visit kind = load.day.next();
    std::string fault;
    switch (kind) {
        case Visit::password:
        case Visit::wrong_password:
            fault = co_await by_password(load, kind == Visit::wrong_password, ask);
            break;
        case Visit::sms:
            fault = co_await by_text(load, ask);
            break;
        case Visit::qr:
        case Visit::qr_denied:
        case Visit::qr_leaves:
        case Visit::qr_never:
            fault = co_await by_phone(load, kind, ask);
            break;
    }
    if (!ask.warmup) {
        load.count(fmt::format("visit_{}", name_of(kind)));
        if (!fault.empty()) load.count(fault);
    }
    co_return fault.empty();
}

}  // namespace qrgate::bench
