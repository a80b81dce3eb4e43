// A seeded world: browsers, phones with their owners, an attacker, an operator, a clock that jumps, answers
// that never arrive, a storage that fails before or after its commit, a server that dies and starts again.
// One seed is one story, the same each time: chance is seeded, and the loop turns only while no worker thread
// is busy. One thread (beside the fixture's workers).
#pragma once

#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/server/handler_actors.hpp"
#include "tests/simulation/attacker.hpp"
#include "tests/simulation/browser.hpp"
#include "tests/simulation/failing_storage.hpp"
#include "tests/simulation/phone_owner.hpp"
#include "tests/simulation/record.hpp"

namespace qrgate::tests::simulation {

// What somebody does next: a request, and what they make of its answer, should it arrive.
struct Move {
    std::string what = {};
    Request request = {};
    std::function<void(Response&)> heard = {};
    bool must_be_refused = false;
};

struct Weather {
    int failures_per_mille = 0;  // of storage's verbs
    int lost_answers_per_cent = 0;
    int together = 1;        // moves at the same time, at most
    unsigned slowest = 0;    // turns of the loop that a verb may take
    bool backwards = false;  // the clock may jump back
};
// What a seed decides beside the dice.
Weather weather_of(std::uint64_t seed);

// Exists before the fixture that is built over it.
struct Front {
    FailingStorage front;
};

class World : private Front, public Fixture {
public:
    explicit World(std::uint64_t seed, Weather weather = {});

    void step();
    // Begins all, runs until each is answered, then tells who still listens.
    void all_at_once(std::vector<Move> moves);
    // One move whose answer arrives.
    Response alone(Request request);
    // The server dies and starts again: answers under way are lost.
    void dies_and_starts();
    // What the sweeper does each second.
    void sweep();
    // Nobody does anything more: all leave, all times pass.
    void comes_to_rest();

    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(dice_() % bound); }
    bool happens(int per_cent) { return below(100) < static_cast<std::size_t>(per_cent); }
    std::string any_token();
    FailingStorage& failing() { return front; }
    std::vector<Someone*> people() { return {&lin, &gongsi, &hao, &sun}; }
    std::string last_moves() const;

    Record record;
    std::vector<Browser> browsers;
    std::vector<PhoneOwner> owners;
    std::deque<std::string> newest_tokens;  // as they were shown, the newest first

private:
    Move any_move();
    void operator_acts();
    void time_passes();
    void judge(const Move& move, const Response& answer, bool storage_failed);
    void run_until(const std::function<bool()>& reached);
    void listen();

    Weather weather_;
    std::mt19937_64 dice_;
    std::mt19937_64 fates_;
    bool dead_ = false;  // between death and the new start
    Attacker attacker_;
};

}  // namespace qrgate::tests::simulation
