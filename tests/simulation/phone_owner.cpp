#include "tests/simulation/phone_owner.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/simulation/world.hpp"

namespace qrgate::tests::simulation {

namespace {

std::string path_of(const std::string& token, std::string_view end = {}) {
    return "/api/v1/phone/tickets/" + token + std::string(end);
}

}  // namespace

PhoneOwner::PhoneOwner(World& world, Someone& person, KeyAlgorithm algorithm)
    : who(&person), phone(world, person), world_(&world) {
    has_a_new_login(algorithm);
}

void PhoneOwner::has_a_new_login(KeyAlgorithm algorithm) {
    phone = Phone(*world_, *who);
    phone.algorithm = algorithm;
    phone.key = new_key(algorithm);  // who may have no certificate signs all the same
    texts.clear();
    if (who->level == 3) has_a_new_certificate();
}

void PhoneOwner::has_a_new_certificate() {
    for (const Certificate& each : world_->stored(world_->storage.list_certificates(who->id)))
        world_->stored(
            world_->storage.revoke_certificate(each.serial, who->id, "test", world_->clock.now(), {}));
    phone.has_certificate(phone.algorithm);
}

Move PhoneOwner::scans(std::string token) {
    world_->record.scanned.insert(token);
    return {.what = "scan by " + who->phone,
            .request = phone.request(Method::post, path_of(token, "/scan")),
            .heard = [this, token](Response& answer) {
                if (answer.status == 200) texts[newest = token] = text_of(answer);
            }};
}

Move PhoneOwner::confirms() {
    const bool is_new = !newest.empty() && !world_->happens(15);
    const std::string token = is_new ? newest : world_->any_token();
    const bool has_text = texts.contains(token);
    std::string text = has_text ? texts[token] : "qrgate-login-v1\n";
    const bool is_wrong = world_->happens(12);
    if (is_wrong) text += "x";
    if (has_text && !is_wrong) world_->record.signed_by[token].insert(who->id);
    const boost::json::object body{{"certificate", phone.serial}, {"signature", base64url(phone.sign(text))}};
    return {.what = std::string(is_wrong ? "wrong " : "") + "confirm by " + who->phone,
            .request = phone.request(Method::post, path_of(token, "/confirm"), boost::json::serialize(body)),
            .heard = [this, token](Response& answer) {
                if (answer.status != 200) return;
                const auto shown = world_->record.shown.find(token);
                if (shown != world_->record.shown.end())
                    world_->browsers[shown->second.browser].typed = json_of(answer).at("code").as_string();
            }};
}

Move PhoneOwner::denies(std::string token) {
    return {.what = "deny by " + who->phone, .request = phone.request(Method::post, path_of(token, "/deny"))};
}

Move PhoneOwner::looks(std::string token) {
    return {.what = "look by " + who->phone, .request = phone.request(Method::get, path_of(token))};
}

Move PhoneOwner::undoes() {
    const auto live =
        world_->stored(world_->storage.list_sessions(who->id, SessionKind::browser, world_->clock.now()));
    const std::string id = live.empty() ? "none" : live.front().id;
    return {.what = "undo by " + who->phone,
            .request = phone.request(Method::post, "/api/v1/phone/sessions/" + id + "/undo")};
}

}  // namespace qrgate::tests::simulation
