#include "server/lines.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

namespace qrgate {
namespace {

// A waiting browser has next to nothing to say; who sends more than this in one turn is no browser of ours.
constexpr std::size_t octets_per_turn = std::size_t{16} * 1024;
constexpr std::size_t usual_message = 1024;

}  // namespace

// --- messages -----------------------------------------------------------------------------------

Message::Message() {
    octets_.reserve(head_room + usual_message);
}

std::string& Message::begin() {
    octets_.assign(head_room, ' ');
    return octets_;
}

std::string_view Message::framed(bool is_stream, std::uint64_t seq) {
    char* const text = octets_.data() + head_room;
    const std::size_t size = octets_.size() - head_room;
    if (!is_stream) {
        std::size_t head = write_server_head(
            std::span<char, longest_server_head>(text - longest_server_head, longest_server_head),
            Opcode::text, size);
        return {text - head, head + size};
    }
    std::array<char, 24> number;
    const char* end = std::to_chars(number.data(), number.data() + number.size(), seq).ptr;
    const std::string_view digits(number.data(), static_cast<std::size_t>(end - number.data()));
    char* at = text;
    for (std::string_view part : {std::string_view("\ndata: "), digits, std::string_view("id: ")}) {
        at -= part.size();
        part.copy(at, part.size());
    }
    const auto head = static_cast<std::size_t>(text - at);
    octets_ += "\n\n";
    std::string_view framed = std::string_view(octets_).substr(head_room - head);
    return framed;
}

// --- life of a line -----------------------------------------------------------------------------

Lines::Lines() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::runtime_error(std::string("epoll_create1: ") + std::strerror(errno));
}

Lines::~Lines() {
    close_leaving();
    for (auto& [descriptor, tls] : tls_)
        SSL_free(tls.engine);
    ::close(epoll_);
}

void Lines::watch(const Line& line, bool writes, int operation) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (writes ? EPOLLOUT : 0u);
    event.data.u64 = std::uint64_t{line.seat} << 32U | static_cast<std::uint32_t>(line.descriptor);
    ::epoll_ctl(epoll_, operation, line.descriptor, &event);
}

bool Lines::add(const ParkedSocket& socket, const Line& line) {
    if (line.descriptor < 0) return false;
    // The kernel's queue counts too: a browser that does not read must not hold megabytes of it.
    int queue = 4096;
    ::setsockopt(line.descriptor, SOL_SOCKET, SO_SNDBUF, &queue, sizeof queue);
    // A browser that vanished without a word acknowledges nothing; refused where the socket is no TCP.
    const auto unacknowledged = static_cast<unsigned>(gone_after.count());
    ::setsockopt(line.descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
    if (socket.tls.engine) tls_[line.descriptor] = socket.tls;
    errno = 0;
    watch(line, false, EPOLL_CTL_ADD);
    if (errno == 0) return true;
    close(line.descriptor);
    return false;
}

void Lines::close(int descriptor) {
    // Before the close: a child that inherited the descriptor would keep it reporting for ever.
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    busy_.erase(descriptor);
    leaving_.erase(descriptor);
    if (auto tls = tls_.find(descriptor); tls != tls_.end()) {
        SSL_free(tls->second.engine);
        tls_.erase(tls);
    }
    ::close(descriptor);
}

void Lines::end(const Line& line, Ending why, WallTime until) {
    if (say_goodbye(line, static_cast<std::uint16_t>(why)) == Health::gone) {
        close(line.descriptor);
    } else {
        leave(line, until);
    }
}

void Lines::leave(const Line& line, WallTime until) {
    leaving_[line.descriptor] = {until, line.is_stream};
    leaving_order_.emplace_back(until, line.descriptor);
    auto busy = busy_.find(line.descriptor);
    watch({line.descriptor, no_row, line.is_stream}, busy != busy_.end() && busy->second.polls_writes,
          EPOLL_CTL_MOD);
}

void Lines::look_at_leaving(WallTime now) {
    while (!leaving_order_.empty() && leaving_order_.front().first <= now) {
        const auto [until, descriptor] = leaving_order_.front();
        leaving_order_.pop_front();
        auto line = leaving_.find(descriptor);
        if (line != leaving_.end() && line->second.until == until) close(descriptor);
    }
}

void Lines::turn_leaving(int descriptor) {
    auto line = leaving_.find(descriptor);
    if (line == leaving_.end()) return;
    if (turn({descriptor, no_row, line->second.is_stream}).health == Health::gone) close(descriptor);
}

void Lines::close_leaving() {
    std::vector<int> descriptors;
    for (const auto& [descriptor, line] : leaving_)
        descriptors.push_back(descriptor);
    for (int descriptor : descriptors)
        close(descriptor);
}

// --- saying -------------------------------------------------------------------------------------

TlsEnd& Lines::tls_of(int descriptor, TlsEnd& plain) {
    if (tls_.empty()) return plain;
    auto tls = tls_.find(descriptor);
    return tls == tls_.end() ? plain : tls->second;
}

Lines::Health Lines::say(const Line& line, std::uint64_t seq, Message& message) {
    return send(line, message.framed(line.is_stream, seq));
}

Lines::Health Lines::keep_alive(const Line& line) {
    // A stream's comment; a peer that is gone shows when it is not taken.
    return send(line, line.is_stream ? std::string_view(":\n\n") : std::string_view("\x89\0", 2));
}

// What the socket takes at once goes without a copy.
Lines::Health Lines::send(const Line& line, std::string_view octets) {
    auto known = busy_.find(line.descriptor);
    Health health = Health::well;
    if (known != busy_.end() && !known->second.pending.empty()) {
        known->second.pending += octets;
        health = flush(line.descriptor, known->second);
    } else {
        TlsEnd plain;
        TlsEnd& tls = tls_of(line.descriptor, plain);
        while (!octets.empty() && health == Health::well) {
            const IoProgress progress = write_socket(line.descriptor, tls, octets);
            octets.remove_prefix(progress.octets);
            if (progress.step == IoStep::done) continue;
            if (progress.step == IoStep::over) health = Health::gone;
            Busy& busy = busy_[line.descriptor];
            busy.write_wants_read = progress.step == IoStep::wants_read;
            busy.pending = octets;
            break;
        }
    }
    settle(line);
    known = busy_.find(line.descriptor);
    return known != busy_.end() && known->second.pending.size() > pending_limit ? Health::gone : health;
}

Lines::Health Lines::flush(int descriptor, Busy& busy) {
    TlsEnd plain;
    TlsEnd& tls = tls_of(descriptor, plain);
    if (busy.pending.empty()) return Health::well;
    while (!busy.pending.empty()) {
        const IoProgress progress = write_socket(descriptor, tls, busy.pending);
        busy.write_wants_read = progress.step == IoStep::wants_read;
        if (progress.step == IoStep::over) return Health::gone;
        if (progress.step != IoStep::done) return Health::well;
        busy.pending.erase(0, progress.octets);
    }
    if (busy.said_goodbye) end_socket(descriptor, tls);
    return Health::well;
}

Lines::Health Lines::say_goodbye(const Line& line, std::uint16_t code) {
    std::string closing = line.is_stream ? closed_event(static_cast<Ending>(code)) : close_frame(code);
    if (send(line, closing) == Health::gone) return Health::gone;
    auto busy = busy_.find(line.descriptor);
    if (busy != busy_.end() && !busy->second.pending.empty()) {
        busy->second.said_goodbye = true;
    } else {
        TlsEnd plain;
        end_socket(line.descriptor, tls_of(line.descriptor, plain));
    }
    return Health::ending;
}

// Tells epoll what the line waits for, and keeps nothing for one that only waits to be spoken to.
void Lines::settle(const Line& line) {
    auto known = busy_.find(line.descriptor);
    if (known == busy_.end()) return;
    Busy& busy = known->second;
    bool writes = busy.read_wants_write || (!busy.pending.empty() && !busy.write_wants_read);
    if (writes != busy.polls_writes) {
        busy.polls_writes = writes;
        watch(line, writes, EPOLL_CTL_MOD);
    }
    if (!writes && busy.pending.empty() && busy.decoder.is_idle()) busy_.erase(known);
}

// --- hearing ------------------------------------------------------------------------------------

Lines::Turn Lines::turn(const Line& line) {
    if (auto busy = busy_.find(line.descriptor); busy != busy_.end()) busy->second.write_wants_read = false;
    Turn turn = read_all(line);
    if (turn.health == Health::gone) return turn;
    if (auto busy = busy_.find(line.descriptor); busy != busy_.end()) {
        if (flush(line.descriptor, busy->second) == Health::gone) turn.health = Health::gone;
        settle(line);
    }
    return turn;
}

// Until the socket has no more: octets left inside TLS would not make the descriptor readable again.
Lines::Turn Lines::read_all(const Line& line) {
    TlsEnd plain;
    TlsEnd& tls = tls_of(line.descriptor, plain);
    std::array<char, 1024> octets;
    std::size_t total = 0;
    FrameDecoder decoder;
    if (auto busy = busy_.find(line.descriptor); busy != busy_.end())
        decoder = std::exchange(busy->second.decoder, FrameDecoder{});
    Turn turn;
    turn.health = leaving_.contains(line.descriptor) ? Health::ending : Health::well;
    while (turn.health != Health::gone) {
        const IoProgress progress = read_socket(line.descriptor, tls, octets);
        const bool wants_write = progress.step == IoStep::wants_write;
        if (progress.step == IoStep::over) turn.health = Health::gone;
        if (progress.step != IoStep::done) {
            if (wants_write || !decoder.is_idle())
                busy_[line.descriptor].read_wants_write = wants_write;
            else if (auto busy = busy_.find(line.descriptor); busy != busy_.end())
                busy->second.read_wants_write = false;
            break;
        }
        turn.heard = true;
        total += progress.octets;
        if (total > octets_per_turn) {
            turn.health = Health::gone;
        } else {
            turn.health =
                hear(line, {octets.data(), progress.octets}, decoder, turn.health == Health::ending);
        }
    }
    if (!decoder.is_idle() && turn.health != Health::gone)
        busy_[line.descriptor].decoder = std::move(decoder);
    return turn;
}

Lines::Health Lines::hear(const Line& line, std::string_view octets, FrameDecoder& decoder, bool ending) {
    // A stream's request was the last thing to say on its connection.
    if (line.is_stream) return Health::gone;
    Health health = ending ? Health::ending : Health::well;
    // After our close only the peer's close, or the end of its stream, matters.
    while (!octets.empty() && health != Health::gone) {
        auto step = decoder.take(octets);
        if (step.outcome == FrameDecoder::Outcome::needs_more) return health;
        if (step.outcome == FrameDecoder::Outcome::broken) {
            if (health == Health::ending) return health;
            // Text that is no text is data all the same.
            bool is_text = step.close_code == 1007;
            return say_goodbye(
                line, is_text ? static_cast<std::uint16_t>(Ending::no_data_please) : step.close_code);
        }
        health = answer(line, step.frame, health == Health::ending);
    }
    return health;
}

Lines::Health Lines::answer(const Line& line, const ClientFrame& frame, bool ending) {
    if (frame.opcode == Opcode::close) {
        if (ending) return Health::gone;  // both have said it
        std::uint16_t code = close_code_of(frame.payload);
        return say_goodbye(line, code == 1005 ? 1000 : code);
    }
    if (ending) return Health::ending;
    if (frame.opcode == Opcode::pong) return Health::well;
    if (frame.opcode == Opcode::ping) return send(line, server_frame(Opcode::pong, frame.payload));
    return say_goodbye(line, static_cast<std::uint16_t>(Ending::no_data_please));
}

}  // namespace qrgate
