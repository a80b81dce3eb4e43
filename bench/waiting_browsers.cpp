#include "bench/waiting_browsers.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <random>

#include "bench/http_reader.hpp"
#include "bench/link.hpp"
#include "bench/ws_reader.hpp"

namespace qrgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

// "name":"VALUE" of a flat JSON text of the server's, whose values need no escapes; empty: not there.
std::string_view member(std::string_view text, std::string_view name) {
    const std::string key = fmt::format("\"{}\":\"", name);
    std::size_t at = text.find(key);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + key.size());
    return text.substr(0, text.find('"'));
}

BrowserNews news_of(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, BrowserNews>, 5> known{
        {{"code", BrowserNews::code},
         {"scanned", BrowserNews::scanned},
         {"confirmed", BrowserNews::confirmed},
         {"denied", BrowserNews::denied},
         {"expired", BrowserNews::expired}}};
    for (const auto& [name, news] : known)
        if (name == type) return news;
    return BrowserNews::other;
}

enum class Step : std::uint8_t { none, greeting, context, upgrade, open };

}  // namespace

struct WaitingBrowsers::Browser final : Watched {
    Browser(WaitingBrowsers& all, std::size_t place) : room(all), number(place) {}
    void ready() override;
    void greet();
    void ask(Step next, std::string text);
    void read();
    void answered(std::string_view rest);
    void got(const WsMessage& message);
    void send(std::string_view octets);
    void flush();
    void watch_again();
    void closed(int code);

    WaitingBrowsers& room;
    const std::size_t number;
    Link link{};
    Step step = Step::none;
    bool watches_write = false;
    Time started{};
    std::size_t codes = 0;
    std::unique_ptr<HttpReader> http{};  // while it opens
    WsReader frames{};
    std::string pending{};
    std::string cookie{};
    std::string token{};
    std::string short_code{};
};

void WaitingBrowsers::Browser::ready() {
    if (step == Step::greeting) return greet();
    if (step == Step::none) return;
    flush();
    if (step != Step::none) read();
}

void WaitingBrowsers::Browser::watch_again() {
    if (!link.is_open()) return;
    bool write = link.wants_write() || !pending.empty();
    if (write == watches_write) return;
    watches_write = write;
    room.loop_.change(link.descriptor(), *this, write);
}

void WaitingBrowsers::Browser::greet() {
    Link::Io io = link.greet();
    if (io == Link::Io::closed) return room.fail(*this);
    if (io == Link::Io::later) return watch_again();
    const Target& target = room.target(number);
    std::string host = target.origin().substr(target.tls ? 8 : 7);
    http = std::make_unique<HttpReader>();
    if (room.plan_.subscribe_path.empty()) {
        ask(Step::context, fmt::format("GET /api/v1/context HTTP/1.1\r\nHost: {}\r\n\r\n", host));
    } else {
        std::string path = room.plan_.subscribe_path;
        std::size_t at = path.find("{id}");
        if (at != std::string::npos) path.replace(at, 4, room.id(number));
        ask(Step::upgrade, upgrade_request(path, host, ""));
    }
}

void WaitingBrowsers::Browser::ask(Step next, std::string text) {
    step = next;
    http->reset();
    send(text);
}

void WaitingBrowsers::Browser::send(std::string_view octets) {
    pending += octets;
    flush();
}

void WaitingBrowsers::Browser::flush() {
    while (!pending.empty()) {
        std::size_t sent = 0;
        Link::Io io = link.write(pending, sent);
        if (io == Link::Io::closed) return closed(0);
        if (io == Link::Io::later) break;
        pending.erase(0, sent);
    }
    if (pending.empty()) pending.shrink_to_fit();
    watch_again();
}

void WaitingBrowsers::Browser::read() {
    std::array<char, 4096> octets;
    while (step != Step::none) {
        std::size_t count = 0;
        Link::Io io = link.read(octets.data(), octets.size(), count);
        if (io == Link::Io::closed) return closed(0);
        if (io == Link::Io::later) return watch_again();
        std::string_view got_now(octets.data(), count);
        if (step != Step::open) {
            got_now.remove_prefix(http->put(got_now));
            if (http->state() == HttpReader::State::broken) return room.fail(*this);
            if (http->state() == HttpReader::State::whole) answered(got_now);
        } else {
            frames.put(got_now);
        }
        while (step == Step::open) {
            auto message = frames.next();
            if (!message) break;
            got(*message);
        }
        if (frames.broken()) return closed(0);
        // A short read emptied a plain socket; TLS may hold more.
        if (count < octets.size() && !room.target(number).tls) return;
    }
}

void WaitingBrowsers::Browser::answered(std::string_view rest) {
    if (step == Step::context) {
        if (http->status() != 200) return room.fail(*this);
        for (const auto& [name, value] : http->headers())
            if (same_header_name(name, "set-cookie") && value.find("qrgate-pre=") != std::string::npos)
                cookie = value.substr(0, value.find(';'));
        if (cookie.empty() || !http->keep_alive()) return room.fail(*this);
        std::string origin = room.target(number).origin();
        return ask(
            Step::upgrade,
            upgrade_request("/ws/qr", origin.substr(origin.find("//") + 2),
                            fmt::format("Origin: {}\r\nSec-WebSocket-Protocol: qrgate.v1\r\nCookie: {}\r\n",
                                        origin, cookie)));
    }
    if (http->status() != 101) return room.fail(*this);
    http.reset();
    step = Step::open;
    room.half_open_ -= 1;
    room.waiting_ += 1;
    room.counts_.opened += 1;
    room.tell(*this, BrowserNews::waiting);
    frames.put(rest);
}

void WaitingBrowsers::Browser::got(const WsMessage& message) {
    switch (message.kind) {
        case WsMessage::Kind::ping:
            return send(client_frame(WsMessage::Kind::pong, message.payload,
                                     static_cast<std::uint32_t>(number) * 2654435761U));
        case WsMessage::Kind::close:
            return closed(message.close_code());
        case WsMessage::Kind::pong:
            return;
        case WsMessage::Kind::binary:
        case WsMessage::Kind::text:
            break;
    }
    room.counts_.messages += 1;
    BrowserNews news =
        room.plan_.subscribe_path.empty() ? news_of(member(message.payload, "type")) : BrowserNews::other;
    bool same = false;
    if (news == BrowserNews::code) {
        std::string_view now = member(message.payload, "token");
        same = now == token;
        if (!same) {
            codes += 1;
            room.counts_.codes += 1;
            token = now;
            short_code = member(message.payload, "short_code");
        }
    }
    room.tell(*this, news, same, message.payload.size());
}

void WaitingBrowsers::Browser::closed(int code) {
    if (step != Step::open) return room.fail(*this);
    link.reset();
    step = Step::none;
    room.waiting_ -= 1;
    room.counts_.closed_by_server[code] += 1;
    constexpr int wait_over = 4000;
    if (code == wait_over && room.plan_.reopen) {
        room.counts_.reopened += 1;
        room.to_open_.push_back(number);
    }
    room.tell(*this, BrowserNews::closed);
}

WaitingBrowsers::WaitingBrowsers(EventLoop& loop, WaitingPlan plan) : loop_(loop), plan_(std::move(plan)) {}
WaitingBrowsers::~WaitingBrowsers() = default;

void WaitingBrowsers::tell(Browser& browser, BrowserNews news, bool same_code, std::size_t octets) {
    if (plan_.on_event)
        plan_.on_event({.news = news,
                        .browser = browser.number,
                        .at = Clock::now(),
                        .same_code = same_code,
                        .octets = octets});
}

void WaitingBrowsers::fail(Browser& browser) {
    browser.link.reset();
    browser.http.reset();
    browser.pending.clear();
    if (browser.step != Step::none) half_open_ -= 1;
    browser.step = Step::none;
    counts_.failed += 1;
    tell(browser, BrowserNews::failed);
}

void WaitingBrowsers::open(std::size_t more) {
    for (std::size_t at = 0; at < more; ++at) {
        browsers_.emplace_back(*this, browsers_.size());
        to_open_.push_back(browsers_.size() - 1);
    }
}

void WaitingBrowsers::leave(std::size_t count) {
    for (std::size_t tried = 0; count > 0 && tried < browsers_.size(); ++tried) {
        Browser& browser = browsers_[next_to_replace_];
        next_to_replace_ = (next_to_replace_ + 1) % browsers_.size();
        if (browser.step != Step::open) continue;
        browser.link.close();
        browser.step = Step::none;
        waiting_ -= 1;
        left_.push_back(browser.number);
        count -= 1;
    }
}

void WaitingBrowsers::fill_places() {
    to_open_.insert(to_open_.end(), left_.begin(), left_.end());
    left_.clear();
}

void WaitingBrowsers::close_all() {
    to_open_.clear();
    left_.clear();
    for (Browser& browser : browsers_) {
        browser.link.reset();
        browser.step = Step::none;
    }
    half_open_ = 0;
    waiting_ = 0;
}

void WaitingBrowsers::start(Browser& browser, Time now) {
    browser.started = now;
    browser.frames = WsReader{};
    browser.pending.clear();
    browser.cookie.clear();
    browser.token.clear();
    browser.short_code.clear();
    browser.codes = 0;
    browser.step = Step::none;
    if (!browser.link.open(target(browser.number), plan_.sources[browser.number % plan_.sources.size()]))
        return fail(browser);
    browser.step = Step::greeting;
    browser.watches_write = true;
    half_open_ += 1;
    opening_.push_back(browser.number);
    loop_.watch(browser.link.descriptor(), browser, true);
}

void WaitingBrowsers::advance(Time now) {
    while (!opening_.empty()) {
        Browser& oldest = browsers_[opening_.front()];
        bool opens = oldest.step != Step::none && oldest.step != Step::open;
        if (opens && now - oldest.started < plan_.patience) break;
        opening_.pop_front();
        if (opens) fail(oldest);
    }
    if (to_open_.empty()) return;
    const Duration gap{std::llround(1e9 / plan_.rate)};
    // What was missed is not made up for in a burst beyond a hundredth of a second.
    next_start_ = std::max(next_start_, now - std::chrono::milliseconds{10});
    while (!to_open_.empty() && half_open_ < plan_.half_open && next_start_ <= now) {
        std::size_t next = to_open_.front();
        to_open_.pop_front();
        next_start_ += gap;
        start(browsers_[next], now);
    }
}

Time WaitingBrowsers::due() const noexcept {
    if (to_open_.empty() && opening_.empty()) return Time::max();
    Time look_again = Clock::now() + std::chrono::milliseconds{20};
    return to_open_.empty() || half_open_ >= plan_.half_open ? look_again : std::min(look_again, next_start_);
}

std::size_t WaitingBrowsers::size() const noexcept {
    return browsers_.size();
}

std::size_t WaitingBrowsers::with_codes(std::size_t at_least) const {
    return static_cast<std::size_t>(std::ranges::count_if(browsers_, [at_least](const Browser& browser) {
        return browser.step == Step::open && browser.codes >= at_least;
    }));
}

bool WaitingBrowsers::waits(std::size_t browser) const {
    return browsers_[browser].step == Step::open;
}

const std::string& WaitingBrowsers::token(std::size_t browser) const {
    return browsers_[browser].token;
}

const std::string& WaitingBrowsers::short_code(std::size_t browser) const {
    return browsers_[browser].short_code;
}

const std::string& WaitingBrowsers::cookie(std::size_t browser) const {
    return browsers_[browser].cookie;
}

const Target& WaitingBrowsers::target(std::size_t browser) const {
    return plan_.targets[browser % plan_.targets.size()];
}

}  // namespace qrgate::bench
