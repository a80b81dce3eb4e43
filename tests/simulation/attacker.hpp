// Somebody with a phone and an account of their own who heard everything that was sent, but for cookies and
// bearer values: replays signatures, answers for the tickets of others, redeems without the browser, forges.
// Every move of theirs must be refused. Owned by the World.
#pragma once

#include <string>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests::simulation {

class World;
struct Move;

class Attacker {
public:
    explicit Attacker(World& world);
    Move attacks();

private:
    Move answers_for_another();
    Move replays_a_text();
    Move redeems_without_the_browser();
    Move forges_a_code();

    World& world_;
    Phone phone_;
    Pc pc_;
};

}  // namespace qrgate::tests::simulation
