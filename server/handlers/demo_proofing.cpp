// The simulated provider's face page and its verdict, which takes the way of a real one: signed, to the
// callback. App adds these routes only in demo mode.
#include <boost/json/serialize.hpp>

#include "protocol/body_reader.hpp"
#include "protocol/random.hpp"
#include "server/answers.hpp"
#include "server/callers.hpp"
#include "server/handlers/handlers.hpp"
#include "server/page.hpp"
#include "server/proofing/proofings.hpp"
#include "server/proofing/simulated_proofing.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

Task<Outcome> face_page(Services&, Request request) {
    co_return page(request, "face");
}

// `callback` false: the verdict is known to the provider, and its callback is lost.
struct Pressed {
    std::string result = {};
    bool callback = true;
};

Pressed read_pressed(BodyReader& body) {
    Pressed it;
    it.result = body.text("result", 16);
    if (it.result != "passed" && it.result != "failed") body.fault("result", "passed / failed");
    const auto way = body.optional_text("callback", 16);
    if (way && *way != "lost" && *way != "sent") body.fault("callback", "sent / lost");
    it.callback = way != "lost";
    return it;
}

Task<Outcome> verdict(Services& services, Proofings& proofings, SimulatedProofing& simulated,
                      Request request) {
    BodyReader body = BodyReader::json(request.body);
    const Pressed pressed = read_pressed(body);
    if (auto problem = body.finish(language_of(request))) co_return *problem;
    if (!comes_from_us(services, request)) co_return Errc::origin_refused;
    const std::string id = request.path_values.at(0);
    auto proofing = co_await services.storage.find_proofing(id);
    if (!proofing) co_return proofing.error();
    if (!*proofing) co_return Errc::not_found;
    auto person = co_await services.storage.find_person_by_id((*proofing)->person_id);
    if (!person) co_return person.error();
    if (!*person) co_return Errc::not_found;

    const bool passed = pressed.result == "passed";
    const std::string event = base64url(services.random.bytes<12>());
    simulated.decide(id, {.state = passed ? ProofingState::passed : ProofingState::failed,
                          .event_id = event,
                          .reason = passed ? "" : "mismatch"});
    if (!pressed.callback) co_return no_content();
    boost::json::object said{{"event_id", event},
                             {"proofing_id", id},
                             {"result", pressed.result},
                             {"identity_number", (*person)->identity_number},
                             {"name", (*person)->name}};
    if (!passed) said["reason"] = "mismatch";
    Request sent = proofings.own_callback(boost::json::serialize(said));
    sent.address = request.address;
    sent.request_id = request.request_id;
    co_return co_await proofings.take_callback(std::move(sent));
}

}  // namespace

void add_demo_proofing_routes(Router& router, Services& services, Proofings& proofings,
                              SimulatedProofing& simulated) {
    router.add(Method::get, "/demo/face/{id}", answered(services, face_page));
    router.add(Method::post, "/demo/proofing/{id}",
               answered([&services, &proofings, &simulated](Request request) {
                   return verdict(services, proofings, simulated, std::move(request));
               }));
}

}  // namespace qrgate
