#include "tests/simulation/scenarios.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace qrgate::tests::simulation {

namespace {

constexpr std::string_view new_password = "Reise#2026x";
constexpr std::string_view new_phone = "13900000088";
const Someone newcomer{
    PersonKind::personal, "110101199003070118", "王五", "13900000011", "Reise#2026x", 1, {}};

Request post(Scene& scene, std::string_view path, const boost::json::object& body = {}) {
    return scene.pc.request(Method::post, path, body.empty() ? "" : boost::json::serialize(body));
}

Request phone_post(Scene& scene, std::string_view path, const boost::json::object& body = {}) {
    return scene.owner.phone.request(Method::post, path, boost::json::serialize(body));
}

void visits(Scene& scene) {
    scene.asks(scene.pc.request(Method::get, "/api/v1/context"));
}

void nothing(Scene&) {}

bool is_logged_in(Scene& scene) {
    return scene.pc.get("/api/v1/session").status == 200;
}

void has_session(Scene& scene) {
    scene.pc.is_logged_in(scene.lin);
    scene.pc.get("/api/v1/session");
    scene.old_cookies = scene.pc.cookies;
}

bool has_no_session(Scene& scene) {
    scene.pc.cookies = scene.old_cookies;
    return scene.pc.get("/api/v1/session").status == 401;
}

// --- logins

void logs_in_by_password(Scene& scene) {
    visits(scene);
    const std::string answer = scene.draws_captcha();
    scene.asks(post(scene, "/api/v1/login/password",
                    {{"kind", "personal"},
                     {"identity_number", scene.lin.number},
                     {"password", scene.lin.password},
                     {"captcha_id", scene.captcha_id},
                     {"captcha", answer}}));
}

void logs_in_by_text(Scene& scene) {
    visits(scene);
    const std::string answer = scene.draws_captcha();
    scene.asks(post(scene, "/api/v1/sms/login",
                    {{"phone", scene.lin.phone}, {"captcha_id", scene.captcha_id}, {"captcha", answer}}));
    scene.asks(post(scene, "/api/v1/login/sms",
                    {{"phone", scene.lin.phone}, {"code", scene.code_sent_to(scene.lin.phone)}}));
}

void sits(Scene& scene) {
    visits(scene);
    if (scene.tries > 1) scene.asks(post(scene, "/api/v1/qr/cancel"));  // "another code"
    scene.does(scene.browser.sits());
    scene.sweep();
    scene.token = scene.newest_tokens.front();
}

void scans(Scene& scene) {
    sits(scene);
    scene.does(scene.owner.scans(scene.token));
}

void logs_in_by_code(Scene& scene) {
    scans(scene);
    scene.record.signed_by[scene.token].insert(scene.lin.id);
    const boost::json::object body{
        {"certificate", scene.owner.phone.serial},
        {"signature", base64url(scene.owner.phone.sign(scene.owner.texts[scene.token]))}};
    scene.asks(phone_post(scene, "/api/v1/phone/tickets/" + scene.token + "/confirm", body));
    scene.does(scene.browser.redeems());
}

TicketState state_of_ticket(Scene& scene) {
    const auto ticket = scene.stored(scene.storage.find_ticket(sha256(as_bytes(scene.token))));
    return ticket ? ticket->life.state : TicketState::live;
}

void denies(Scene& scene) {
    scans(scene);
    scene.does(scene.owner.denies(scene.token));
}

void cancels(Scene& scene) {
    scans(scene);
    scene.does(scene.browser.cancels());
}

void logs_in_on_the_phone(Scene& scene) {
    constexpr std::string_view device = "AAAAAAAAAAAAAAAAAAAAAA";
    scene.owner.phone.bearer.clear();
    const auto drawn = json_of(scene.asks(phone_post(scene, "/api/v1/phone/captcha", {{"device", device}})));
    const std::string id(drawn.at("id").as_string());
    const auto made = json_of(scene.asks(phone_post(scene, "/api/v1/phone/login",
                                                    {{"device", device},
                                                     {"kind", "personal"},
                                                     {"identity_number", scene.lin.number},
                                                     {"password", scene.lin.password},
                                                     {"captcha_id", id},
                                                     {"captcha", scene.captchas.answer_of(id).value()}})));
    scene.owner.phone.bearer = made.at("token").as_string();
}

// --- accounts

void registers(Scene& scene) {
    visits(scene);
    const std::string answer = scene.draws_captcha();
    const auto begun = json_of(scene.asks(post(scene, "/api/v1/register/start",
                                               {{"kind", "personal"},
                                                {"identity_number", newcomer.number},
                                                {"name", newcomer.name},
                                                {"phone", newcomer.phone},
                                                {"captcha_id", scene.captcha_id},
                                                {"captcha", answer}})));
    scene.asks(post(scene, "/api/v1/register/finish",
                    {{"registration", begun.at("registration")},
                     {"code", scene.code_sent_to(newcomer.phone)},
                     {"password", newcomer.password}}));
}

void resets_the_password(Scene& scene) {
    visits(scene);
    const std::string answer = scene.draws_captcha();
    const auto begun = json_of(scene.asks(post(scene, "/api/v1/password/reset/start",
                                               {{"kind", "personal"},
                                                {"identity_number", scene.lin.number},
                                                {"captcha_id", scene.captcha_id},
                                                {"captcha", answer}})));
    scene.asks(post(scene, "/api/v1/password/reset/finish",
                    {{"reset", begun.at("reset")},
                     {"code", scene.code_sent_to(scene.lin.phone)},
                     {"new_password", new_password}}));
}

bool has_the_new_password(Scene& scene) {
    return scene.logs_in_elsewhere(scene.lin, new_password);
}

void changes_the_password(Scene& scene) {
    scene.asks(post(scene, "/api/v1/password",
                    {{"old_password", scene.lin.password}, {"new_password", new_password}}));
}

void changes_the_phone(Scene& scene) {
    scene.asks(post(scene, "/api/v1/phone-number/start", {{"phone", new_phone}}));
    scene.asks(post(scene, "/api/v1/phone-number/finish",
                    {{"phone", new_phone},
                     {"old_code", scene.code_sent_to(scene.lin.phone)},
                     {"new_code", scene.code_sent_to(std::string(new_phone))}}));
}

// --- certificates

void makes_a_certificate(Scene& scene) {
    const auto begun = json_of(scene.asks(phone_post(scene, "/api/v1/phone/certificates/start")));
    scene.owner.phone.key = nullptr;
    scene.asks(
        phone_post(scene, "/api/v1/phone/certificates",
                   scene.owner.phone.certificate_body(scene.code_sent_to(scene.lin.phone),
                                                      std::string(begun.at("challenge").as_string()))));
}

bool has_the_certificate(Scene& scene) {
    if (!scene.owner.phone.key) return false;
    const Bytes point = point_of_key(scene.owner.phone.algorithm, scene.owner.phone.key.get());
    for (const Certificate& each : scene.stored(scene.storage.list_certificates(scene.lin.id)))
        if (each.public_key == point && each.state == CertificateState::active) return true;
    return false;
}

void revokes_the_certificate(Scene& scene) {
    scene.asks(
        scene.owner.phone.request(Method::del, "/api/v1/phone/certificates/" + scene.owner.phone.serial));
}

bool has_no_certificate(Scene& scene) {
    return scene.stored(scene.storage.find_certificate(scene.owner.phone.serial))->state ==
           CertificateState::revoked;
}

void unlocks(Scene& scene) {
    scene.token = "";
    const auto got = json_of(
        scene.asks(phone_post(scene, "/api/v1/phone/certificates/" + scene.owner.phone.serial + "/unlock",
                              {{"verifier", base64url(scene.owner.phone.verifier)}})));
    scene.token = got.at("secret").as_string();
}

// --- sessions

void logs_out(Scene& scene) {
    scene.asks(post(scene, "/api/v1/logout"));
}

void undoes(Scene& scene) {
    const auto live =
        scene.stored(scene.storage.list_sessions(scene.lin.id, SessionKind::browser, scene.clock.now()));
    const std::string id = live.empty() ? "none" : live.front().id;
    scene.asks(phone_post(scene, "/api/v1/phone/sessions/" + id + "/undo"));
}

}  // namespace

Scene::Scene() : World(1), browser(browsers[0]), pc(browser.pc), owner(owners[0]) {
    config.demo = true;            // a simulated finger counts
    config.sms_provider = "http";  // the fixture's outbox stands in for it
    config.typed_code = TypedCodePolicy::off;
}

Response Scene::asks(Request request) {
    Response answer = alone(std::move(request));
    pc.keep_cookies(answer);
    if (answer.status >= 400) throw Refused{std::move(answer)};
    return answer;
}

Response Scene::does(Move move) {
    Response answer = alone(move.request);
    pc.keep_cookies(answer);  // a phone is given none
    if (answer.status >= 400) throw Refused{std::move(answer)};
    if (move.heard) move.heard(answer);
    return answer;
}

std::string Scene::draws_captcha() {
    captcha_id = json_of(asks(pc.request(Method::post, "/api/v1/captcha"))).at("id").as_string();
    return captchas.answer_of(captcha_id).value();
}

std::string Scene::code_sent_to(const std::string& phone) const {
    const auto texts = outbox.sent_to(phone);
    return texts.empty() ? "000000" : texts.front().text.substr(0, 6);
}

bool Scene::logs_in_elsewhere(const Someone& who, std::string_view password) {
    Someone with = who;
    with.password = password;
    Pc other(*this);
    other.visit();
    const bool in = other.log_in(with).status == 200;
    if (in) other.post("/api/v1/logout");
    return in;
}

const std::vector<Scenario>& scenarios() {
    static const std::vector<Scenario> all{
        {"a login by password", nothing, logs_in_by_password, is_logged_in},
        {"a login by text", nothing, logs_in_by_text, is_logged_in},
        {"a login by QR code", nothing, logs_in_by_code, is_logged_in},
        {"a refusal on the phone", nothing, denies,
         [](Scene& scene) { return state_of_ticket(scene) == TicketState::denied; }},
        {"another code", nothing, cancels,
         [](Scene& scene) { return state_of_ticket(scene) == TicketState::cancelled; }},
        {"a login on the phone", nothing, logs_in_on_the_phone,
         [](Scene& scene) { return scene.owner.phone.get("/api/v1/phone/me").status == 200; }},
        {"a registration", nothing, registers,
         [](Scene& scene) { return scene.logs_in_elsewhere(newcomer, newcomer.password); }},
        {"a forgotten password", nothing, resets_the_password, has_the_new_password},
        // The session that stays has a new value; where that was lost it ends as an unused one.
        {"a new password", has_session, changes_the_password, has_the_new_password, std::chrono::minutes(30)},
        {"a new phone number", has_session, changes_the_phone,
         [](Scene& scene) {
             return scene.stored(scene.storage.find_person_by_id(scene.lin.id))->phone == new_phone;
         }},
        {"a certificate", nothing, makes_a_certificate, has_the_certificate},
        {"a certificate revoked", nothing, revokes_the_certificate, has_no_certificate},
        {"a key unlocked", nothing, unlocks,
         [](Scene& scene) { return scene.token == base64url(scene.owner.phone.secret); }},
        {"a logout", has_session, logs_out, has_no_session},
        {"it was not me", has_session, undoes, has_no_session},
    };
    return all;
}

}  // namespace qrgate::tests::simulation
