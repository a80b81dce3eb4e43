// The whole path of a request but for its socket: octets, head, router, handler, memory storage, answer. An
// input is a conversation: requests parted by a line "--", each a line "METHOD TARGET", header lines, an
// empty line and a body; {pre}, {session}, {bearer}, {captcha}, {answer}, {token}, {code}, {serial} and
// {signature} stand for what was heard last, so that the fuzzer gets through whole logins. Every input begins
// in the same world.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "server/answer_octets.hpp"
#include "server/plain_request.hpp"
#include "server/request_head.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/server/handler_actors.hpp"

using namespace qrgate;
using namespace qrgate::tests;

namespace {

constexpr std::size_t requests_at_most = 12;
constexpr std::string_view client = "203.0.113.9";

class House : public Fixture {
public:
    House() : phone_(*this, lin) {
        config.demo = true;
        config.sms_provider = "http";
        phone_.has_certificate();
        begins_ = storage;
    }

    // As it was before the first input.
    void is_new_again() {
        restart();
        storage = begins_;
        random = test::SeededRandom(7);
        outbox = SmsOutbox();
        log_lines.clear();
        known_ = {{"bearer", phone_.bearer}, {"serial", phone_.serial}};
        granted_ = 0;
        sessions_ = live_sessions();
    }

    void hears(std::string text);

private:
    void exchange(std::string_view octets);
    Response answer_of(Request request);
    void judge(const Response& answer, bool secure);
    void learn(const Response& answer);
    std::size_t live_sessions();
    std::string filled_in(std::string text) const;

    Phone phone_;
    CountingStorage begins_;
    std::map<std::string, std::string> known_;
    std::size_t sessions_ = 0;
    std::size_t granted_ = 0;
};

std::string House::filled_in(std::string text) const {
    for (const auto& [name, value] : known_) {
        const std::string gap = "{" + name + "}";
        for (std::size_t at = text.find(gap); at != std::string::npos; at = text.find(gap, at + value.size()))
            text.replace(at, gap.size(), value);
    }
    return text;
}

// One request of the conversation, as octets.
void House::hears(std::string text) {
    text = filled_in(std::move(text));
    std::size_t end = text.find("\n\n");
    const std::string body = end == std::string::npos ? "" : text.substr(end + 2);
    std::string octets;
    std::size_t line = 0;
    bool first = true;
    for (const std::string head = text.substr(0, end); line <= head.size(); first = false) {
        const std::size_t stop = std::min(head.find('\n', line), head.size());
        octets += head.substr(line, stop - line) + (first ? " HTTP/1.1\r\nHost: login.example\r\n" : "\r\n");
        line = stop + 1;
    }
    if (!body.empty()) octets += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    exchange(octets + "\r\n" + body);
}

void House::exchange(std::string_view octets) {
    HeadScanner scanner;
    if (scanner.look(octets, 8192) != HeadScanner::Outcome::complete) return;
    auto head = parse_head(octets.substr(0, scanner.size()), 8192, 16384);
    if (!head || octets.size() - scanner.size() < head->content_length) return;
    Request request = std::move(head->request);
    request.body = octets.substr(scanner.size(), head->content_length);
    request.address = client;
    request.request_id = "fuzz";

    PlainRequest plain;
    Response at_once;
    bool had_one = false;
    if (read_plain_request(octets, 8192, 16384, plain)) {
        plain.view.address = client;
        had_one = router.answer_at_once(plain.view, at_once);
    }
    const Response answer = answer_of(std::move(request));
    if (had_one) {
        must(at_once.status == answer.status, "the short way gives the same status");
        must(body_of(at_once, {}) == body_of(answer, {}), "and the same body");
    }
    judge(answer, false);
    learn(answer);
    if (!values_of(answer, "Set-Cookie").empty() || answer.body.find("\"token\"") != std::string::npos)
        granted_ += answer.status < 400 ? 1 : 0;
    const std::size_t now = live_sessions();
    must(now <= sessions_ + granted_, "no session without an answer that gives one");
}

// Long polls end when nothing else is left to do.
Response House::answer_of(Request request) {
    const Pending answer = begin(std::move(request));
    for (int idle = 0; !answer->has_value();) {
        while (hashing.unfinished() + signing.unfinished() > 0)
            std::this_thread::sleep_for(20us);
        io.restart();
        if (io.poll_one() > 0) continue;
        io.run_one_for(1ms);
        if (++idle == 20) {
            watch.stop();
            room.stop();
        }
        must(idle < 10'000, "every request is answered");
    }
    return std::move(**answer);
}

void House::judge(const Response& answer, bool secure) {
    must(answer.status != 500, "no input makes an error of the server");
    must(answer.status >= 100 && answer.status < 600, "a status");
    if (answer.status >= 400 && answer.body.starts_with('{'))
        must(!code_of(answer).empty(), "an error has its code");
    if (answer.status == 429 || answer.status == 503)
        must(!values_of(answer, "Retry-After").empty(), "and says when to come again");
    const std::string head = head_of(answer, {.secure = secure});
    must(head.starts_with("HTTP/1.1 " + std::to_string(answer.status)), "a status line");
    must(head.ends_with("\r\n\r\n") && head.find("\r\n\r\n") == head.size() - 4, "one head");
    for (std::size_t i = 0; i < head.size(); ++i) {
        if (head[i] == '\n') must(i > 0 && head[i - 1] == '\r', "no bare LF");
        if (head[i] == '\r') must(head[i + 1] == '\n', "no bare CR");
    }
}

void House::learn(const Response& answer) {
    for (const std::string& cookie : values_of(answer, "Set-Cookie")) {
        const std::size_t equals = cookie.find('=');
        const std::string value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
        if (cookie.starts_with("qrgate-pre=")) known_["pre"] = value;
        if (cookie.starts_with("qrgate-session=")) known_["session"] = value;
    }
    for (const SmsText& text : outbox.sent_to(""))
        if (text.values.contains("code")) {
            known_["code"] = text.values.at("code");
            break;
        }
    boost::system::error_code failed;
    const auto value = boost::json::parse(answer.body, failed);
    if (failed || !value.is_object()) return;
    const auto& body = value.get_object();
    for (const char* name : {"registration", "reset", "challenge", "token"})
        if (const auto* is = body.if_contains(name); is != nullptr && is->is_string())
            known_[name == std::string_view("token") ? "bearer" : name] = is->get_string();
    if (const auto* id = body.if_contains("id"); id != nullptr && id->is_string()) {
        known_["captcha"] = id->get_string();
        known_["answer"] = captchas.answer_of(known_["captcha"]).value_or("none");
    }
    if (const auto* messages = body.if_contains("messages"); messages != nullptr && messages->is_array())
        for (const auto& message : messages->get_array())
            if (const auto* token = message.is_object() ? message.get_object().if_contains("token") : nullptr)
                if (token->is_string()) known_["token"] = token->get_string();
    if (const auto* text = body.if_contains("text"); text != nullptr && text->is_string())
        known_["signature"] = base64url(phone_.sign(std::string_view(text->get_string())));
}

std::size_t House::live_sessions() {
    std::size_t count = 0;
    for (const Someone* who : {&lin, &hao, &sun, &gongsi})
        for (const SessionKind kind : {SessionKind::browser, SessionKind::phone})
            count += stored(storage.list_sessions(who->id, kind, clock.now())).size();
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static House house;
    house.is_new_again();
    const std::string input(text_of(data, size));
    std::size_t from = 0;
    for (std::size_t i = 0; i < requests_at_most && from <= input.size(); ++i) {
        const std::size_t end = std::min(input.find("\n--\n", from), input.size());
        house.hears(input.substr(from, end - from));
        from = end + 4;
    }
    return 0;
}
