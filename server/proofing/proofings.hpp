// The checks of people, from consent to verdict. A verdict comes from the provider only: by its signed
// callback, or as its answer when we ask because the callback may be lost; each is decided once, by storage.
// Owned by App, before the task group; `services` outlive it; I/O thread. No image of anybody passes through
// here.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/answers.hpp"
#include "server/proofing/proofing_provider.hpp"
#include "storage/task.hpp"

namespace qrgate {

struct Services;

struct StartedProofing {
    Proofing proofing = {};
    std::string url = {};
};

class Proofings {
public:
    // Without a provider none is offered, and no callback counts. `key` signs both ways.
    Proofings(Services& services, std::unique_ptr<ProofingProvider> provider, std::string key);
    ~Proofings();

    bool offered() const noexcept { return provider_ != nullptr; }
    std::string_view provider() const noexcept;

    // consent_missing; not_found: not offered; busy, timed_out: the provider cannot now.
    Task<Result<StartedProofing>> start(Person person, Session phone, std::vector<Consent> consents,
                                        Trace trace);
    // One callback, as it came. signature_wrong: unsigned, wrong, or more than 300 s off. proof_wrong: of
    // another person (audited). not_found. ticket_expired: too late. conflict: this event was another's.
    // A repeated one is answered like the first and changes nothing.
    Task<Outcome> take_callback(Request request);
    // The headers and body of a callback that our own simulated provider sends.
    Request own_callback(std::string body) const;

    // The proofing as it is now; asks the provider where it is open for a while, at most every ten seconds.
    Task<Result<Proofing>> look(Proofing proofing);
    // For the sweeper, every round: asks about open ones older than a minute, beside whatever else goes on.
    void look_at_open_ones();

private:
    Task<void> ask_about_open_ones();
    Task<void> ask(Proofing proofing);
    Task<Result<Proofing>> decide(ProofingVerdict verdict, Trace trace);
    bool may_ask(const Proofing& proofing, std::chrono::seconds every);

    Services& services_;
    std::unique_ptr<ProofingProvider> provider_;
    std::string key_;
    std::map<std::string, WallTime> asked_ = {};  // when the provider was asked last
    WallTime next_look_{};
    bool looking_ = false;
};

// Of the provider's own words only plain ones are kept: [a-z0-9_-], at most 32; anything else is "other".
std::string plain_reason(std::string_view reason);

}  // namespace qrgate
