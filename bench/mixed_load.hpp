// `mixed`: a realistic day, compressed. People arrive by Poisson and log in by password, text or QR code;
// some mistype, refuse, leave and come back, or never scan; whoever is in looks at the session now and then.
// Others only wait. In the middle the server may be started again: then everybody who waits comes back at
// once (jittered), and no login that was confirmed may be lost. Owned by the sub-command; one thread.
#pragma once

#include <optional>

#include "bench/login_load.hpp"
#include "bench/mixed_plan.hpp"
#include "bench/phone.hpp"
#include "bench/qr_browser.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

SubCommand mixed_command();

struct MixedLoad : LoginLoad {
    explicit MixedLoad(const Options& given);

    Shares shares;
    Day day;
    std::mt19937_64 chance;
    Duration pause;   // of a person between two steps
    Duration within;  // the jitter of a reconnect
    Pool<Phone> phones = {};
    std::vector<std::shared_ptr<QrBrowser>> crowd = {};
    std::size_t seated = 0;
    std::size_t next_source = 0;
    bool over = false;
    std::optional<Time> restarted = {};     // when the restart began
    std::optional<Time> seated_again = {};  // when the whole crowd waited again

    std::string source();
    void time(std::string_view what, Ask ask, Duration took);
    void put_away();
};

// One person's visit; whether it came to what it should.
Task<bool> visit(MixedLoad& load, Ask ask);

// Opens the browser, again and again until `until`: the server may be away. Empty, or the last fault.
Task<std::string> open_patiently(MixedLoad& load, std::shared_ptr<QrBrowser> browser, Time until);
Task<void> rest(Duration time);

// The crowd that only waits: all seated when it returns; they come back by themselves until load.over.
Task<void> seat_crowd(MixedLoad& load, std::size_t how_many, Progress& progress);
// Runs the command at that time and says so in the result. Does nothing for an empty command.
Task<void> restart_server(MixedLoad& load, std::string command, Time when);

}  // namespace qrgate::bench
