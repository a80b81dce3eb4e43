#include "server/proofing/proofings.hpp"

#include <algorithm>
#include <tuple>

#include "protocol/body_reader.hpp"
#include "protocol/random.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/log.hpp"
#include "server/proofing/callback_signature.hpp"
#include "server/proofing/consents.hpp"
#include "server/services.hpp"
#include "server/session_watch.hpp"
#include "server/task_group.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds phone_asks_every{10};
constexpr std::chrono::seconds sweeper_asks_every{60};
constexpr std::chrono::seconds between_looks{5};
constexpr std::chrono::hours asked_is_kept{2};
constexpr int asked_a_round = 50;
constexpr int known_a_round = 2000;
constexpr std::size_t longest_reason = 32;

struct Callback {
    std::string event_id = {};
    std::string proofing_id = {};
    bool passed = false;
    std::string reason = {};
    std::string identity_number = {};
    std::string name = {};
};

Callback read_callback(BodyReader& body) {
    Callback it;
    it.event_id = body.text("event_id", 128);
    it.proofing_id = body.text("proofing_id", 64);
    const std::string result = body.text("result", 16);
    it.passed = result == "passed";
    if (!it.passed && result != "failed") body.fault("result", "passed / failed");
    it.reason = plain_reason(body.optional_text("reason", 64).value_or(""));
    it.identity_number = body.text("identity_number", 64);
    it.name = body.text("name", 256);
    return it;
}

}  // namespace

std::string plain_reason(std::string_view reason) {
    const bool plain = reason.size() <= longest_reason && std::ranges::all_of(reason, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
                       });
    return plain ? std::string(reason) : "other";
}

Proofings::Proofings(Services& services, std::unique_ptr<ProofingProvider> provider, std::string key)
    : services_(services), provider_(std::move(provider)), key_(std::move(key)) {}

Proofings::~Proofings() {
    wipe(key_);
}

std::string_view Proofings::provider() const noexcept {
    return provider_ ? provider_->name() : std::string_view("none");
}

Task<Result<StartedProofing>> Proofings::start(Person person, Session phone, std::vector<Consent> consents,
                                               Trace trace) {
    if (!agrees_to_all(consents)) co_return Errc::consent_missing;
    if (!provider_) co_return Errc::not_found;
    const WallTime now = services_.clock.now();
    const std::string id = base64url(services_.random.bytes<16>());
    NewProofing fresh;
    fresh.consents = std::move(consents);
    fresh.proofing = {.id = id,
                      .person_id = person.id,
                      .phone_session_id = phone.id,
                      .device_hash = phone.device_hash.value_or(Digest{}),
                      .provider = std::string(provider_->name()),
                      .started_at = now,
                      .ends_at = now + services_.config.proofing_life * services_.config.time_factor};
    auto started = co_await services_.storage.start_proofing(std::move(fresh), std::move(trace));
    if (!started) co_return started.error();

    const std::string& origin = services_.config.public_origin;
    ProofingOrder order{.proofing_id = id,
                        .identity_number = person.identity_number,
                        .name = person.name,
                        .kind = person.kind,
                        .callback_url = origin + "/api/v1/callbacks/proofing",
                        .return_url = origin + "/phone?proofing=" + id};
    auto begun = co_await provider_->start(std::move(order));
    if (!begun) {
        services_.log.warn("proofing_provider", {{"call", "start"}, {"code", info(begun.error()).code}});
        co_return begun.error();
    }
    auto noted = co_await services_.storage.note_proofing_reference(id, begun->reference);
    if (!noted) co_return noted.error();
    started->reference = begun->reference;
    co_return StartedProofing{.proofing = std::move(*started), .url = std::move(begun->url)};
}

Task<Result<Proofing>> Proofings::decide(ProofingVerdict verdict, Trace trace) {
    verdict.at = services_.clock.now();
    if (verdict.passed && services_.config.level_life.count() > 0)
        verdict.level_ends_at = verdict.at + services_.config.level_life;
    const std::string id = verdict.proofing_id;
    auto decided = co_await services_.storage.decide_proofing(std::move(verdict), std::move(trace));
    if (!decided) co_return decided.error();
    sessions_changed(services_, decided->person_id);
    asked_.erase(id);
    services_.log.info("proofing_decided",
                       {{"provider", decided->provider}, {"state", name_of(decided->state)}});
    co_return decided;
}

Task<Outcome> Proofings::take_callback(Request request) {
    if (!provider_ ||
        !is_signed_message(key_, request.header("x-qrgate-timestamp"), request.header("x-qrgate-signature"),
                           request.body, services_.clock.now())) {
        services_.log.warn("proofing_callback_refused", {{"address", request.address}});
        co_return Errc::signature_wrong;
    }
    BodyReader body = BodyReader::json(request.body);
    Callback said = read_callback(body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    auto proofing = co_await services_.storage.find_proofing(said.proofing_id);
    if (!proofing) co_return proofing.error();
    if (!*proofing) co_return Errc::not_found;
    auto person = co_await services_.storage.find_person_by_id((*proofing)->person_id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::not_found;
    if (said.identity_number != (*person)->identity_number || said.name != (*person)->name) {
        AuditEvent event{.event = "proofing_refused",
                         .outcome = std::string(info(Errc::proof_wrong).code),
                         .person_id = (*person)->id,
                         .at = services_.clock.now()};
        auto noted = co_await services_.storage.record(std::move(event), trace_of(request));
        if (!noted) co_return noted.error();
        co_return Errc::proof_wrong;
    }
    const bool open = (*proofing)->state == ProofingState::open;
    const bool late = services_.clock.now() >= (*proofing)->ends_at;
    if (open && late) co_return Errc::ticket_expired;
    if (!open)
        co_return (*proofing)->state == ProofingState::expired ? Outcome(Errc::ticket_expired) : no_content();
    auto decided = co_await decide({.proofing_id = said.proofing_id,
                                    .event_id = said.event_id,
                                    .passed = said.passed,
                                    .reason = said.passed ? "" : said.reason},
                                   trace_of(request));
    if (decided) co_return no_content();
    if (decided.error() != Errc::conflict) co_return decided.error();
    // Another callback was faster, or this event has been used for another proofing.
    auto now = co_await services_.storage.find_proofing(said.proofing_id);
    if (!now) co_return now.error();
    if (*now && (*now)->state != ProofingState::open) co_return no_content();
    co_return Errc::conflict;
}

Request Proofings::own_callback(std::string body) const {
    const SignedHeaders headers = sign_message(key_, body, services_.clock.now());
    Request request;
    request.method = Method::post;
    request.path = "/api/v1/callbacks/proofing";
    request.headers = {{"content-type", "application/json"},
                       {"x-qrgate-timestamp", headers.timestamp},
                       {"x-qrgate-signature", headers.signature}};
    request.body = std::move(body);
    return request;
}

bool Proofings::may_ask(const Proofing& proofing, std::chrono::seconds every) {
    const WallTime now = services_.clock.now();
    if (!provider_ || proofing.provider != provider_->name() || proofing.state != ProofingState::open)
        return false;
    if (now < proofing.started_at + every || now >= proofing.ends_at) return false;
    const auto [last, first_time] = asked_.try_emplace(proofing.id, now);
    if (!first_time && now < last->second + every) return false;
    last->second = now;
    return true;
}

// What the provider says counts like its callback; when it says nothing, the next question will.
Task<void> Proofings::ask(Proofing proofing) {
    auto answer = co_await provider_->query(proofing);
    if (!answer) {
        services_.log.warn("proofing_provider", {{"call", "query"}, {"code", info(answer.error()).code}});
        co_return;
    }
    const bool passed = answer->state == ProofingState::passed;
    if (!passed && answer->state != ProofingState::failed) co_return;
    auto decided = co_await decide({.proofing_id = proofing.id,
                                    .event_id = answer->event_id,
                                    .passed = passed,
                                    .reason = passed ? "" : plain_reason(answer->reason)},
                                   {"provider", "query"});
    if (!decided && decided.error() != Errc::conflict)
        services_.log.warn("proofing_undecided", {{"code", info(decided.error()).code}});
}

Task<Result<Proofing>> Proofings::look(Proofing proofing) {
    if (!may_ask(proofing, phone_asks_every)) co_return proofing;
    co_await ask(proofing);
    auto now = co_await services_.storage.find_proofing(proofing.id);
    if (!now) co_return now.error();
    if (!*now) co_return Errc::not_found;
    co_return std::move(**now);
}

void Proofings::look_at_open_ones() {
    const WallTime now = services_.clock.now();
    if (!provider_ || looking_ || now < next_look_) return;
    next_look_ = now + between_looks;
    looking_ = true;
    services_.tasks.spawn("proofings", ask_about_open_ones());
}

Task<void> Proofings::ask_about_open_ones() {
    struct Done {
        bool& looking;
        ~Done() { looking = false; }
    } done{looking_};
    const WallTime now = services_.clock.now();
    std::erase_if(asked_, [&](const auto& entry) { return entry.second < now - asked_is_kept; });
    auto open = co_await services_.storage.list_open_proofings(now - sweeper_asks_every, known_a_round);
    if (!open) co_return;
    // Who was asked about longest ago, or never, comes first: so all have their turn, however many are open.
    const auto turn = [this](const Proofing& proofing) {
        const auto known = asked_.find(proofing.id);
        const WallTime last = known == asked_.end() ? WallTime::min() : known->second;
        return std::tuple(last, proofing.started_at, std::string_view(proofing.id));
    };
    std::ranges::sort(*open, {}, turn);
    int left = asked_a_round;
    for (const Proofing& proofing : *open) {
        if (left == 0) break;
        if (!may_ask(proofing, sweeper_asks_every)) continue;
        --left;
        co_await ask(proofing);
    }
}

}  // namespace qrgate
