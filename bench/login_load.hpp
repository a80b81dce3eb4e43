// Whole logins against a running server: by password, by text, by QR code, each measured by its own file.
// What they share: who logs in, through which connections, and what it costs the server. Owned by the
// sub-command; one thread. Errors: CannotMeasure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/open_loop.hpp"
#include "bench/options.hpp"
#include "bench/people.hpp"
#include "bench/pool.hpp"
#include "bench/result.hpp"
#include "bench/server_process.hpp"
#include "bench/sub_commands.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

SubCommand login_command();

// The processor time of the servers between two moments.
class ServerCost {
public:
    explicit ServerCost(std::vector<pid_t> pids) : pids_(std::move(pids)) {}
    bool known() const noexcept { return !pids_.empty(); }
    void begin() { begun_ = now(); }
    void end() { spent_ = now() - begun_; }
    std::chrono::microseconds spent() const noexcept { return spent_; }

private:
    std::chrono::microseconds now() const;  // throws CannotMeasure where a process cannot be looked at

    std::vector<pid_t> pids_;
    std::chrono::microseconds begun_{};
    std::chrono::microseconds spent_{};
};

// One load of logins: what its asks need and what they find out.
struct LoginLoad {
    LoginLoad(const Options& options, std::string name);

    const Options& options;
    Target target;
    Result result;
    ServerCost cost;
    std::vector<BenchPerson> people = {};
    Pool<HttpClient> connections = {};
    std::size_t next_person = 0;

    void put_away() { connections.clear(); }
    void count(const std::string& what) { ++result.counts[what]; }
    const BenchPerson& somebody() { return people[next_person++ % people.size()]; }
    void read_people(std::size_t limit);
    void connect(const Executor& executor, std::size_t how_many);
    // The pace, and the marks that take the server's cost.
    LoopPlan plan(bool measured_by_job = false);
    // At the rate that was asked for, or flat out.
    Task<Tally> run(AskFunction ask, Progress& progress);
};

// What hangs on the executor goes before it does, also when a measurement ends by an exception.
template <class Load>
class PutAway {
public:
    explicit PutAway(Load& load) : load_(load) {}
    ~PutAway() { load_.put_away(); }
    PutAway(const PutAway&) = delete;
    PutAway& operator=(const PutAway&) = delete;

private:
    Load& load_;
};

// JSON, with the Origin that the server wants to see.
Call post_json(const Target& target, std::string path, std::string body);

void measure_password_logins(const Options& options);
void measure_sms_logins(const Options& options);
void measure_qr_logins(const Options& options);
void measure_prepared_logins(const Options& options);

}  // namespace qrgate::bench
