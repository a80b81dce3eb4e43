#include "tests/server/handler_actors.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "protocol/cookie.hpp"
#include "server/transport.hpp"

namespace qrgate::tests {

namespace {

Request request_to(Method method, std::string_view target, std::string body) {
    Request request;
    request.method = method;
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.body = std::move(body);
    request.request_id = "test";
    return request;
}

NewSession new_session(Fixture& fixture, SessionKind kind, LoginMethod method, std::string_view value) {
    NewSession session;
    session.id = base64url(fixture.random.bytes<16>());
    session.token_hash = sha256(as_bytes(value));
    session.kind = kind;
    session.method = method;
    session.aal = method == LoginMethod::qr ? 2 : 1;
    session.opened_at = fixture.clock.now();
    session.idle =
        kind == SessionKind::phone ? fixture.config.phone_session_life : fixture.config.session_idle;
    session.expires_at = session.opened_at + (kind == SessionKind::phone ? fixture.config.phone_session_life
                                                                         : fixture.config.session_life);
    session.present_within = session.idle;
    session.browser = "Chrome on Linux";
    return session;
}

}  // namespace

// --- Heard, Socket

boost::json::object Heard::json() const {
    return boost::json::parse(payload).as_object();
}
std::string Heard::type() const {
    return opcode == 1 ? text("type") : "";
}
std::string Heard::text(std::string_view key) const {
    return std::string(json().at(key).as_string());
}
unsigned Heard::close_code() const {
    if (opcode != 8 || payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
}

Socket::Socket(int fd) : fd_(fd) {
    timeval limit{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}
Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Socket& Socket::operator=(Socket&& other) noexcept {
    leave();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
}
Socket::~Socket() {
    leave();
}

void Socket::leave() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool Socket::read_exactly(void* into, std::size_t size) {
    return size == 0 || ::recv(fd_, into, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

Heard Socket::hear() {
    unsigned char head[2];
    if (!read_exactly(head, 2)) return {};
    std::size_t size = head[1];
    if (size == 126) {
        unsigned char more[2];
        if (!read_exactly(more, 2)) return {};
        size = more[0] * 256U + more[1];
    }
    std::string payload(size, '\0');
    if (!read_exactly(payload.data(), size)) return {};
    return {head[0] & 0x0fU, payload};
}

bool Socket::has_nothing_to_hear() const {
    char octet = 0;
    return ::recv(fd_, &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

void Socket::send_text(std::string_view payload) {
    std::string octets = {'\x81', static_cast<char>(0x80U | payload.size()), 0, 0, 0,
                          0};  // masked with zeros
    octets += payload;
    if (::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL) < 0)
        throw std::runtime_error("the socket is gone");
}

// --- Pc

Request Pc::request(Method method, std::string_view target, std::string body) const {
    Request request = request_to(method, target, std::move(body));
    request.address = address;
    request.secure = secure;
    std::string all;
    for (const auto& [name, value] : cookies)
        all += (all.empty() ? "" : "; ") + name + "=" + value;
    if (!all.empty()) request.headers.emplace_back("cookie", all);
    if (!origin.empty() && method != Method::get) request.headers.emplace_back("origin", origin);
    if (!referer.empty()) request.headers.emplace_back("referer", referer);
    if (!request.body.empty()) request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back("user-agent", user_agent);
    return request;
}

Response Pc::send(Request request) {
    Response response = fixture_->call(std::move(request));
    keep_cookies(response);
    return response;
}

void Pc::keep_cookies(const Response& response) {
    for (const std::string& cookie : values_of(response, "Set-Cookie")) {
        const std::size_t equals = cookie.find('=');
        const std::string name = cookie.substr(0, equals);
        const std::string value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
        if (value.empty()) {
            cookies.erase(name);
        } else {
            cookies[name] = value;
        }
    }
}

Response Pc::post(std::string_view target, const boost::json::object& body) {
    return send(request(Method::post, target, body.empty() ? "" : boost::json::serialize(body)));
}

Response Pc::post_form(std::string_view target, std::string body, bool wants_page) {
    Request form = request(Method::post, target, std::move(body));
    std::erase_if(form.headers, [](const auto& header) { return header.first == "content-type"; });
    form.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    if (wants_page) form.headers.emplace_back("accept", "text/html,application/xhtml+xml");
    return send(std::move(form));
}

Captcha Pc::captcha() {
    const Response made = post("/api/v1/captcha");
    Captcha captcha;
    captcha.id = json_of(made).at("id").as_string();
    captcha.answer = fixture_->captchas.answer_of(captcha.id).value();
    return captcha;
}

boost::json::object Pc::login_body(const Someone& who) {
    const Captcha drawn = captcha();
    return {{"kind", name_of(who.kind)},
            {"identity_number", who.number},
            {"password", who.password},
            {"captcha_id", drawn.id},
            {"captcha", drawn.answer}};
}

void Pc::is_logged_in(const Someone& who, LoginMethod method) {
    const std::string value = base64url(fixture_->random.bytes<32>());
    fixture_->stored(fixture_->storage.open_session(
        who.id, std::nullopt, new_session(*fixture_, SessionKind::browser, method, value), {}));
    cookies[cookie_name(CookieName::session, secure)] = value;
}

Request Pc::upgrade(std::string_view target) const {
    Request asked = request(Method::get, target);
    if (!origin.empty()) asked.headers.emplace_back("origin", origin);
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"upgrade", "websocket"},
                                            {"connection", "Upgrade"},
                                            {"sec-websocket-version", "13"},
                                            {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                            {"sec-websocket-protocol", "qrgate.v1"}})
        asked.headers.emplace_back(name, value);
    return asked;
}

Socket Pc::sit(std::string_view target) {
    if (!cookies.contains(cookie_name(CookieName::pre_session, secure))) visit();
    Response answer = send(upgrade(target));
    if (answer.status != 101) throw std::runtime_error("not seated: " + answer.body);
    return take_seat(answer);
}

Socket Pc::take_seat(Response& answer) const {
    TcpAcceptor acceptor(fixture_->io, {asio::ip::address_v4::loopback(), 0});
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto endpoint = acceptor.local_endpoint();
    if (::connect(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0)
        throw std::runtime_error("no loopback connection");
    auto socket = acceptor.accept();
    socket.non_blocking(true);
    answer.take_over(std::make_unique<Transport>(std::move(socket), nullptr), "");
    return Socket(fd);
}

Digest Pc::pre_session_hash() const {
    return sha256(as_bytes(cookies.at(cookie_name(CookieName::pre_session, secure))));
}

// --- Phone

Phone::Phone(Fixture& fixture, const Someone& who, std::string_view device)
    : bearer(base64url(fixture.random.bytes<32>())),
      fixture_(&fixture),
      who_(who),
      device_hash_(sha256(as_bytes(device))) {
    NewSession session = new_session(fixture, SessionKind::phone, LoginMethod::password, bearer);
    session.device_hash = device_hash_;
    session_id = session.id;
    fixture.stored(fixture.storage.open_session(who.id, std::nullopt, std::move(session), {}));
}

Request Phone::request(Method method, std::string_view target, std::string body) const {
    Request request = request_to(method, target, std::move(body));
    request.address = address;
    if (!bearer.empty()) request.headers.emplace_back("authorization", "Bearer " + bearer);
    if (!request.body.empty()) request.headers.emplace_back("content-type", "application/json");
    return request;
}

Response Phone::post(std::string_view target, const boost::json::object& body) {
    return fixture_->call(request(Method::post, target, boost::json::serialize(body)));
}

void Phone::has_certificate(KeyAlgorithm of) {
    algorithm = of;
    key = new_key(of);
    NewCertificate added;
    Certificate& it = added.certificate;
    it.serial = hex(fixture_->random.bytes<16>());
    it.person_id = who_.id;
    it.algorithm = of;
    it.public_key = point_of_key(of, key.get());
    it.not_before = it.issued_at = fixture_->clock.now();
    it.not_after = it.not_before + fixture_->config.certificate_life;
    it.device_hash = device_hash_;
    it.der = fixture_->authority->certificate();  // names who issues; the rest of it is not looked at
    added.unlock_verifier_hash = hmac_sha256(fixture_->keys.unlock, verifier);
    added.unlock_secret = secret;
    added.permit = "demo";
    serial = it.serial;
    NewCode code;
    code.holder_hash = sha256(as_bytes("direct" + serial));
    code.person_id = who_.id;
    code.expires_at = fixture_->clock.now() + 60s;
    const Digest holder = code.holder_hash;
    fixture_->stored(fixture_->storage.put_code(std::move(code), {}));
    fixture_->stored(fixture_->storage.add_certificate(std::move(added), holder, fixture_->clock.now(), {}));
}

Bytes Phone::sign(std::string_view text) const {
    return sign_with(algorithm, key.get(), text);
}

boost::json::object Phone::certificate_body(std::string_view sms_code, std::string_view challenge) {
    if (!key) key = new_key(algorithm);
    const Bytes proof = sign("qrgate-certificate-v1\n" + std::string(challenge) + "\n");
    return {{"sms_code", sms_code},
            {"algorithm", algorithm == KeyAlgorithm::sm2 ? "sm2" : "p256"},
            {"public_key", point()},
            {"proof", base64url(proof)},
            {"unlock_verifier", base64url(verifier)},
            {"biometric", boost::json::object{{"kind", "simulated"}}}};
}

Response Phone::scan(std::string_view named, const boost::json::object& body) {
    return post("/api/v1/phone/tickets/" + std::string(named) + "/scan", body);
}

Response Phone::confirm(std::string_view named, const Bytes& signature) {
    return post("/api/v1/phone/tickets/" + std::string(named) + "/confirm",
                {{"certificate", serial}, {"signature", base64url(signature)}});
}

Response Phone::deny(std::string_view named) {
    return post("/api/v1/phone/tickets/" + std::string(named) + "/deny");
}

std::string Phone::state_of(std::string_view named) {
    return std::string(json_of(get("/api/v1/phone/tickets/" + std::string(named))).at("state").as_string());
}

std::string text_of(const Response& scanned) {
    return scanned.status == 200 ? std::string(json_of(scanned).at("text").as_string()) : "";
}

Bytes sign_with(KeyAlgorithm algorithm, EVP_PKEY* key, std::string_view text,
                std::string_view distinguishing_id) {
    const DigestContextPtr context(EVP_MD_CTX_new());
    const KeyContextPtr parameters(EVP_PKEY_CTX_new(key, nullptr));
    if (algorithm == KeyAlgorithm::sm2 &&
        EVP_PKEY_CTX_set1_id(parameters.get(), distinguishing_id.data(),
                             static_cast<int>(distinguishing_id.size())) <= 0)
        throw std::runtime_error("no distinguishing id");
    EVP_MD_CTX_set_pkey_ctx(context.get(), parameters.get());
    Bytes signature(160);
    std::size_t size = signature.size();
    if (EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm), nullptr, key) <= 0 ||
        EVP_DigestSign(context.get(), signature.data(), &size, as_bytes(text).data(), text.size()) <= 0)
        throw std::runtime_error("cannot sign");
    signature.resize(size);
    return signature;
}

}  // namespace qrgate::tests
