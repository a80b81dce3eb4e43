#include "tests/simulation/browser.hpp"

#include <boost/json/serialize.hpp>

#include "protocol/cookie.hpp"
#include "tests/simulation/world.hpp"

namespace qrgate::tests::simulation {

namespace {

constexpr std::string_view pre_session = "qrgate-pre";
constexpr std::string_view session = "qrgate-session";

}  // namespace

Browser::Browser(World& world, std::size_t index) : pc(world), world_(&world), index_(index) {
    pc.address = "203.0.113." + std::to_string(index + 1);
}

bool Browser::has_pre_session() const {
    return pc.cookies.contains(std::string(pre_session));
}

Move Browser::visits() {
    return {.what = "visit",
            .request = pc.request(Method::get, "/api/v1/context"),
            .heard = [this](Response& answer) { pc.keep_cookies(answer); }};
}

Move Browser::sits() {
    const Digest mine = pc.pre_session_hash();
    return {.what = "sit", .request = pc.upgrade(), .heard = [this, mine](Response& answer) {
                pc.keep_cookies(answer);
                if (answer.status != 101) return;
                world_->record.connections.push_back({.browser = index_, .pre_session = mine});
                lines_.emplace_back(pc.take_seat(answer), &world_->record.connections.back());
            }};
}

Move Browser::cancels() {
    return {.what = "cancel", .request = pc.request(Method::post, "/api/v1/qr/cancel")};
}

Move Browser::redeems() {
    boost::json::object body;
    if (!typed.empty() && world_->happens(75)) body["code"] = world_->happens(20) ? "none" : typed;
    const Digest mine = has_pre_session() ? pc.pre_session_hash() : Digest{};
    return {.what = "redeem",
            .request = pc.request(Method::post, "/api/v1/qr/redeem",
                                  body.empty() ? "" : boost::json::serialize(body)),
            .heard = [this, mine](Response& answer) {
                pc.keep_cookies(answer);
                if (answer.status != 200) return;
                const auto person = json_of(answer).at("person").as_object();
                world_->record.given.push_back(
                    {.browser = index_,
                     .pre_session = mine,
                     .person_id = std::string(person.at("id").as_string()),
                     .session_hash = sha256(as_bytes(pc.cookies.at(std::string(session))))});
            }};
}

Move Browser::logs_out() {
    return {.what = "logout",
            .request = pc.request(Method::post, "/api/v1/logout"),
            .heard = [this](Response& answer) { pc.keep_cookies(answer); }};
}

void Browser::leaves() {
    for (auto& [socket, connection] : lines_) {
        hears_all(socket, *connection);
        if (!connection->ended) connection->left = true;
    }
    lines_.clear();
}

void Browser::is_another_one() {
    leaves();
    const auto held = pc.cookies.find(std::string(session));
    if (held != pc.cookies.end()) world_->record.abandoned.insert(sha256(as_bytes(held->second)));
    pc.cookies.clear();
    typed.clear();
}

void Browser::listens() {
    for (auto& [socket, connection] : lines_)
        hears_all(socket, *connection);
    std::erase_if(lines_, [](const auto& line) { return line.second->ended; });
}

void Browser::hears_all(Socket& socket, Connection& connection) {
    while (!connection.ended && !socket.has_nothing_to_hear()) {
        const Heard heard = socket.hear();
        if (heard.opcode == 16) {
            connection.ended = true;
        } else if (heard.opcode == 8) {
            connection.closes.push_back(heard.close_code());
        } else if (heard.opcode == 1) {
            if (!connection.closes.empty()) connection.spoke_after_close = true;
            connection.frames.push_back(heard.type());
            if (heard.type() != "code") continue;
            world_->record.shown[heard.text("token")] = {index_, connection.pre_session};
            world_->newest_tokens.push_front(heard.text("token"));
        }
    }
}

}  // namespace qrgate::tests::simulation
