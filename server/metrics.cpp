#include "server/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace qrgate {

namespace {

namespace prom = prometheus;

constexpr std::size_t label_sets = 200;

const prom::Histogram::BucketBoundaries fast{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,    0.25,  0.5,    1,     2.5,  5,     10};

// One metric with labels, of which it keeps a bounded number of sets.
template <class Metric, std::size_t N>
class Labelled {
public:
    using Values = std::array<std::string, N>;

    Labelled(prom::Family<Metric>& family, std::array<const char*, N> names)
        : family_(family), names_(names) {}

    template <class... Extra>
    Metric& at(Values values, const Extra&... extra) {
        const std::lock_guard lock(mutex_);
        auto known = known_.find(values);
        if (known == known_.end() && known_.size() >= label_sets) {
            values.fill("other");
            known = known_.find(values);
        }
        if (known != known_.end()) return *known->second;
        prom::Labels labels;
        for (std::size_t i = 0; i < N; ++i)
            labels.emplace(names_[i], values[i]);
        Metric& metric = family_.Add(labels, extra...);
        known_.emplace(std::move(values), &metric);
        return metric;
    }

private:
    prom::Family<Metric>& family_;
    std::array<const char*, N> names_;
    std::mutex mutex_;
    std::map<Values, Metric*> known_;
};

}  // namespace

struct Metrics::State {
    prom::Registry registry;

    prom::Family<prom::Counter>& counters(const char* name, const char* help) {
        return prom::BuildCounter().Name(name).Help(help).Register(registry);
    }
    prom::Family<prom::Gauge>& gauges(const char* name, const char* help) {
        return prom::BuildGauge().Name(name).Help(help).Register(registry);
    }
    prom::Family<prom::Histogram>& histograms(const char* name, const char* help) {
        return prom::BuildHistogram().Name(name).Help(help).Register(registry);
    }

    Labelled<prom::Counter, 2> http{
        counters("qrgate_http_requests_total", "Answers, by route pattern and status class"),
        {"route", "status"}};
    Labelled<prom::Histogram, 1> handler{histograms("qrgate_http_handler_seconds", "Time in handlers"),
                                         {"route"}};

    prom::Counter& answered(std::string_view route, int status) {
        return http.at({std::string(route), fmt::format("{}xx", status / 100)});
    }
    // Where each route is counted, found once: every request comes here.
    struct Route {
        std::array<prom::Counter*, 10> answers = {};  // by the status' first digit
        prom::Histogram* seconds = nullptr;
    };
    std::mutex routes_mutex;
    std::map<std::string, Route, std::less<>> routes;

    Labelled<prom::Counter, 2> logins{counters("qrgate_logins_total", "Logins tried, by method and outcome"),
                                      {"method", "outcome"}};
    Labelled<prom::Counter, 1> tickets{counters("qrgate_ticket_transitions_total", "What became of tickets"),
                                       {"transition"}};
    prom::Counter& captchas_made = counters("qrgate_captchas_made_total", "Captchas drawn").Add({});
    prom::Counter& captchas_failed =
        counters("qrgate_captchas_failed_total", "Captchas answered wrongly or too late").Add({});
    prom::Family<prom::Counter>& sms =
        counters("qrgate_sms_total", "Texts handed to the provider, by result");
    prom::Counter& sms_sent = sms.Add({{"result", "sent"}});
    prom::Counter& sms_failed = sms.Add({{"result", "failed"}});
    Labelled<prom::Counter, 1> budgets{
        counters("qrgate_budget_refusals_total", "Requests refused by a budget"), {"budget"}};

    prom::Gauge& seats = gauges("qrgate_waiting_seats", "Browsers that wait for a phone").Add({});
    prom::Gauge& connections = gauges("qrgate_connections", "Open connections").Add({});
    prom::Family<prom::Gauge>& queues = gauges("qrgate_worker_queue", "Jobs that wait for a worker, by side");
    prom::Gauge& hash_queue = queues.Add({{"side", "hash"}});
    prom::Gauge& signature_queue = queues.Add({{"side", "signature"}});
    prom::Counter& audit_sealed =
        counters("qrgate_audit_sealed_total", "Audit rows that this process has sealed").Add({});
    prom::Gauge& audit_waiting =
        gauges("qrgate_audit_unsealed_rows", "Audit rows that no seal covers yet").Add({});
    prom::Gauge& audit_waiting_age =
        gauges("qrgate_audit_unsealed_seconds", "Age of the oldest of them").Add({});
    prom::Gauge& database_up = gauges("qrgate_database_up", "1: the database answers").Add({});

    Labelled<prom::Histogram, 1> statements{
        histograms("qrgate_database_statement_seconds", "From submitted to durable, by statement"),
        {"statement"}};
    prom::Histogram& push = histograms("qrgate_confirm_to_push_seconds",
                                       "From a confirm's commit to its frame on the browser's socket")
                                .Add({}, fast);
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}

Metrics::~Metrics() = default;

void Metrics::http_answered(std::string_view route, int status, Seconds in_handler) {
    const std::lock_guard lock(state_->routes_mutex);
    auto known = state_->routes.find(route);
    if (known == state_->routes.end()) {
        // Bounded like the metrics themselves; what comes later is looked up each time.
        if (state_->routes.size() >= label_sets) {
            state_->answered(route, status).Increment();
            state_->handler.at({std::string(route)}, fast).Observe(in_handler.count());
            return;
        }
        known = state_->routes.emplace(route, State::Route{}).first;
        known->second.seconds = &state_->handler.at({std::string(route)}, fast);
    }
    prom::Counter*& counter = known->second.answers[static_cast<std::size_t>(status / 100) % 10];
    if (counter == nullptr) counter = &state_->answered(route, status);
    counter->Increment();
    known->second.seconds->Observe(in_handler.count());
}

void Metrics::login(LoginMethod method, std::string_view outcome) {
    state_->logins.at({std::string(name_of(method)), std::string(outcome)}).Increment();
}

void Metrics::ticket(std::string_view transition) {
    state_->tickets.at({std::string(transition)}).Increment();
}
void Metrics::captcha_made() {
    state_->captchas_made.Increment();
}
void Metrics::captcha_failed() {
    state_->captchas_failed.Increment();
}
void Metrics::sms_sent() {
    state_->sms_sent.Increment();
}
void Metrics::sms_failed() {
    state_->sms_failed.Increment();
}
void Metrics::budget_refused(std::string_view budget) {
    state_->budgets.at({std::string(budget)}).Increment();
}

void Metrics::set_waiting_seats(std::size_t seats) {
    state_->seats.Set(static_cast<double>(seats));
}
void Metrics::set_connections(std::size_t connections) {
    state_->connections.Set(static_cast<double>(connections));
}

void Metrics::set_worker_queue(WorkerSide side, std::size_t waiting) {
    auto& gauge = side == WorkerSide::hash ? state_->hash_queue : state_->signature_queue;
    gauge.Set(static_cast<double>(waiting));
}

void Metrics::set_database_up(bool up) {
    state_->database_up.Set(up ? 1 : 0);
}

void Metrics::audit_sealed(std::size_t rows) {
    state_->audit_sealed.Increment(static_cast<double>(rows));
}
void Metrics::set_audit_waiting(std::size_t rows, Seconds oldest) {
    state_->audit_waiting.Set(static_cast<double>(rows));
    state_->audit_waiting_age.Set(oldest.count());
}

void Metrics::database_statement(std::string_view name, Seconds took) {
    state_->statements.at({std::string(name)}, fast).Observe(took.count());
}

void Metrics::confirm_to_push(Seconds took) {
    state_->push.Observe(took.count());
}

std::string Metrics::text() const {
    return prom::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace qrgate
