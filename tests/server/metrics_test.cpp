#include "server/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace qrgate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(Metrics, CountEverythingUnderItsName) {
    Metrics metrics;
    metrics.http_answered("/login", 200, 3ms);
    metrics.http_answered("/login", 204, 3ms);
    metrics.http_answered("/login", 404, 3ms);
    metrics.login(LoginMethod::qr, "ok");
    metrics.login(LoginMethod::password, "credentials_wrong");
    metrics.ticket("scan");
    metrics.captcha_made();
    metrics.captcha_failed();
    metrics.sms_sent();
    metrics.sms_failed();
    metrics.budget_refused("password_person");
    metrics.set_waiting_seats(7);
    metrics.set_connections(9);
    metrics.set_worker_queue(WorkerSide::hash, 3);
    metrics.set_worker_queue(WorkerSide::signature, 4);
    metrics.set_database_up(true);
    metrics.database_statement("scan_ticket", 2ms);
    metrics.confirm_to_push(700us);

    const std::string text = metrics.text();

    for (const char* line : {
             "qrgate_http_requests_total{route=\"/login\",status=\"2xx\"} 2\n",
             "qrgate_http_requests_total{route=\"/login\",status=\"4xx\"} 1\n",
             "qrgate_http_handler_seconds_count{route=\"/login\"} 3\n",
             "qrgate_logins_total{method=\"qr\",outcome=\"ok\"} 1\n",
             "qrgate_logins_total{method=\"password\",outcome=\"credentials_wrong\"} 1\n",
             "qrgate_ticket_transitions_total{transition=\"scan\"} 1\n",
             "qrgate_captchas_made_total 1\n",
             "qrgate_captchas_failed_total 1\n",
             "qrgate_sms_total{result=\"sent\"} 1\n",
             "qrgate_sms_total{result=\"failed\"} 1\n",
             "qrgate_budget_refusals_total{budget=\"password_person\"} 1\n",
             "qrgate_waiting_seats 7\n",
             "qrgate_connections 9\n",
             "qrgate_worker_queue{side=\"hash\"} 3\n",
             "qrgate_worker_queue{side=\"signature\"} 4\n",
             "qrgate_database_up 1\n",
             "qrgate_database_statement_seconds_bucket{statement=\"scan_ticket\",le=\"0.001\"} 0\n",
             "qrgate_database_statement_seconds_bucket{statement=\"scan_ticket\",le=\"0.0025\"} 1\n",
             "qrgate_confirm_to_push_seconds_bucket{le=\"0.001\"} 1\n",
             "# TYPE qrgate_confirm_to_push_seconds histogram\n",
             "# HELP qrgate_waiting_seats Browsers that wait for a phone\n",
         })
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, ShowPlainCountersBeforeAnythingHappened) {
    const Metrics metrics;

    const std::string text = metrics.text();

    EXPECT_THAT(text, HasSubstr("qrgate_captchas_made_total 0\n"));
    EXPECT_THAT(text, HasSubstr("qrgate_database_up 0\n"));
}

TEST(Metrics, PutLabelsBeyondTheBoundTogether) {
    Metrics metrics;

    for (int i = 0; i < 250; ++i)
        metrics.budget_refused("b" + std::to_string(i));
    metrics.budget_refused("b0");

    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("qrgate_budget_refusals_total{budget=\"other\"} 50\n"));
    EXPECT_THAT(text, HasSubstr("qrgate_budget_refusals_total{budget=\"b0\"} 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("budget=\"b240\"")));
}

}  // namespace
}  // namespace qrgate
