#include "tests/server/handler_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/handlers/handlers.hpp"

namespace qrgate::tests {

namespace {

// Made once by PasswordHasher::hash: hashing costs 25 ms a person, and every test starts with four of them.
constexpr std::string_view hash_of_demo_lin =
    "$argon2id$v=19$m=19456,t=2,p=1$eDQlNxT7l4XHau5JHMHnVA$jc4XSftOM9RnFOpSz0S8byx7BviV7mT5TnUYD7CDPxY";
constexpr std::string_view hash_of_abc =
    "$argon2id$v=19$m=19456,t=2,p=1$gLJpjuSvyKtbWV7S5zETlg$FWCIR+3iR4b819vXyJc6etX1bMj6B+cb3pHZihh/heU";

WaitingRoomLimits room_limits() {
    WaitingRoomLimits limits;
    limits.ping = 24h;  // out of the way of the rules
    return limits;
}

}  // namespace

Config Fixture::test_config() {
    Config config;
    config.captcha_work = 100;  // the work is the browser's, not these tests'
    config.public_origin = "https://login.example";
    config.redirect_targets = {"/account", "/elsewhere?a=1"};
    return config;
}

Keys Fixture::test_keys() {
    Keys keys;
    keys.tokens.node = 'a';
    keys.tokens.current = {'1', sha256(as_bytes("token"))};
    keys.pre_session = sha256(as_bytes("pre-session"));
    keys.device = sha256(as_bytes("device"));
    keys.sms_codes = sha256(as_bytes("sms"));
    keys.typed_codes = sha256(as_bytes("typed"));
    keys.budgets = sha256(as_bytes("budgets"));
    keys.reset_tickets = sha256(as_bytes("reset"));
    keys.unlock = sha256(as_bytes("unlock"));
    keys.audit = sha256(as_bytes("audit"));
    keys.decoys = sha256(as_bytes("decoys"));
    return keys;
}

Fixture::Fixture(std::uint64_t seed, Storage* front)
    : random(seed),
      authority(
          CertificateAuthority::open(folder.path() / "ca", KeyAlgorithm::sm2, random, clock.now(), signing)),
      revocations(front == nullptr ? storage : *front, *authority, clock),
      room(io.get_executor(), clock, random, keys.tokens, config.public_origin, room_limits()),
      services{config,         keys,       places,      clock,    random, front == nullptr ? storage : *front,
               room,           watch,      sessions,    captchas, altcha, passwords,
               signatures,     *authority, revocations, soter,    outbox, http,
               audit_throttle, tasks,      log,         metrics,  risk} {
    add_login_routes(router, services);
    for (Someone* who : {&lin, &hao, &sun, &gongsi})
        put(*who);
}

Fixture::~Fixture() {
    room.stop();
    watch.stop();
}

namespace {

// Another one in the same place: what refers to it refers to the new one.
template <class T, class... Parts>
void made_new(T& place, Parts&&... parts) {
    std::destroy_at(&place);
    std::construct_at(&place, std::forward<Parts>(parts)...);
}

}  // namespace

void Fixture::restart() {
    room.stop();
    watch.stop();
    turn_until([&] { return tasks.size() == 0 && watch.waiting() == 0; });
    made_new(room, io.get_executor(), clock, random, keys.tokens, config.public_origin, room_limits());
    made_new(watch, io.get_executor(), 100U);
    made_new(captchas, config.node, config.captcha_life, 1000U, random);
    made_new(altcha, io.get_executor(), config.captcha_work, config.captcha_life, 1000U, random);
    made_new(risk, keys.budgets, 10'000U);
    made_new(audit_throttle, 1000U);
    made_new(passwords, hashing);
    made_new(signatures, signing);
    made_new(revocations, services.storage, *authority, clock);
    sessions.anyone_ended();
}

void Fixture::put(Someone& who) {
    NewPerson person;
    person.id = base64url(random.bytes<16>());
    person.kind = who.kind;
    person.identity_number = who.number;
    person.name = who.name;
    person.phone = who.phone;
    person.level = who.level;
    person.level_evidence = "test";
    person.password_hash = who.password == "abc12345" ? hash_of_abc : hash_of_demo_lin;
    who.id = stored(storage.put_person(std::move(person), clock.now()));
}

void Fixture::lock(const Someone& who) {
    stored(storage.set_person_state(who.id, PersonState::locked, clock.now(), {}));
    ended_elsewhere.raise();
}

void Fixture::set_level(const Someone& who, int level) {
    const auto is = stored(storage.find_person_by_id(who.id)).value();
    stored(storage.put_person({.id = is.id,
                               .kind = is.kind,
                               .identity_number = is.identity_number,
                               .name = is.name,
                               .phone = is.phone,
                               .level = level,
                               .level_evidence = "test",
                               .password_hash = is.password_hash},
                              clock.now()));
    ended_elsewhere.raise();
    if (is.state == PersonState::locked) lock(who);
}

Pending Fixture::begin(Request request) {
    auto pending = std::make_shared<std::optional<Response>>();
    asio::co_spawn(io, router.dispatch(std::move(request)),
                   [pending](std::exception_ptr error, Response response) {
                       if (error) std::rethrow_exception(error);
                       pending->emplace(std::move(response));
                   });
    return pending;
}

Response Fixture::finish(const Pending& pending) {
    turn_until([&] { return pending->has_value(); });
    return std::move(**pending);
}

Response Fixture::call(Request request) {
    return finish(begin(std::move(request)));
}

std::optional<Response> Fixture::at_once(const Request& request) const {
    RequestView view;
    view.method = request.method;
    view.path = request.path;
    view.query = request.query;
    view.body = request.body;
    view.address = request.address;
    view.secure = request.secure;
    for (const auto& [name, value] : request.headers)
        view.headers[view.header_count++] = {name, value};
    Response response;
    if (!router.answer_at_once(view, response)) return std::nullopt;
    return response;
}

void Fixture::advance(std::chrono::seconds by) {
    clock.advance(by);
    room.look_at_the_time();
}

void Fixture::turn_until(const std::function<bool()>& reached) {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (!reached()) {
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error("nothing happened in ten seconds");
        io.restart();
        io.run_one_for(20ms);
    }
}

boost::json::object json_of(const Response& response) {
    return boost::json::parse(response.body).as_object();
}

std::string code_of(const Response& response) {
    if (response.body.empty() || response.body.front() != '{') return {};
    const auto body = json_of(response);
    const auto* error = body.if_contains("error");
    return error == nullptr ? "" : std::string(error->at("code").as_string());
}

std::vector<std::string> values_of(const Response& response, std::string_view header) {
    std::vector<std::string> values;
    for (const auto& [name, value] : response.headers)
        if (name == header) values.push_back(value);
    return values;
}

std::string bytes_without_captcha(const Response& response) {
    auto body = json_of(response);
    body.erase("captcha");
    body.at("error").as_object().erase("retry_after");
    std::string bytes = std::to_string(response.status) + "\n";
    for (const auto& [name, value] : response.headers)
        if (name != "Retry-After") bytes += name + ": " + value + "\n";
    return bytes + boost::json::serialize(body);
}

}  // namespace qrgate::tests
