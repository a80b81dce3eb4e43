#include "bench/pusher.hpp"

#include <fmt/format.h>

#include "bench/options.hpp"

namespace qrgate::bench {
namespace {

constexpr std::chrono::seconds patience{3};  // for the last ones, after the end

std::string host_of(const Target& target) {
    std::string origin = target.origin();
    return origin.substr(origin.find("//") + 2);
}

// What a peer is given to send: as long as the code message that our push sends again.
std::string peer_body(const Target& target) {
    const std::string token(32, 'T');
    return fmt::format(
        R"({{"type":"code","seq":2,"url":"{}/s/{}","token":"{}","short_code":"K7QD-M3RP","expires_in":60}})",
        target.origin(), token, token);
}

}  // namespace

std::pair<std::string, std::string> split_url(const std::string& url) {
    std::size_t host = url.find("://");
    std::size_t path = host == std::string::npos ? std::string::npos : url.find('/', host + 3);
    if (path == std::string::npos) throw CannotMeasure("not a URL with a path: " + url);
    return {url.substr(0, path), url.substr(path)};
}

struct Pusher::Door {
    Door(Pusher& pusher, EventLoop& loop, const Target& there, const std::vector<std::string>& sources,
         std::size_t connections)
        : target(there),
          lanes(loop, there, sources, connections,
                [&pusher](std::size_t, std::uint64_t tag, int status) { pusher.answered(tag, status); }) {}
    Target target;
    RequestLanes lanes;
    std::deque<std::size_t> queue{};  // browsers whose push waits for an idle connection
};

Pusher::Pusher(EventLoop& loop, WaitingBrowsers& browsers, Pace pace, const std::string& publish,
               const std::vector<std::string>& sources, std::size_t connections)
    : browsers_(browsers),
      peer_(!publish.empty()),
      in_the_air_(browsers.size()),
      pacer_(pace, std::chrono::steady_clock::now()),
      chance_(pace.seed) {
    if (peer_) {
        auto [origin, path] = split_url(publish);
        auto target = parse_target(origin);
        if (!target) throw CannotMeasure("no such URL: " + publish);
        publish_target_ = *target;
        publish_path_ = path;
        doors_.push_back(std::make_unique<Door>(*this, loop, *target, sources, connections));
    } else {
        for (std::size_t n = 0; n < browsers.targets(); ++n)
            doors_.push_back(std::make_unique<Door>(*this, loop, browsers.target(n), sources, connections));
    }
}
Pusher::~Pusher() = default;

std::optional<std::size_t> Pusher::choose() {
    if (in_the_air_.empty()) return std::nullopt;
    for (int tries = 0; tries < 50; ++tries) {
        std::size_t browser = chance_() % in_the_air_.size();
        if (!in_the_air_[browser] && browsers_.waits(browser) &&
            (peer_ || !browsers_.short_code(browser).empty()))
            return browser;
    }
    return std::nullopt;
}

std::string Pusher::request_for(std::size_t browser) const {
    std::string path = "/bench/push";
    std::string body;
    Target target = peer_ ? publish_target_ : browsers_.target(browser);
    if (peer_) {
        path = publish_path_;
        std::size_t at = path.find("{id}");
        if (at != std::string::npos) path.replace(at, 4, browsers_.id(browser));
        body = peer_body(target);
    } else {
        // The short code stays through the whole wait, while tokens change.
        body = fmt::format(R"({{"token":"{}"}})", browsers_.short_code(browser));
    }
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Type: application/json\r\nContent-Length: "
        "{}\r\n\r\n{}",
        path, host_of(target), target.origin(), body.size(), body);
}

void Pusher::advance(Time now) {
    if (!given_up_ && pacer_.all_sent() && now > pacer_.end() + patience) {
        given_up_ = true;
        pacer_.give_up(now);
    }
    while (auto ask = pacer_.next(now)) {
        auto browser = choose();
        if (!browser) {
            pacer_.done(*ask, now, false);  // nobody waits, or everybody has one in the air
            continue;
        }
        in_the_air_[*browser].emplace(Push{.ask = *ask, .request = request_for(*browser)});
        doors_[peer_ ? 0 : *browser % doors_.size()]->queue.push_back(*browser);
    }
    for (auto& door : doors_)
        while (!door->queue.empty() && door->lanes.idle() > 0) {
            std::size_t browser = door->queue.front();
            door->queue.pop_front();
            auto& push = in_the_air_[browser];
            if (!push || push->in_lane) continue;  // its browser went away meanwhile
            push->in_lane = true;
            door->lanes.send(push->request, browser);
        }
}

Time Pusher::due() const noexcept {
    return pacer_.due();
}

void Pusher::answered(std::uint64_t browser, int status) {
    auto& push = in_the_air_[browser];
    push->in_lane = false;
    if (status < 200 || status > 299) end(browser, false);
    if (push && push->counted) push.reset();
}

void Pusher::hear(const BrowserEvent& event) {
    if (event.browser >= in_the_air_.size()) return;
    if (event.news == BrowserNews::closed || event.news == BrowserNews::failed)
        return end(event.browser, false);
    // A rotation brings a new token; a push the one that was there.
    bool pushed =
        peer_ ? event.news == BrowserNews::other : event.news == BrowserNews::code && event.same_code;
    if (!pushed || !in_the_air_[event.browser]) return;
    frame_octets_ = event.octets;
    end(event.browser, true);
}

void Pusher::end(std::size_t browser, bool good) {
    auto& push = in_the_air_[browser];
    if (!push || push->counted) return;
    pacer_.done(push->ask, std::chrono::steady_clock::now(), good);
    push->counted = true;
    if (!push->in_lane) push.reset();
}

bool Pusher::over() const noexcept {
    return given_up_ ||
           (pacer_.all_sent() && std::chrono::steady_clock::now() > pacer_.end() && pacer_.in_the_air() == 0);
}

}  // namespace qrgate::bench
