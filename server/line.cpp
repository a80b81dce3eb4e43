#include "server/line.hpp"

#include <sys/socket.h>

#include <array>
#include <utility>

namespace qrgate {
namespace {

// A waiting browser has next to nothing to say; who sends more than this in one turn is no browser of ours.
constexpr std::size_t octets_per_turn = 16 * 1024;

}  // namespace

// --- over a parked transport --------------------------------------------------------------------

ParkedLine::ParkedLine(std::unique_ptr<Transport> transport)
    : transport_(std::move(transport)), descriptor_(transport_->park()) {
    // The kernel's queue counts too: a browser that does not read must not hold megabytes of it.
    int queue = 4096;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDBUF, &queue, sizeof queue);
}

void ParkedLine::end(Ending why) {
    if (health_ == Health::well) send_last(farewell(static_cast<std::uint16_t>(why)));
}

void ParkedLine::turn() {
    if (health_ == Health::gone) return;
    write_wants_read_ = false;
    read_all();
    flush();
}

void ParkedLine::send_last(std::string_view octets) {
    send(octets);
    if (health_ == Health::well) health_ = Health::ending;
    if (health_ == Health::ending && pending_.empty()) transport_->try_close();
}

void ParkedLine::send(std::string_view octets) {
    pending_ += octets;
    flush();
    if (pending_.size() > pending_limit) health_ = Health::gone;
}

void ParkedLine::flush() {
    if (pending_.empty() || health_ == Health::gone) return;
    while (!pending_.empty()) {
        auto progress = transport_->try_write(pending_);
        write_wants_read_ = progress.step == Transport::Step::wants_read;
        if (progress.step == Transport::Step::over) health_ = Health::gone;
        if (progress.step != Transport::Step::done) return;
        pending_.erase(0, progress.octets);
    }
    pending_ = {};  // an idle line holds no memory
    if (health_ == Health::ending) transport_->try_close();
}

// Until the socket has no more: octets left inside TLS would not make the descriptor readable again.
void ParkedLine::read_all() {
    std::array<char, 1024> octets;
    std::size_t total = 0;
    while (health_ != Health::gone) {
        auto progress = transport_->try_read(octets);
        read_wants_write_ = progress.step == Transport::Step::wants_write;
        if (progress.step == Transport::Step::over) health_ = Health::gone;
        if (progress.step != Transport::Step::done) return;
        total += progress.octets;
        if (total > octets_per_turn) {
            health_ = Health::gone;
            return;
        }
        hear({octets.data(), progress.octets});
    }
}

// --- WebSocket ----------------------------------------------------------------------------------

void WebSocketLine::say(std::uint64_t, std::string_view message) {
    if (health() == Health::well) send(server_frame(Opcode::text, message));
}

void WebSocketLine::keep_alive() {
    if (health() == Health::well) send(server_frame(Opcode::ping, {}));
}

bool WebSocketLine::take_heard() noexcept {
    return std::exchange(heard_, false);
}

std::string WebSocketLine::farewell(std::uint16_t code) const {
    return close_frame(code);
}

void WebSocketLine::close_with(std::uint16_t code) {
    if (health() == Health::well) send_last(close_frame(code));
}

void WebSocketLine::hear(std::string_view octets) {
    heard_ = true;
    // After our close only the peer's close, or the end of its stream, matters.
    while (!octets.empty() && health() != Health::gone) {
        auto step = decoder_.take(octets);
        if (step.outcome == FrameDecoder::Outcome::needs_more) return;
        if (step.outcome == FrameDecoder::Outcome::broken) {
            if (health() == Health::ending) return;
            close_with(step.close_code);
            return;
        }
        answer(step.frame);
    }
}

void WebSocketLine::answer(const ClientFrame& frame) {
    if (frame.opcode == Opcode::pong) return;
    if (frame.opcode == Opcode::close) {
        if (health() == Health::ending) {
            be_gone();  // both have said it
            return;
        }
        std::uint16_t code = close_code_of(frame.payload);
        close_with(code == 1005 ? 1000 : code);
        return;
    }
    if (health() != Health::well) return;
    if (frame.opcode == Opcode::ping) {
        send(server_frame(Opcode::pong, frame.payload));
        return;
    }
    close_with(static_cast<std::uint16_t>(Ending::no_data_please));
}

}  // namespace qrgate
