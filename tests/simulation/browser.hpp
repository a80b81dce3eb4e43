// A browser at the login page in a simulated world: it waits for a phone, takes its session, leaves, comes
// back. What it hears goes into the world's record. Owned by the World.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/server/handler_actors.hpp"

namespace qrgate::tests::simulation {

class World;
struct Move;
struct Connection;

class Browser {
public:
    Browser(World& world, std::size_t index);

    Move visits();
    Move sits();  // needs a pre-session
    Move cancels();
    Move redeems();
    Move logs_out();
    void leaves();          // the tab is closed; the cookies stay
    void is_another_one();  // at the same desk
    void listens();

    bool has_pre_session() const;
    std::size_t index() const noexcept { return index_; }

    Pc pc;
    std::string typed = {};  // the code its phone was told last

private:
    void hears_all(Socket& socket, Connection& connection);

    World* world_;
    std::size_t index_;
    std::vector<std::pair<Socket, Connection*>> lines_ = {};
};

}  // namespace qrgate::tests::simulation
