// Proofing on the phone and the provider's callback (docs/protocol.md section 5).
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "server/handlers/handlers.hpp"
#include "server/proofing/callback_signature.hpp"
#include "server/proofing/consents.hpp"
#include "server/proofing/proofings.hpp"
#include "storage/names.hpp"
#include "storage/task.hpp"
#include "tests/server/handler_actors.hpp"

namespace qrgate::tests {
namespace {

constexpr std::string_view key = "the-providers-key";
constexpr std::string_view start = "/api/v1/phone/proofing";

// A provider whose answers the test decides.
class FakeProvider final : public ProofingProvider {
public:
    std::string_view name() const noexcept override { return "fake"; }
    Task<Result<ProofingStart>> start(ProofingOrder order) override {
        ordered = order;
        if (!up) co_return Errc::timed_out;
        co_return ProofingStart{.url = "https://face.example/" + order.proofing_id, .reference = "ref-1"};
    }
    Task<Result<ProofingAnswer>> query(Proofing proofing) override {
        ++questions;
        asked_about = proofing.reference;
        asked_of.insert(proofing.id);
        if (!up) co_return Errc::timed_out;
        co_return answer;
    }

    bool up = true;
    int questions = 0;
    std::string asked_about = {};
    std::set<std::string> asked_of = {};
    ProofingOrder ordered = {};
    ProofingAnswer answer = {};
};

class ProofingHandler : public ::testing::Test, public Fixture {
protected:
    ProofingHandler() {
        auto made = std::make_unique<FakeProvider>();
        provider = made.get();
        proofings = std::make_unique<Proofings>(services, std::move(made), std::string(key));
        add_proofing_routes(router, services, *proofings);
    }

    static boost::json::object consents() {
        boost::json::array rows;
        for (const ConsentText& text : consent_texts())
            rows.push_back(boost::json::object{{"text", text.id}, {"version", text.version}});
        return {{"consents", rows}};
    }
    std::string begin_proofing(Phone& phone) {
        return std::string(json_of(phone.post(start, consents())).at("id").as_string());
    }
    boost::json::object verdict(const std::string& id, const Someone& who, std::string_view event = "e1",
                                std::string_view result = "passed") {
        return {{"event_id", event},
                {"proofing_id", id},
                {"result", result},
                {"identity_number", who.number},
                {"name", who.name}};
    }
    Request signed_callback(const boost::json::object& said, std::string_view with = key) {
        Request request;
        request.method = Method::post;
        request.path = "/api/v1/callbacks/proofing";
        request.address = "198.51.100.1";
        request.body = boost::json::serialize(said);
        const auto headers = sign_message(with, request.body, clock.now());
        request.headers = {{"content-type", "application/json"},
                           {"x-qrgate-timestamp", headers.timestamp},
                           {"x-qrgate-signature", headers.signature}};
        return request;
    }
    Response tell(const boost::json::object& said) { return call(signed_callback(said)); }
    std::string state_of(Phone& phone, const std::string& id) {
        return std::string(json_of(phone.get(std::string(start) + "/" + id)).at("state").as_string());
    }
    int level_of(const Someone& who) { return stored(storage.find_person_by_id(who.id))->level; }

    FakeProvider* provider = nullptr;
    std::unique_ptr<Proofings> proofings;
};

TEST_F(ProofingHandler, TheConditionsShowWhoIsCheckedAndEveryText) {
    Phone phone(*this, hao);

    const auto body = json_of(phone.get(start));

    EXPECT_TRUE(body.at("available").as_bool());
    EXPECT_EQ(body.at("name_masked").as_string(), "郝*国");
    EXPECT_EQ(body.at("consents").as_array().size(), consent_texts().size());
    for (const auto& text : body.at("consents").as_array())
        EXPECT_FALSE(text.at("words").as_string().empty());
    const std::string all = boost::json::serialize(body);
    EXPECT_EQ(all.find(hao.number), std::string::npos);
    EXPECT_EQ(all.find(hao.name), std::string::npos);
}

TEST_F(ProofingHandler, NothingBeginsWithoutEveryConsentInItsPresentVersion) {
    Phone phone(*this, hao);
    for (std::size_t left_out = 0; left_out < consent_texts().size(); ++left_out) {
        auto body = consents();
        auto& rows = body["consents"].as_array();
        rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(left_out));
        EXPECT_EQ(code_of(phone.post(start, body)), "consent_missing");
        body = consents();
        body["consents"].as_array()[left_out].as_object()["version"] = "0";
        EXPECT_EQ(code_of(phone.post(start, body)), "consent_missing");
    }
    EXPECT_EQ(provider->ordered.proofing_id, "");
}

TEST_F(ProofingHandler, RefusesBodiesOfAnotherShape) {
    Phone phone(*this, hao);
    for (const char* body :
         {"{}", R"({"consents":1})", R"({"consents":[1]})", R"({"consents":[{"text":"a"}]})",
          R"({"consents":[{"text":"a","version":"1","more":1}]})", R"({"consents":[],"level":3})"})
        EXPECT_EQ(code_of(call(phone.request(Method::post, start, body))), "bad_request") << body;
}

TEST_F(ProofingHandler, TheProviderIsGivenThePersonAndThePhoneItsAddress) {
    Phone phone(*this, hao);

    const auto body = json_of(phone.post(start, consents()));

    EXPECT_EQ(body.at("provider").as_string(), "fake");
    EXPECT_EQ(body.at("url").as_string(), "https://face.example/" + provider->ordered.proofing_id);
    EXPECT_EQ(provider->ordered.identity_number, hao.number);
    EXPECT_EQ(provider->ordered.name, hao.name);
    EXPECT_EQ(provider->ordered.callback_url, "https://login.example/api/v1/callbacks/proofing");
    EXPECT_EQ(stored(storage.find_proofing(provider->ordered.proofing_id))->reference, "ref-1");
}

TEST_F(ProofingHandler, AProviderThatHangsIsSaidInTime) {
    Phone phone(*this, hao);
    provider->up = false;

    EXPECT_EQ(phone.post(start, consents()).status, 503);
}

TEST_F(ProofingHandler, PassingRaisesToLevelThreeAndTheSessionGoesOn) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    EXPECT_EQ(state_of(phone, id), "open");

    EXPECT_EQ(tell(verdict(id, hao)).status, 204);

    EXPECT_EQ(state_of(phone, id), "passed");
    const auto me = json_of(phone.get("/api/v1/phone/me"));
    EXPECT_EQ(me.at("level").as_int64(), 3);
    EXPECT_TRUE(me.at("methods").at("sms").at("available").as_bool());
    EXPECT_EQ(stored(storage.find_person_by_id(hao.id))->level_evidence, "proofing:" + id);
}

TEST_F(ProofingHandler, TheLevelEndsWhenTheSettingSaysSo) {
    config.level_life = std::chrono::hours(10);
    Phone phone(*this, hao);
    tell(verdict(begin_proofing(phone), hao));

    EXPECT_EQ(stored(storage.find_person_by_id(hao.id))->level_ends_at, clock.now() + std::chrono::hours(10));
}

TEST_F(ProofingHandler, FailingSaysWhyAndLeavesTheLevel) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    auto said = verdict(id, hao, "e1", "failed");
    said["reason"] = "mismatch";

    EXPECT_EQ(tell(said).status, 204);

    const auto shown = json_of(phone.get(std::string(start) + "/" + id));
    EXPECT_EQ(shown.at("state").as_string(), "failed");
    EXPECT_EQ(shown.at("reason").as_string(), "mismatch");
    EXPECT_EQ(level_of(hao), 2);
}

TEST_F(ProofingHandler, ARepeatedCallbackIsAnsweredTheSameAndChangesNothing) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    EXPECT_EQ(tell(verdict(id, hao, "e1", "failed")).status, 204);

    EXPECT_EQ(tell(verdict(id, hao, "e1", "failed")).status, 204);
    EXPECT_EQ(tell(verdict(id, hao, "e2", "passed")).status, 204);

    EXPECT_EQ(state_of(phone, id), "failed");
    EXPECT_EQ(level_of(hao), 2);
}

TEST_F(ProofingHandler, AnEventIsNotUsedForASecondProofing) {
    Phone haos(*this, hao);
    Phone suns(*this, sun);
    EXPECT_EQ(tell(verdict(begin_proofing(haos), hao, "e1")).status, 204);

    EXPECT_EQ(tell(verdict(begin_proofing(suns), sun, "e1")).status, 409);

    EXPECT_EQ(level_of(sun), 2);
}

TEST_F(ProofingHandler, OnlyItsOwnPersonSeesAProofing) {
    Phone haos(*this, hao);
    Phone suns(*this, sun);
    const auto id = begin_proofing(haos);

    EXPECT_EQ(code_of(suns.get(std::string(start) + "/" + id)), "not_found");
    EXPECT_EQ(code_of(haos.get(std::string(start) + "/nothing")), "not_found");
}

TEST_F(ProofingHandler, AfterItsTimeAProofingIsExpiredAndNoVerdictCounts) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    advance(config.proofing_life);

    EXPECT_EQ(state_of(phone, id), "expired");
    EXPECT_EQ(tell(verdict(id, hao)).status, 410);
    EXPECT_EQ(level_of(hao), 2);
}

// --- asking on doubt

TEST_F(ProofingHandler, ThePhoneLetsTheProviderBeAskedEveryTenSeconds) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    state_of(phone, id);
    EXPECT_EQ(provider->questions, 0);
    advance(10s);
    state_of(phone, id);
    state_of(phone, id);
    EXPECT_EQ(provider->questions, 1);
    EXPECT_EQ(provider->asked_about, "ref-1");
    provider->answer = {.state = ProofingState::passed, .event_id = "q1"};
    advance(10s);

    EXPECT_EQ(state_of(phone, id), "passed");
    EXPECT_EQ(level_of(hao), 3);
    EXPECT_EQ(tell(verdict(id, hao, "q1")).status, 204);
}

TEST_F(ProofingHandler, AVerdictWhoseCallbackWasLostIsFetchedAfterAMinute) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    provider->answer = {.state = ProofingState::failed, .event_id = "q1", .reason = "Some <words>"};
    proofings->look_at_open_ones();
    turn_until([&] { return tasks.size() == 0; });
    EXPECT_EQ(provider->questions, 0);
    advance(61s);

    proofings->look_at_open_ones();
    turn_until([&] { return tasks.size() == 0; });

    EXPECT_EQ(provider->questions, 1);
    EXPECT_EQ(state_of(phone, id), "failed");
    EXPECT_EQ(stored(storage.find_proofing(id))->reason, "other");
}

TEST_F(ProofingHandler, EveryOpenOneHasItsTurnHoweverManyThereAre) {
    for (int i = 0; i < 60; ++i) {
        const std::string id = std::to_string(i);
        stored(storage.put_person({.id = "person-" + id, .identity_number = "number-" + id, .level = 2},
                                  clock.now()));
        NewProofing begun;
        begun.proofing = {.id = "proofing-" + id,
                          .person_id = "person-" + id,
                          .provider = std::string(provider->name()),
                          .started_at = clock.now(),
                          .ends_at = clock.now() + 30min};
        stored(storage.start_proofing(begun, {}));
    }
    advance(61s);

    for (int round = 0; round < 2; ++round) {
        proofings->look_at_open_ones();
        turn_until([&] { return tasks.size() == 0; });
        EXPECT_EQ(provider->asked_of.size(), round == 0 ? 50U : 60U);
        advance(6s);
    }
}

// --- forged, late, for others

TEST_F(ProofingHandler, ACallbackCountsByItsSignatureOnly) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    const auto right = signed_callback(verdict(id, hao));
    const auto refused = [&](Request request) {
        const auto answer = call(std::move(request));
        return answer.status == 403 && code_of(answer) == "signature_wrong" && level_of(hao) == 2;
    };

    auto unsigned_one = right;
    unsigned_one.headers = {{"content-type", "application/json"}};
    EXPECT_TRUE(refused(unsigned_one));
    EXPECT_TRUE(refused(signed_callback(verdict(id, hao), "another key")));
    EXPECT_TRUE(refused(signed_callback(verdict(id, hao), "")));
    auto changed = signed_callback(verdict(id, hao, "e1", "failed"));
    changed.body = right.body;
    EXPECT_TRUE(refused(changed));
    auto later = right;
    later.headers[1].second = std::to_string(std::stoll(later.headers[1].second) + 1);
    EXPECT_TRUE(refused(later));
    for (const char* odd : {"", "x", "1e9", "99999999999999999999"}) {
        auto other = right;
        other.headers[1].second = odd;
        EXPECT_TRUE(refused(other)) << odd;
    }
    EXPECT_EQ(call(right).status, 204);
}

TEST_F(ProofingHandler, ACallbackIsTakenFiveMinutesAroundItsTimeAndNoLonger) {
    config.proofing_life = std::chrono::hours(1);
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    const auto sent = signed_callback(verdict(id, hao));
    advance(301s);
    EXPECT_EQ(code_of(call(sent)), "signature_wrong");
    auto early = signed_callback(verdict(id, hao));
    clock.advance(-301s);
    EXPECT_EQ(code_of(call(early)), "signature_wrong");
    clock.advance(1s);

    EXPECT_EQ(call(early).status, 204);
}

TEST_F(ProofingHandler, AVerdictAboutAnotherPersonIsRefusedAndAudited) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);
    auto other_number = verdict(id, hao);
    other_number["identity_number"] = lin.number;
    auto other_name = verdict(id, hao);
    other_name["name"] = lin.name;

    EXPECT_EQ(code_of(tell(other_number)), "proof_wrong");
    EXPECT_EQ(code_of(tell(other_name)), "proof_wrong");
    EXPECT_EQ(code_of(tell(verdict(id, lin))), "proof_wrong");

    EXPECT_EQ(level_of(hao), 2);
    const auto rows = audit_of(hao);
    EXPECT_EQ(
        std::ranges::count_if(rows, [](const auto& row) { return row.event.event == "proofing_refused"; }),
        3);
    EXPECT_EQ(tell(verdict(id, hao)).status, 204);
}

TEST_F(ProofingHandler, AVerdictOfNoProofingIsNotFound) {
    EXPECT_EQ(code_of(tell(verdict("nothing", hao))), "not_found");
}

TEST_F(ProofingHandler, ThePhonesWordCountsNothing) {
    Phone phone(*this, hao);
    const auto id = begin_proofing(phone);

    phone.post(std::string(start) + "/" + id, {{"state", "passed"}});
    phone.post("/api/v1/callbacks/proofing", verdict(id, hao));

    EXPECT_EQ(state_of(phone, id), "open");
    EXPECT_EQ(level_of(hao), 2);
}

TEST_F(ProofingHandler, NoNumberNameOrKeyIsInTheLog) {
    Phone phone(*this, hao);
    tell(verdict(begin_proofing(phone), hao));

    for (const auto& line : log_lines)
        for (const auto& secret : {hao.number, hao.name, std::string(key)})
            EXPECT_EQ(line.find(secret), std::string::npos) << line;
}

}  // namespace
}  // namespace qrgate::tests
