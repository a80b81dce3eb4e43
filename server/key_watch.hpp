// What `qrgate keys rotate` wrote reaches a running server: looks at the key folders every two seconds and on
// SIGHUP, accepts new keys at once, uses each when its time has come, and has the database seal anew what a
// former key sealed. What cannot be read changes nothing and is logged once. Owned by App; I/O thread.
// Reading blocks, for less than a millisecond and only when something changed.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "server/keys.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace asio = boost::asio;
class CertificateAuthority;
class Clock;
class Database;
class Log;
class WaitingRoom;

class KeyWatch {
public:
    // What it changes; all outlive it.
    struct Parts {
        Keys& keys;
        WaitingRoom& room;
        Database& database;
        CertificateAuthority& authority;
        Clock& clock;
        Log& log;
    };
    KeyWatch(const Executor& executor, Parts parts, std::filesystem::path data_folder,
             std::chrono::seconds token_life);

    Task<void> run();  // until stop()
    void look_now();   // SIGHUP, or the clock was moved
    void stop();

private:
    void look();
    void read_again();
    Task<void> reseal();

    Parts parts_;
    std::filesystem::path data_folder_;
    std::chrono::seconds token_life_;
    Timer bell_;
    std::vector<TokenRingEntry> ring_ = {};
    std::string seen_ = {};  // the folders' entries when they were read last
    std::string told_ = {};  // the trouble that was logged last
    int rounds_ = 0;
    bool look_anyway_ = false;
    bool resealed_ = false;
    bool stopped_ = false;
};

}  // namespace qrgate
