// A person with a phone in a simulated world: scans what browsers show, signs or denies, looks what became of
// it, says that it was not them. Owned by the World.
#pragma once

#include <map>
#include <string>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests::simulation {

class World;
struct Move;

class PhoneOwner {
public:
    PhoneOwner(World& world, Someone& person, KeyAlgorithm algorithm);

    Move scans(std::string token);
    Move confirms();
    Move denies(std::string token);
    Move looks(std::string token);
    Move undoes();

    // Their phone's login was ended, or they have another phone now.
    void has_a_new_login(KeyAlgorithm algorithm);
    // All certificates revoked, one new; in the way of storage.
    void has_a_new_certificate();

    Someone* who;
    Phone phone;
    std::map<std::string, std::string> texts = {};  // of what it scanned, by token
    std::string newest = {};                        // of them

private:
    World* world_;
};

}  // namespace qrgate::tests::simulation
