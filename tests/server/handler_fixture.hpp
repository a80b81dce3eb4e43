// All handlers over the memory storage, without a listener: what App builds, on a clock that stands still and
// with chance that repeats. `call` runs the loop until the handler has answered. The people of
// docs/protocol.md section 8 (but zhao and qian) are there. Tests change `config` before a call where a rule
// depends on it. One thread.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/altcha.hpp"
#include "server/audit_throttle.hpp"
#include "server/biometric/soter.hpp"
#include "server/captcha.hpp"
#include "server/certificate_authority.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/keys.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/password_hasher.hpp"
#include "server/place.hpp"
#include "server/revocation_list.hpp"
#include "server/risk.hpp"
#include "server/router.hpp"
#include "server/services.hpp"
#include "server/session_cache.hpp"
#include "server/signature_checker.hpp"
#include "server/sms/sms_sender.hpp"
#include "server/task_group.hpp"
#include "server/ticket_watch.hpp"
#include "server/waiting_room.hpp"
#include "server/workers.hpp"
#include "storage/task.hpp"
#include "tests/seeded_random.hpp"
#include "tests/server/counting_storage.hpp"
#include "tests/server/fake_http.hpp"
#include "tests/server/support.hpp"

namespace qrgate::tests {

using namespace std::chrono_literals;

inline const WallTime test_start{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} +
                                 std::chrono::hours(8)};

struct Someone {
    PersonKind kind = PersonKind::personal;
    std::string number = {};
    std::string name = {};
    std::string phone = {};
    std::string password = {};
    int level = 3;
    std::string id = {};
};

// A platform that answers as it is told.
struct FakeSoter final : SoterCheck {
    bool offered() const noexcept override { return is_offered; }
    Task<Result<bool>> is_signed(SoterAnswer answer) override {
        asked.push_back(std::move(answer));
        // Part by part: a Result<bool> made of another one may mean its has_value().
        if (!says) co_return says.error();
        co_return *says;
    }
    bool is_offered = true;
    Result<bool> says = true;
    std::vector<SoterAnswer> asked = {};
};

// An answer that comes later.
using Pending = std::shared_ptr<std::optional<Response>>;

class Fixture {
public:
    // `front`: what the handlers take for the storage, normally something in front of `storage`; it outlives
    // this.
    explicit Fixture(std::uint64_t seed = 1, Storage* front = nullptr);
    ~Fixture();
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    Response call(Request request);
    // What the route's AtOnce says, as of a request that lies in the connection's buffer; none: the handler
    // must be asked.
    std::optional<Response> at_once(const Request& request) const;
    Pending begin(Request request);
    Response finish(const Pending& pending);

    // Moves the clock and lets the room look, as the demo's door does.
    void advance(std::chrono::seconds by);
    // What kill -9 and a new start do: all that was kept in memory is gone, storage and keys are not.
    // Nobody's answer may be outstanding.
    void restart();
    // Runs the loop until `reached`, at most ten seconds; then throws.
    void turn_until(const std::function<bool()>& reached);

    // The result of a verb of storage; throws where it failed.
    template <class T>
    T stored(Task<Result<T>> work) {
        auto done = std::make_shared<std::optional<Result<T>>>();
        asio::co_spawn(io, std::move(work), [done](std::exception_ptr error, Result<T> result) {
            if (error) std::rethrow_exception(error);
            done->emplace(std::move(result));
        });
        turn_until([&] { return done->has_value(); });
        return std::move(**done).value();
    }

    void lock(const Someone& who);  // as the operator's command does, which raises the EndSignal
    // As if by another way than ours (an import): nothing is ended with it, so every later step must look
    // again.
    void set_level(const Someone& who, int level);
    std::vector<AuditRow> audit_of(const Someone& who) { return stored(storage.list_audit(who.id, 1000)); }

    Folder folder;
    Config config = test_config();
    asio::io_context io{1};
    MovableClock clock{test_start};
    test::SeededRandom random;
    std::vector<std::string> log_lines;
    Log log{clock, LogLevel::trace, LogFormat::text,
            [this](std::string_view line) { log_lines.emplace_back(line); }};
    Metrics metrics;
    Keys keys = test_keys();
    PlaceLookup places =
        PlaceLookup::from_text("203.0.113.0/24,北京,region\n198.51.100.0/24,上海,region\n", "test");
    CountingStorage storage;
    Workers hashing{io.get_executor(), 1, 64};
    Workers signing{io.get_executor(), 1, 64};
    PasswordHasher passwords{hashing};
    SignatureChecker signatures{signing};
    std::unique_ptr<CertificateAuthority> authority;
    RevocationList revocations;
    FakeSoter soter;
    Captchas captchas{config.node, config.captcha_life, 1000, random};
    Altcha altcha{io.get_executor(), config.captcha_work, config.captcha_life, 1000, random};
    WaitingRoom room;
    TicketWatch watch{io.get_executor(), 100};
    EndSignal ended_elsewhere;
    SessionCache sessions{ended_elsewhere, 1000};
    Risk risk{keys.budgets, 10'000};
    SmsOutbox outbox;
    FakeHttp http;
    AuditThrottle audit_throttle{1000};
    TaskGroup tasks{io.get_executor(), [this](std::string_view task, std::string_view what) {
                        log_lines.push_back(std::string(task) + ": " + std::string(what));
                    }};
    Services services;
    Router router;

    Someone lin{PersonKind::personal, "110101190001010014", "林晓燕", "13900000001", "Demo#2026lin", 3, {}};
    Someone hao{PersonKind::personal, "11010119000101009X", "郝建国", "13900000002", "Demo#2026lin", 2, {}};
    Someone sun{PersonKind::personal, "110101190001010073", "孙桂兰", "13900000004", "abc12345", 2, {}};
    Someone gongsi{PersonKind::corporate,
                   "91110000DEM0000014",
                   "北京演示辅具有限公司",
                   "13900000005",
                   "Demo#2026lin",
                   3,
                   {}};

private:
    static Config test_config();
    static Keys test_keys();
    void put(Someone& who);
};

// --- reading answers
boost::json::object json_of(const Response& response);  // throws when the body is none
std::string code_of(const Response& response);          // error.code; empty when it is no error
std::vector<std::string> values_of(const Response& response, std::string_view header);
// The error's bytes without `captcha` and `retry_after`.
std::string bytes_without_captcha(const Response& response);

}  // namespace qrgate::tests
