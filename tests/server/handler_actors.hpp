// Who talks to the handlers in tests: a PC's browser with its cookies and its socket, and a phone with its
// token, key and certificate. Both send what a right client sends; tests bend single fields.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "server/ec_key.hpp"
#include "tests/server/handler_fixture.hpp"

namespace qrgate::tests {

struct Heard {
    unsigned opcode = 16;  // 16: the end of the stream
    std::string payload = {};

    boost::json::object json() const;
    std::string type() const;  // empty when it is no text frame
    std::string text(std::string_view key) const;
    unsigned close_code() const;
};

// The browser's end of a seated connection: a blocking socket that reads whole server frames.
class Socket {
public:
    explicit Socket(int fd);
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&& other) noexcept;
    ~Socket();
    void leave();
    Heard hear();
    void send_text(std::string_view payload);
    bool has_nothing_to_hear() const;

private:
    bool read_exactly(void* into, std::size_t size);
    int fd_ = -1;
};

struct Captcha {
    std::string id = {};
    std::string answer = {};
};

// Reads Set-Cookie, sends Cookie and Origin.
class Pc {
public:
    explicit Pc(Fixture& fixture) : fixture_(&fixture) {}

    Request request(Method method, std::string_view target, std::string body = {}) const;
    Response send(Request request);
    Response get(std::string_view target) { return send(request(Method::get, target)); }
    Response del(std::string_view target) { return send(request(Method::del, target)); }
    Response post(std::string_view target, const boost::json::object& body = {});
    Response post_form(std::string_view target, std::string body, bool wants_page = true);

    void visit() { get("/api/v1/context"); }  // has a pre-session afterwards
    Captcha captcha();
    boost::json::object login_body(const Someone& who);  // with a right captcha
    Response log_in(const Someone& who) { return post("/api/v1/login/password", login_body(who)); }
    // A session that storage opened without the login page.
    void is_logged_in(const Someone& who, LoginMethod method = LoginMethod::password);

    Request upgrade(std::string_view target = "/ws/qr") const;
    Socket sit(std::string_view target = "/ws/qr");
    // What sit does in two steps: of the answer to an upgrade, 101.
    Socket take_seat(Response& answer) const;
    void keep_cookies(const Response& response);
    Response redeem() { return post("/api/v1/qr/redeem"); }
    Digest pre_session_hash() const;

    std::map<std::string, std::string> cookies = {};
    std::string address = "203.0.113.9";
    std::string origin = "https://login.example";
    std::string referer = {};
    std::string user_agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0";
    bool secure = false;

private:
    Fixture* fixture_;
};

class Phone {
public:
    // Logged in (storage opened its session), no certificate yet.
    Phone(Fixture& fixture, const Someone& who, std::string_view device = "device-of-tests!");

    Request request(Method method, std::string_view target, std::string body = {}) const;
    Response get(std::string_view target) { return fixture_->call(request(Method::get, target)); }
    Response del(std::string_view target) { return fixture_->call(request(Method::del, target)); }
    Response post(std::string_view target, const boost::json::object& body = {});

    // A certificate that storage already has.
    void has_certificate(KeyAlgorithm algorithm = KeyAlgorithm::p256);
    Bytes sign(std::string_view text) const;
    std::string point() const { return base64url(point_of_key(algorithm, key.get())); }
    boost::json::object certificate_body(std::string_view sms_code, std::string_view challenge);

    Response scan(std::string_view named, const boost::json::object& body = {});
    Response confirm(std::string_view named, std::string_view text) { return confirm(named, sign(text)); }
    Response confirm(std::string_view named, const Bytes& signature);
    Response deny(std::string_view named);
    std::string state_of(std::string_view named);

    std::string bearer = {};
    std::string session_id = {};
    std::string address = "203.0.113.77";
    std::string serial = {};
    KeyAlgorithm algorithm = KeyAlgorithm::p256;
    std::shared_ptr<EVP_PKEY> key = {};
    Bytes verifier = Bytes(32, 7);
    Bytes secret = Bytes(32, 9);

private:
    Fixture* fixture_;
    Someone who_;
    Digest device_hash_{};
};

// The text of a scan's answer; empty when it was refused.
std::string text_of(const Response& scanned);
Bytes sign_with(KeyAlgorithm algorithm, EVP_PKEY* key, std::string_view text,
                std::string_view distinguishing_id = sm2_distinguishing_id);

}  // namespace qrgate::tests
