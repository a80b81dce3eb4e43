#include "server/proofing/http_proofing.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "server/clock.hpp"
#include "server/http_client.hpp"
#include "server/proofing/callback_signature.hpp"
#include "storage/names.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t longest_reference = 128;
constexpr std::size_t longest_url = 2000;

// A text member; empty when it is none or too long.
std::string member(const boost::json::value& body, std::string_view key, std::size_t limit) {
    const auto* object = body.if_object();
    const auto* value = object == nullptr ? nullptr : object->if_contains(key);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr || text->size() > limit) return {};
    return {text->data(), text->size()};
}

// It becomes part of a path: nothing in it may change which path.
bool is_reference(std::string_view text) {
    return !text.empty() && text.size() <= longest_reference && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_';
    });
}

bool is_web_address(std::string_view text) {
    return text.starts_with("https://") || text.starts_with("http://");
}

// The path of the configured address, in front of ours.
std::string path_of(std::string_view url) {
    const std::size_t host = url.find("://");
    const std::size_t slash = host == std::string_view::npos ? host : url.find('/', host + 3);
    return slash == std::string_view::npos ? std::string() : std::string(url.substr(slash));
}

}  // namespace

Task<Result<HttpReply>> HttpProofing::call(std::string method, std::string path, std::string body) {
    const SignedHeaders headers =
        sign_message(settings_.key, method == "GET" ? path_of(settings_.url) + path : body, clock_.now());
    HttpCall call;
    call.method = std::move(method);
    call.url = settings_.url + path;
    call.headers = {{std::string(timestamp_header), headers.timestamp},
                    {std::string(signature_header), headers.signature}};
    if (!body.empty()) call.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    call.body = std::move(body);
    call.deadline = settings_.deadline;
    co_return co_await http_.call(std::move(call));
}

Task<Result<ProofingStart>> HttpProofing::start(ProofingOrder order) {
    const boost::json::object body{{"proofing_id", order.proofing_id},
                                   {"identity_number", order.identity_number},
                                   {"name", order.name},
                                   {"kind", name_of(order.kind)},
                                   {"callback_url", order.callback_url},
                                   {"return_url", order.return_url}};
    auto reply = co_await call("POST", "/proofings", boost::json::serialize(body));
    if (!reply) co_return reply.error();
    if (reply->status != 200 && reply->status != 201) co_return Errc::busy;
    boost::system::error_code broken;
    const boost::json::value answer = boost::json::parse(reply->body, broken);
    ProofingStart out{.url = member(answer, "url", longest_url),
                      .reference = member(answer, "reference", longest_reference)};
    if (broken || !is_reference(out.reference) || !is_web_address(out.url)) co_return Errc::busy;
    co_return out;
}

Task<Result<ProofingAnswer>> HttpProofing::query(Proofing proofing) {
    // Without a reference the provider never said that it began.
    if (!is_reference(proofing.reference)) co_return ProofingAnswer{};
    auto reply = co_await call("GET", "/proofings/" + proofing.reference, {});
    if (!reply) co_return reply.error();
    if (reply->status != 200) co_return Errc::busy;
    boost::system::error_code broken;
    const boost::json::value answer = boost::json::parse(reply->body, broken);
    if (broken) co_return Errc::busy;
    const auto state = proofing_state(member(answer, "state", 16));
    if (!state || *state == ProofingState::expired) co_return Errc::busy;
    ProofingAnswer out{.state = *state,
                       .event_id = member(answer, "event_id", longest_reference),
                       .reason = member(answer, "reason", 64)};
    if (out.state != ProofingState::open && out.event_id.empty()) co_return Errc::busy;
    co_return out;
}

}  // namespace qrgate
