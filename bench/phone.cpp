#include "bench/phone.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "bench/answers.hpp"
#include "protocol/bytes.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

namespace {

template <std::size_t N>
std::string random_text() {
    std::array<std::uint8_t, N> octets{};
    if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1)
        throw std::runtime_error("no randomness");
    return base64url(octets);
}

// The value of the line that begins so; nullopt: there is no such line.
std::optional<std::string> line_of(const std::string& text, const std::string& name) {
    const std::string begin = "\n" + name + ": ";
    const std::size_t at = text.find(begin);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t from = at + begin.size();
    const std::size_t end = text.find('\n', from);
    if (end == std::string::npos) return std::nullopt;
    return text.substr(from, end - from);
}

}  // namespace

std::string fault_of_text(const std::string& text, const Expected& expected) {
    if (!text.starts_with("qrgate-login-v1\n")) return "first line";
    const std::array<std::pair<const char*, const std::string*>, 4> lines{
        {{"origin", &expected.origin},
         {"ticket", &expected.ticket},
         {"person", &expected.person},
         {"certificate", &expected.certificate}}};
    for (const auto& [name, value] : lines)
        if (line_of(text, name) != *value) return name;
    for (const char* name : {"nonce", "browser", "address", "started", "expires"})
        if (!line_of(text, name)) return name;
    return {};
}

Phone::Phone(Executor executor, Target target, std::string source)
    : origin_(target.origin()), client_(std::move(executor), std::move(target), std::move(source)) {}

Task<Reply> Phone::ask(std::string method, std::string path, boost::json::object body) {
    Call call;
    call.method = std::move(method);
    call.path = "/api/v1/phone" + path;
    if (call.method != "GET") call.body = boost::json::serialize(body);
    if (!memory_.token.empty()) call.headers.emplace_back("Authorization", "Bearer " + memory_.token);
    co_return co_await client_.send(std::move(call));
}

Task<std::string> Phone::log_in(BenchPerson person) {
    memory_.device = random_text<16>();
    boost::json::object body;
    body["device"] = memory_.device;
    body["kind"] = person.kind;
    body["identity_number"] = person.number;
    body["password"] = person.password;
    body["captcha_id"] = "";
    body["captcha"] = "";
    Reply reply = co_await ask("POST", "/login", std::move(body));
    if (reply.status != 200) co_return named("phone_login", reply);
    const boost::json::object answer = object_of(reply);
    memory_.token = text_of(answer, "token");
    if (const auto* who = answer.if_contains("person"); who != nullptr && who->is_object())
        memory_.person = text_of(who->get_object(), "id");
    co_return std::string();
}

Task<std::string> Phone::make_certificate() {
    Reply started = co_await ask("POST", "/certificates/start", {});
    if (started.status / 100 != 2) co_return named("certificate_start", started);
    const std::string challenge = text_of(object_of(started), "challenge");
    const std::string code = co_await code_sent_to(client_, memory_.phone);

    key_ = Sm2Key::make();
    memory_.verifier = random_text<32>();
    boost::json::object body;
    body["sms_code"] = code;
    body["algorithm"] = "sm2";
    body["public_key"] = base64url(key_->point());
    body["proof"] = base64url(key_->sign("qrgate-certificate-v1\n" + challenge + "\n"));
    body["unlock_verifier"] = memory_.verifier;
    body["biometric"] = boost::json::object{{"kind", "simulated"}};
    Reply made = co_await ask("POST", "/certificates", std::move(body));
    if (made.status / 100 != 2) co_return named("certificate", made);
    memory_.serial = text_of(object_of(made), "serial");
    memory_.key = key_->pem();
    co_return std::string();
}

Task<std::string> Phone::enrol(BenchPerson person) {
    memory_ = PhoneMemory{};
    memory_.number = person.number;
    memory_.phone = person.phone;
    std::string fault = co_await log_in(std::move(person));
    if (fault.empty()) fault = co_await make_certificate();
    co_return fault;
}

void Phone::remember(PhoneMemory memory) {
    memory_ = std::move(memory);
    key_ = Sm2Key::from_pem(memory_.key);
}

Task<bool> Phone::still_known() {
    Reply reply = co_await ask("GET", "/certificates", {});
    co_return reply.status == 200 && reply.body.find(memory_.serial) != std::string::npos;
}

Task<std::string> Phone::scan(std::string token, std::string& text) {
    Reply reply = co_await ask("POST", "/tickets/" + token + "/scan", {{"certificate", memory_.serial}});
    if (reply.status != 200) co_return named("scan", reply);
    text = text_of(object_of(reply), "text");
    co_return std::string();
}

Task<std::string> Phone::unlock() {
    Reply reply =
        co_await ask("POST", "/certificates/" + memory_.serial + "/unlock", {{"verifier", memory_.verifier}});
    co_return reply.status == 200 ? std::string() : named("unlock", reply);
}

std::string Phone::sign(const std::string& token, const std::string& text, std::string& why) const {
    why = fault_of_text(
        text, {.origin = origin_, .ticket = token, .person = memory_.person, .certificate = memory_.serial});
    return why.empty() ? base64url(key_->sign(text)) : std::string();
}

Task<std::string> Phone::confirm(std::string token, std::string signature) {
    boost::json::object body;
    body["certificate"] = memory_.serial;
    body["signature"] = std::move(signature);
    Reply reply = co_await ask("POST", "/tickets/" + token + "/confirm", std::move(body));
    co_return reply.status == 204 ? std::string() : named("confirm", reply);
}

Task<std::string> Phone::deny(std::string token) {
    Reply reply = co_await ask("POST", "/tickets/" + token + "/deny", {});
    co_return reply.status == 204 ? std::string() : named("deny", reply);
}

Task<std::string> Phone::state(std::string token) {
    Reply reply = co_await ask("GET", "/tickets/" + token + "?wait=0", {});
    co_return text_of(object_of(reply), "state");
}

Task<std::string> code_sent_to(HttpClient& client, std::string phone) {
    Call call;
    call.path = "/demo/sms?phone=" + phone;
    Reply reply = co_await client.send(std::move(call));
    if (reply.status == 404) {
        throw CannotMeasure(
            "the server has no door to its texts (GET /demo/sms): start it with --demo --bench --set "
            "login.captcha=off");
    }
    if (reply.status != 200) co_return std::string();
    co_return code_in_outbox(reply.body);
}

}  // namespace qrgate::bench
