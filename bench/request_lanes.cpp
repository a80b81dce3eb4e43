#include "bench/request_lanes.hpp"

#include <strings.h>

#include <array>

#include "bench/http_reader.hpp"
#include "bench/link.hpp"

namespace qrgate::bench {
namespace {

// Slower, but reads all that HTTP has: for peers that answer in chunks.
QuickAnswer by_reader(std::string_view octets) {
    HttpReader reader;
    std::size_t taken = reader.put(octets);
    if (reader.state() == HttpReader::State::more) return {};
    bool whole = reader.state() == HttpReader::State::whole;
    return {
        .length = taken, .status = whole ? reader.status() : 0, .keep_alive = whole && reader.keep_alive()};
}

bool is_field(std::string_view line, std::string_view name) {
    return line.size() > name.size() && line[name.size()] == ':' &&
           strncasecmp(line.data(), name.data(), name.size()) == 0;
}

}  // namespace

QuickAnswer quick_answer(std::string_view octets) {
    std::size_t end = octets.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return octets.size() > 32 * 1024 ? QuickAnswer{.length = octets.size()} : QuickAnswer{};
    if (!octets.starts_with("HTTP/1.1 ") || octets.size() < 13) return by_reader(octets);
    auto digit = [octets](std::size_t at) { return octets[at] - '0'; };
    QuickAnswer answer{.status = digit(9) * 100 + digit(10) * 10 + digit(11)};
    std::size_t body = 0;
    bool has_length = answer.status == 204 || answer.status == 304;
    for (std::size_t at = octets.find("\r\n") + 2; at < end + 2;) {
        std::size_t line_end = octets.find("\r\n", at);
        std::string_view line = octets.substr(at, line_end - at);
        if (is_field(line, "content-length") && answer.status != 204 && answer.status != 304) {
            has_length = true;
            for (char c : line.substr(15))
                if (c >= '0' && c <= '9') body = body * 10 + static_cast<std::size_t>(c - '0');
        } else if (is_field(line, "transfer-encoding")) {
            return by_reader(octets);
        } else if (is_field(line, "connection") && (line.ends_with("close") || line.ends_with("Close"))) {
            answer.keep_alive = false;
        }
        at = line_end + 2;
    }
    if (!has_length) return by_reader(octets);
    if (octets.size() < end + 4 + body) return {};
    answer.length = end + 4 + body;
    return answer;
}

struct RequestLanes::Lane final : Watched {
    Lane(RequestLanes& lanes, std::size_t place) : all(lanes), number(place) {}
    void ready() override;
    void begin();
    bool connect();
    void write();
    void read();
    void lost();
    void finish(int status);

    RequestLanes& all;
    const std::size_t number;
    Link link{};
    bool greeted = false;
    bool busy = false;
    bool watches_write = false;
    bool fresh = false;  // this request opened the connection
    std::uint64_t tag = 0;
    std::string_view request{};
    std::size_t sent = 0;
    std::string received{};
};

void RequestLanes::Lane::begin() {
    busy = true;
    sent = 0;
    received.clear();
    fresh = !link.is_open();
    if (!fresh) return write();
    if (!connect()) finish(0);
}

bool RequestLanes::Lane::connect() {
    greeted = false;
    fresh = true;
    sent = 0;
    received.clear();
    if (!link.open(all.target_, all.sources_[number % all.sources_.size()])) return false;
    watches_write = true;
    all.loop_.watch(link.descriptor(), *this, true);
    return true;
}

void RequestLanes::Lane::ready() {
    if (!link.is_open()) return;
    if (!greeted) {
        Link::Io io = link.greet();
        if (io == Link::Io::closed) return lost();
        greeted = io == Link::Io::done;
        if (greeted) return write();
        if (link.wants_write() != watches_write)
            all.loop_.change(link.descriptor(), *this, watches_write = link.wants_write());
        return;
    }
    if (busy && sent < request.size()) write();
    if (link.is_open()) read();
}

void RequestLanes::Lane::write() {
    while (sent < request.size()) {
        std::size_t count = 0;
        Link::Io io = link.write(request.substr(sent), count);
        if (io == Link::Io::closed) return lost();
        if (io == Link::Io::later) break;
        sent += count;
    }
    bool want = sent < request.size();
    if (want != watches_write) all.loop_.change(link.descriptor(), *this, watches_write = want);
}

void RequestLanes::Lane::read() {
    std::array<char, 16384> octets;
    std::size_t count = 0;
    Link::Io io = link.read(octets.data(), octets.size(), count);
    if (io == Link::Io::later) return;
    if (io == Link::Io::closed) return lost();
    std::string_view all_of_it(octets.data(), count);
    if (!received.empty()) all_of_it = received.append(all_of_it);
    QuickAnswer answer = quick_answer(all_of_it);
    if (answer.length == 0) {
        if (received.empty()) received = all_of_it;
        return;
    }
    if (!busy || !answer.keep_alive || answer.status == 0) link.reset();
    if (busy) finish(answer.status);
}

// The connection ended. One that was idle before this request may have ended in that time: once more.
void RequestLanes::Lane::lost() {
    link.reset();
    if (!busy) return;
    if (!fresh && received.empty() && connect()) return;
    finish(0);
}

void RequestLanes::Lane::finish(int status) {
    busy = false;
    received.clear();
    all.idle_.push_back(number);
    all.on_answer_(number, tag, status);
}

RequestLanes::RequestLanes(EventLoop& loop, Target target, std::vector<std::string> sources,
                           std::size_t lanes, OnAnswer on_answer)
    : loop_(loop),
      target_(std::move(target)),
      sources_(std::move(sources)),
      on_answer_(std::move(on_answer)) {
    for (std::size_t place = 0; place < lanes; ++place) {
        lanes_.emplace_back(*this, place);
        idle_.push_back(lanes - 1 - place);
    }
}
RequestLanes::~RequestLanes() = default;

std::size_t RequestLanes::size() const noexcept {
    return lanes_.size();
}

void RequestLanes::send(std::string_view request, std::uint64_t tag) {
    Lane& lane = lanes_[idle_.back()];
    idle_.pop_back();
    lane.request = request;
    lane.tag = tag;
    lane.begin();
}

}  // namespace qrgate::bench
