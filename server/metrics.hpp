// What is counted, by name; the text of GET /metrics (Prometheus text format). Owned by App; any thread.
// Labels must come from small fixed sets: route patterns, outcomes, names of statements and budgets. Never a
// path, an address or an id. Each metric keeps at most 200 label sets; what comes later is counted under
// "other".
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/person.hpp"

namespace qrgate {

enum class WorkerSide : unsigned char { hash, signature };

class Metrics {
public:
    using Seconds = std::chrono::duration<double>;

    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    // counters
    void http_answered(std::string_view route, int status, Seconds in_handler);  // also its histogram
    void login(LoginMethod method, std::string_view outcome);  // "ok", or the public error code
    void ticket(std::string_view transition);                  // scan confirm deny cancel expire redeem dead
    void captcha_made();
    void captcha_failed();
    void sms_sent();
    void sms_failed();
    void budget_refused(std::string_view budget);
    void audit_sealed(std::size_t rows);

    // gauges
    void set_waiting_seats(std::size_t seats);
    void set_connections(std::size_t connections);
    void set_worker_queue(WorkerSide side, std::size_t waiting);
    void set_database_up(bool up);
    void set_audit_waiting(std::size_t rows, Seconds oldest);  // written, not sealed yet

    // histograms
    void database_statement(std::string_view name, Seconds took);
    void confirm_to_push(
        Seconds took);  // from the confirm's commit to its frame handed to the browser's socket

    std::string text() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace qrgate
