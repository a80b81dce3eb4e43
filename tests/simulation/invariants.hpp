// What must be true of a world after every step, and what must be left when it has come to rest: one function
// a rule, each with the sentence of docs/architecture.md ("What must always hold") that it stands for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qrgate::tests::simulation {

class World;

struct Broken {
    std::string_view rule;  // the sentence
    std::string how = {};
};

// After a step. Also takes down what storage says now (tickets that ended, sessions that were opened).
std::vector<Broken> broken_rules(World& world);
// After World::comes_to_rest, everything of broken_rules included.
std::vector<Broken> broken_at_rest(World& world);
std::string text_of(const std::vector<Broken>& broken);

}  // namespace qrgate::tests::simulation
