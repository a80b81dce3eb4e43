#include "tests/simulation/attacker.hpp"

#include <boost/json/serialize.hpp>

#include "tests/simulation/world.hpp"

namespace qrgate::tests::simulation {

namespace {

constexpr std::string_view tickets = "/api/v1/phone/tickets/";

}  // namespace

// Mr. Sun's account, with a phone and a key; nobody but the attacker uses it.
Attacker::Attacker(World& world) : world_(world), phone_(world, world.sun), pc_(world) {
    world_.set_level(world_.sun, world_.sun.level = 3);
    phone_.has_certificate();
    pc_.address = "198.51.100.66";
}

Move Attacker::attacks() {
    switch (world_.below(4)) {
        case 0:
            return answers_for_another();
        case 1:
            return replays_a_text();
        case 2:
            return redeems_without_the_browser();
        default:
            return forges_a_code();
    }
}

// Confirms, denies or looks at what somebody else scanned (or nobody).
Move Attacker::answers_for_another() {
    const std::string token = world_.any_token();
    const auto what = world_.below(3);
    const std::string path = std::string(tickets) + token +
                             (what == 0   ? "/deny"
                              : what == 1 ? "/confirm"
                                          : "");
    const boost::json::object body{{"certificate", phone_.serial},
                                   {"signature", base64url(phone_.sign("qrgate-login-v1\n"))}};
    return {.what = "attacker answers for another",
            .request = phone_.request(what == 2 ? Method::get : Method::post, path,
                                      what == 1 ? boost::json::serialize(body) : ""),
            .must_be_refused = true};
}

// The victim's own text of one ticket, signed by the victim: sent for another ticket of the victim's.
Move Attacker::replays_a_text() {
    PhoneOwner& victim = world_.owners[world_.below(world_.owners.size())];
    if (victim.texts.size() < 2) return answers_for_another();
    auto old = victim.texts.begin();
    if (old->first == victim.newest) ++old;
    const boost::json::object body{{"certificate", victim.phone.serial},
                                   {"signature", base64url(victim.phone.sign(old->second))}};
    return {.what = "attacker replays a signature of " + victim.who->phone,
            .request = victim.phone.request(Method::post, std::string(tickets) + victim.newest + "/confirm",
                                            boost::json::serialize(body)),
            .must_be_refused = true};
}

// From a browser of its own: with no pre-session, with a made-up one, or with one of its own that waits for
// nothing.
Move Attacker::redeems_without_the_browser() {
    Pc pc = pc_;
    switch (world_.below(3)) {
        case 0:
            break;
        case 1:
            pc.cookies["qrgate-pre"] = std::string(96, 'a');
            break;
        default:
            pc.visit();
            break;
    }
    return {.what = "attacker redeems",
            .request = pc.request(Method::post, "/api/v1/qr/redeem"),
            .must_be_refused = true};
}

// A right token with one character changed.
Move Attacker::forges_a_code() {
    std::string token = world_.any_token();
    char& c = token[1 + world_.below(token.size() - 1)];
    c = c == 'A' ? 'B' : 'A';
    return {.what = "attacker scans a forged code",
            .request = phone_.request(Method::post, std::string(tickets) + token + "/scan"),
            .must_be_refused = true};
}

}  // namespace qrgate::tests::simulation
