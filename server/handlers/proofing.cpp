// Proofing on the phone: what it takes, consents, the provider's address, what became of it; and the
// provider's callback. docs/protocol.md section 5. The phone's word about the result counts nothing.
#include <boost/json/array.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/messages.hpp"
#include "server/answers.hpp"
#include "server/budgets.hpp"
#include "server/callers.hpp"
#include "server/clock.hpp"
#include "server/handlers/handlers.hpp"
#include "server/proofing/consents.hpp"
#include "server/proofing/proofings.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/names.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::size_t most_consents = 16;
constexpr std::size_t longest_word = 64;

boost::json::array consent_bodies(Language language) {
    boost::json::array rows;
    for (const ConsentText& text : consent_texts()) {
        rows.push_back(boost::json::object{{"text", text.id},
                                           {"version", text.version},
                                           {"title", text.title(language)},
                                           {"words", text.words(language)}});
    }
    return rows;
}

// What the pages show before anything is agreed to.
Task<Outcome> conditions(Services& services, Proofings& proofings, Request request) {
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto person = co_await services.storage.find_person_by_id(phone->person_id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::token_missing;
    boost::json::object body;
    body["available"] = proofings.offered();
    body["provider"] = proofings.provider();
    body["level"] = (*person)->level;
    body["name_masked"] = masked_name((*person)->kind, (*person)->name);
    body["number_masked"] = masked_number((*person)->identity_number);
    body["consents"] = consent_bodies(language_of(request));
    co_return json_response(200, std::move(body));
}

// [{text, version}]; what is none is a fault.
std::vector<Consent> read_consents(BodyReader& body) {
    std::vector<Consent> out;
    const boost::json::array rows = body.array("consents", most_consents);
    for (const boost::json::value& row : rows) {
        const auto* object = row.if_object();
        const auto* text = object == nullptr ? nullptr : object->if_contains("text");
        const auto* version = object == nullptr ? nullptr : object->if_contains("version");
        const bool whole = text != nullptr && version != nullptr && object->size() == 2 &&
                           text->is_string() && version->is_string() &&
                           text->get_string().size() <= longest_word &&
                           version->get_string().size() <= longest_word;
        if (!whole) {
            body.fault("consents", "[{text, version}]");
            return {};
        }
        out.push_back(
            {.text = std::string(text->get_string()), .version = std::string(version->get_string())});
    }
    return out;
}

Task<Outcome> start(Services& services, Proofings& proofings, Request request) {
    BodyReader body = BodyReader::json(request.body);
    std::vector<Consent> consents = read_consents(body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!may_be_a_phone(services, request)) co_return Errc::origin_refused;
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    BudgetRequest budgets(services);
    budgets.of(Budget::proofing_of_person, phone->person_id);
    if (auto refusal = co_await budgets.spend()) co_return *refusal;
    auto person = co_await services.storage.find_person_by_id(phone->person_id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::token_missing;
    auto started = co_await proofings.start(std::move(**person), std::move(*phone), std::move(consents),
                                            trace_of(request));
    if (!started) co_return started.error();
    co_return json_response(200, {{"id", started->proofing.id},
                                  {"provider", started->proofing.provider},
                                  {"url", started->url},
                                  {"expires_at", format_time(started->proofing.ends_at)}});
}

Task<Outcome> show(Services& services, Proofings& proofings, Request request) {
    auto phone = co_await phone_session(services, std::string(request.header("authorization")));
    if (!phone) co_return phone.error();
    auto found = co_await services.storage.find_proofing(request.path_values.at(0));
    if (!found) co_return found.error();
    if (!*found || (*found)->person_id != phone->person_id) co_return Errc::not_found;
    auto looked = co_await proofings.look(std::move(**found));
    if (!looked) co_return looked.error();
    const bool over = looked->state == ProofingState::open && services.clock.now() >= looked->ends_at;
    auto person = co_await services.storage.find_person_by_id(phone->person_id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::token_missing;
    boost::json::object body;
    body["id"] = looked->id;
    body["provider"] = looked->provider;
    body["state"] = name_of(over ? ProofingState::expired : looked->state);
    if (!looked->reason.empty()) body["reason"] = looked->reason;
    body["person"] = person_body((*person)->id, (*person)->kind, (*person)->name, (*person)->level);
    body["expires_at"] = format_time(looked->ends_at);
    co_return json_response(200, std::move(body));
}

Task<Outcome> callback(Services&, Proofings& proofings, Request request) {
    return proofings.take_callback(std::move(request));
}

using ProofingEndpoint = Task<Outcome> (*)(Services&, Proofings&, Request);

Handler with(Services& services, Proofings& proofings, ProofingEndpoint endpoint) {
    return answered([&services, &proofings, endpoint](Request request) {
        return endpoint(services, proofings, std::move(request));
    });
}

}  // namespace

void add_proofing_routes(Router& router, Services& services, Proofings& proofings) {
    router.add(Method::get, "/api/v1/phone/proofing", with(services, proofings, conditions));
    router.add(Method::post, "/api/v1/phone/proofing", with(services, proofings, start));
    router.add(Method::get, "/api/v1/phone/proofing/{id}", with(services, proofings, show));
    router.add(Method::post, "/api/v1/callbacks/proofing", with(services, proofings, callback));
}

}  // namespace qrgate
