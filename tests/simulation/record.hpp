// What everybody in a simulated world saw and did, from outside: codes on screens, signatures sent, sessions
// given, frames heard. The invariants compare it with what storage says. Owned by the World; one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "protocol/bytes.hpp"
#include "storage/records.hpp"

namespace qrgate::tests::simulation {

// A code on the screen of a browser.
struct Shown {
    std::size_t browser = 0;
    Digest pre_session{};
};

// A session that a redeem gave.
struct Given {
    std::size_t browser = 0;
    Digest pre_session{};
    std::string person_id = {};
    Digest session_hash{};
};

// One connection of a waiting browser, from its 101 to its end.
struct Connection {
    std::size_t browser = 0;
    Digest pre_session{};
    std::vector<std::string> frames = {};  // types of the messages, in order
    std::vector<unsigned> closes = {};     // codes of the close frames
    bool spoke_after_close = false;
    bool ended = false;  // by the server
    bool left = false;   // by the browser
};

struct Record {
    std::map<std::string, Shown> shown = {};                      // by token
    std::set<std::string> scanned = {};                           // tokens that a phone of ours tried to scan
    std::map<std::string, std::set<std::string>> signed_by = {};  // token → people who signed its text
    std::vector<Given> given = {};
    std::deque<Connection> connections = {};
    std::set<Digest> abandoned =
        {};  // sessions that a browser had when it was replaced: they last until they are idle
    std::map<std::string, Session> qr_sessions = {};  // every one that storage ever named
    std::map<std::string, Ticket> settled = {};       // tickets in a final state, as they were first seen
    std::vector<std::string> against_protocol = {};   // answers that docs/protocol.md does not know
    std::deque<std::string> last = {};                // the latest moves
    int moves = 0;
    int refusals = 0;
    int lost_answers = 0;

    void note(std::string line) {
        last.push_back(std::move(line));
        if (last.size() > 40) last.pop_front();
    }
};

}  // namespace qrgate::tests::simulation
