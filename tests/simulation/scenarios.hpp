// What people come for, each as one try from its beginning and a way to see from outside whether they have
// it: the n-th-failure loop tells each of them once for every call of storage that it makes. Tests only.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/world.hpp"

namespace qrgate::tests::simulation {

// A world with one browser and Ms. Lin with her phone and certificate before it.
class Scene : public World {
public:
    Scene();

    // The answer; ends the try (Refused) when it is an error.
    Response asks(Request request);
    Response does(Move move);
    std::string captcha_id = {};
    std::string draws_captcha();  // its answer
    std::string code_sent_to(const std::string& phone) const;
    bool logs_in_elsewhere(const Someone& who, std::string_view password);

    Browser& browser;
    Pc& pc;
    PhoneOwner& owner;
    std::map<std::string, std::string> old_cookies = {};
    std::string token = {};
    int tries = 0;
};

struct Refused {
    Response answer;
};

struct Scenario {
    std::string_view name;
    std::function<void(Scene&)> ready;  // what is there before
    std::function<void(Scene&)> attempt;
    std::function<bool(Scene&)> reached;
    // How much longer than the rest of a world something lives whose answer was lost.
    std::chrono::seconds lives_on{0};
};

const std::vector<Scenario>& scenarios();

}  // namespace qrgate::tests::simulation
