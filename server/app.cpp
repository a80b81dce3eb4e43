#include "server/app.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <stdexcept>

#include "server/altcha.hpp"
#include "server/app_limits.hpp"
#include "server/audit_anchor.hpp"
#include "server/audit_sealer.hpp"
#include "server/audit_throttle.hpp"
#include "server/biometric/soter.hpp"
#include "server/captcha.hpp"
#include "server/certificate_authority.hpp"
#include "server/clock.hpp"
#include "server/config.hpp"
#include "server/content_security_policy.hpp"
#include "server/curl_client.hpp"
#include "server/database.hpp"
#include "server/demo_people.hpp"
#include "server/end_signal.hpp"
#include "server/handlers/handlers.hpp"
#include "server/http_connection.hpp"
#include "server/key_watch.hpp"
#include "server/keys.hpp"
#include "server/listener.hpp"
#include "server/log.hpp"
#include "server/metrics.hpp"
#include "server/password_hasher.hpp"
#include "server/place.hpp"
#include "server/process.hpp"
#include "server/proofing/http_proofing.hpp"
#include "server/proofing/proofings.hpp"
#include "server/proofing/simulated_proofing.hpp"
#include "server/random.hpp"
#include "server/readiness.hpp"
#include "server/refusal_lines.hpp"
#include "server/request_ids.hpp"
#include "server/revocation_list.hpp"
#include "server/risk.hpp"
#include "server/router.hpp"
#include "server/rush.hpp"
#include "server/services.hpp"
#include "server/session_cache.hpp"
#include "server/session_refresh.hpp"
#include "server/signature_checker.hpp"
#include "server/sms/gateway_sender.hpp"
#include "server/sms/sms_sender.hpp"
#include "server/sweeper.hpp"
#include "server/ticket_watch.hpp"
#include "server/tls_context.hpp"
#include "server/version.hpp"
#include "server/waiting_room.hpp"
#include "server/workers.hpp"
#include "storage/storage.hpp"
#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr std::chrono::seconds drain_time{10};
constexpr int hash_nice = 5;  // the one thread that everybody waits for comes first
constexpr std::size_t captcha_limit = 200'000;
constexpr std::size_t watching_limit = 10'000;
constexpr std::size_t session_cache_limit = 65'536;
constexpr std::size_t audit_throttle_limit = 16'384;  // of each kind of event
constexpr std::size_t risk_limit = 65'536;
constexpr std::size_t outgoing_limit = 256;  // calls at a time, each side

}  // namespace

struct App::State {
    explicit State(const Config& given);

    Task<void> serve();
    Task<bool> prepare();
    Task<void> until_stopped();
    Task<void> stop();
    void add_routes();
    void choose_proofing();
    void open_listeners();
    HttpOptions http_options(bool admin);
    void announce();
    SmsSender& sms_sender();
    SoterCheck& soter();

    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    Config config;
    asio::io_context io{1};
    MovableClock clock;  // only the demo's door moves it
    Log log;
    Metrics metrics;
    SystemRandom random;
    RequestIds request_ids{random};
    RefusalLines refusal_lines;
    Keys keys;
    PlaceLookup places;
    std::unique_ptr<TlsContext> tls;
    Database database;
    Workers hashing;
    Workers signing;
    PasswordHasher passwords;
    SignatureChecker signatures;
    std::unique_ptr<CertificateAuthority> authority;
    RevocationList revocations;
    Captchas captchas;
    Altcha altcha;
    WaitingRoom room;
    TicketWatch watch;
    EndSignal ended_elsewhere;
    SessionCache sessions;
    Risk risk;
    SmsOutbox outbox;
    NoSms no_sms;
    CurlClient sms_http;  // of its own: a gateway that hangs fills nobody else's slots
    CurlClient provider_http;
    GatewaySender gateway;
    HttpSoter http_soter;
    NoSoter no_soter;
    AuditThrottle audit_throttle{audit_throttle_limit};
    Services services;
    SimulatedProofing* simulated = nullptr;  // demo mode: the provider of `proofings`
    std::unique_ptr<Proofings> proofings;
    Readiness readiness;
    AuditSealer sealer;
    Sweeper sweeper;
    SessionRefresh session_refresh;
    KeyWatch key_watch;
    Router router;
    Router admin_router;
    std::unique_ptr<HttpServer> http;
    std::unique_ptr<HttpServer> admin_http;
    Rush rush = {};
    std::unique_ptr<Listener> listener;
    std::unique_ptr<Listener> admin_listener;
    int exit_code = 0;
    TaskGroup tasks;  // last: its tasks use everything above
};

App::State::State(const Config& given)
    : config(given),
      log(clock, log_level(config.log_level).value_or(LogLevel::info),
          log_format(config.log_format).value_or(LogFormat::text)),
      keys(open_keys(config.data_folder, config.node, random, clock.now(), token_life(config))),
      places(config.place_table.empty() ? PlaceLookup() : PlaceLookup::from_file(config.place_table)),
      tls(config.tls_certificate.empty()
              ? nullptr
              : std::make_unique<TlsContext>(config.tls_certificate, config.tls_key)),
      database(
          io.get_executor(), config, random,
          [this](std::string_view line) { log.info("database", {{"note", line}}); },
          [this](std::string_view name, std::chrono::steady_clock::duration took) {
              metrics.database_statement(name, took);
          }),
      hashing(io.get_executor(), hash_threads(config), config.hash_queue, hash_nice),
      signing(io.get_executor(), 1, config.signature_queue),
      passwords(hashing),
      signatures(signing),
      authority(CertificateAuthority::open(config.data_folder / "ca", config.ca_algorithm, random,
                                           clock.now(), signing)),
      revocations(database.storage(), *authority, clock),
      captchas(config.node, config.captcha_life * config.time_factor, captcha_limit, random),
      altcha(io.get_executor(), config.captcha_work, config.captcha_life * config.time_factor, captcha_limit,
             random),
      room(io.get_executor(), clock, random, keys.tokens, config.public_origin, room_limits(config)),
      watch(io.get_executor(), watching_limit),
      ended_elsewhere(EndSignal::made_in(config.data_folder)),
      sessions(ended_elsewhere, session_cache_limit),
      risk(keys.budgets, risk_limit),
      sms_http(io.get_executor(), outgoing_limit),
      provider_http(io.get_executor(), outgoing_limit),
      gateway(config, sms_http, clock, random, log),
      http_soter(provider_http, config.soter_url, config.soter_key, config.proofing_deadline),
      services{config,         keys,       places,      clock,    random,       database.storage(),
               room,           watch,      sessions,    captchas, altcha,       passwords,
               signatures,     *authority, revocations, soter(),  sms_sender(), provider_http,
               audit_throttle, tasks,      log,         metrics,  risk},
      readiness(database.storage(), hashing, signing),
      sealer(io.get_executor(), database.audit(), clock, log, metrics,
             {keys.audit, audit_anchor_file(config.data_folder), std::chrono::days(config.audit_keep_days)}),
      sweeper(io.get_executor(), services, hashing, signing),
      session_refresh(io.get_executor(), services),
      key_watch(io.get_executor(), {keys, room, database, *authority, clock, log}, config.data_folder,
                token_life(config)),
      tasks(io.get_executor(), [this](std::string_view task, std::string_view what) {
          log.error("task_failed", {{"task", task}, {"what", what}});
      }) {
    choose_proofing();
    add_routes();
    http = std::make_unique<HttpServer>(
        tasks, http_options(false), [this](Request r) { return router.dispatch(std::move(r)); },
        [this](const RequestView& request, Response& response) {
            return router.answer_at_once(request, response);
        });
    admin_http = std::make_unique<HttpServer>(
        tasks, http_options(true), [this](Request r) { return admin_router.dispatch(std::move(r)); });
    open_listeners();
}

SoterCheck& App::State::soter() {
    if (config.soter_url.empty()) return no_soter;
    return http_soter;
}

SmsSender& App::State::sms_sender() {
    if (config.demo) return outbox;
    if (config.sms_provider == "none") return no_sms;
    return gateway;
}

HttpOptions App::State::http_options(bool admin) {
    HttpOptions options;
    options.limits = http_limits(config);
    for (const std::string& network : config.trusted_proxies)
        options.proxies.add(network);
    // The demo page shows PC and phone in frames of its own.
    options.content_security_policy =
        content_security_policy(config.demo ? "frame-ancestors 'self'" : "frame-ancestors 'none'");
    options.new_request_id = [this] { return request_ids.next(); };
    options.now = [this] { return clock.now(); };
    options.on_answer = [this, admin](const HttpExchange& exchange) {
        metrics.http_answered(exchange.route, exchange.status, exchange.took);
        if (admin) return;
        const auto left_out = refusal_lines.take(exchange.status, clock.now());
        if (!left_out) return;
        if (*left_out > 0) log.info("http_requests_left_out", {{"lines", *left_out}});
        log.info("http_request", {{"method", name_of(exchange.method)},
                                  {"route", exchange.route},
                                  {"status", exchange.status},
                                  {"us", exchange.took.count()},
                                  {"address", exchange.address},
                                  {"request", exchange.request_id}});
    };
    options.on_failure = [this](std::string_view request_id, std::string_view what) {
        log.error("handler_failed", {{"request", request_id}, {"what", what}});
    };
    return options;
}

// In demo mode the simulated one, with the configured key or one of its own.
void App::State::choose_proofing() {
    std::unique_ptr<ProofingProvider> provider;
    std::string key = config.proofing_key;
    if (config.demo) {
        auto made = std::make_unique<SimulatedProofing>(config.public_origin);
        simulated = made.get();
        provider = std::move(made);
        if (key.empty()) key = base64url(random.bytes<32>());
    } else if (config.proofing_provider == "http") {
        provider = std::make_unique<HttpProofing>(
            provider_http, clock, HttpProofingSettings{config.proofing_url, key, config.proofing_deadline});
    }
    proofings = std::make_unique<Proofings>(services, std::move(provider), std::move(key));
    sweeper.each_round([this] {
        proofings->look_at_open_ones();
        tell_service_manager("WATCHDOG=1");
        if (rush.is_over(listener->counts().accepted, listener->counts().open)) give_back_free_memory();
    });
}

void App::State::add_routes() {
    add_login_routes(router, services);
    add_proofing_routes(router, services, *proofings);
    if (simulated) add_demo_proofing_routes(router, services, *proofings, *simulated);
    if (config.demo) add_demo_routes(router, services, outbox, clock);
    if (config.bench) add_bench_routes(router, services);
    add_admin_routes(admin_router, services, readiness);
}

void App::State::open_listeners() {
    auto trouble = [this](std::string_view what) { log.warn("listener", {{"what", what}}); };
    listener = std::make_unique<Listener>(
        io.get_executor(), tasks, listener_limits(config), tls.get(),
        [this](std::unique_ptr<Transport> transport) { return http->serve(std::move(transport)); }, trouble);
    for (const std::string& address : addresses_of(config.listen_address))
        listener->open(address, config.listen_port);
    if (config.admin_port == 0) return;
    admin_listener = std::make_unique<Listener>(
        io.get_executor(), tasks, listener_limits(config), nullptr,
        [this](std::unique_ptr<Transport> transport) { return admin_http->serve(std::move(transport)); },
        trouble);
    admin_listener->open(config.admin_address, config.admin_port);
}

Task<bool> App::State::prepare() {
    auto migrated = co_await database.migrate();
    if (!migrated) {
        log.error("migration_failed", {{"what", migrated.error()}});
        co_return false;
    }
    log.info("schema", {{"note", *migrated}});
    const std::string excess = config.demo ? std::string{} : co_await database.excess_rights();
    if (!excess.empty()) log.warn("database_role", {{"what", excess}});
    if (!config.demo) co_return true;
    auto put = co_await put_demo_people_back(services.storage, random, clock.now());
    if (!put) log.error("demo_people", {{"code", info(put.error()).code}});
    co_return put.has_value();
}

// For the person at the terminal; everything else goes to the log.
void App::State::announce() {
    auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    log.info("ready", {{"origin", config.public_origin}, {"ms", took.count()}, {"demo", config.demo}});
    std::string open = config.public_origin + (config.demo ? "/demo" : "/login");
    fmt::print("qrgate {}: open {}  (Ctrl-C stops)\n", build_version, open);
    std::fflush(stdout);
    tell_service_manager("READY=1");
}

Task<void> App::State::until_stopped() {
    asio::basic_signal_set<Executor> signals(io, SIGINT, SIGTERM, SIGHUP);
    for (;;) {
        auto [error, number] = co_await signals.async_wait(asio::as_tuple(use_task));
        if (error) co_return;
        if (number != SIGHUP) {
            log.info("stopping", {{"signal", number}});
            co_return;
        }
        key_watch.look_now();
        if (!tls) continue;
        auto refused = tls->reload();
        if (refused) {
            log.error("tls_reload_refused", {{"what", *refused}});
        } else {
            log.info("tls_reloaded");
        }
    }
}

Task<void> App::State::stop() {
    tell_service_manager("STOPPING=1");
    readiness.stopping();
    listener->stop();
    if (admin_listener) admin_listener->stop();
    sweeper.stop();
    session_refresh.stop();
    sealer.stop();
    key_watch.stop();
    room.stop();
    watch.stop();
    http->drain();
    admin_http->drain();
    if (!co_await tasks.wait(drain_time)) {
        log.warn("drain_timed_out", {{"tasks", tasks.size()}});
        tasks.cancel();
        co_await tasks.wait(std::chrono::seconds(1));
    }
    sms_http.stop();
    provider_http.stop();
    hashing.stop();
    signing.stop();
    altcha.stop();
    co_await database.close();
}

Task<void> App::State::serve() {
    if (co_await prepare()) {
        clock.on_advance([this] {
            room.look_at_the_time();
            sweeper.look_at_the_time();
            key_watch.look_now();
        });
        tasks.spawn("sweeper", sweeper.run());
        tasks.spawn("session_refresh", session_refresh.run());
        tasks.spawn("audit_sealer", sealer.run());
        tasks.spawn("key_watch", key_watch.run());
        listener->start();
        if (admin_listener) admin_listener->start();
        announce();
        co_await until_stopped();
    } else {
        exit_code = 1;
    }
    co_await stop();
}

App::App(const Config& config) : state_(std::make_unique<State>(config)) {}
App::~App() = default;

int App::run() {
    take_all_descriptors();
    // A peer that is gone is an error of its write, not the end of the process.
    ::signal(SIGPIPE, SIG_IGN);
    std::exception_ptr failure;
    asio::co_spawn(state_->io, state_->serve(), [&failure](std::exception_ptr thrown) { failure = thrown; });
    state_->io.run();
    if (failure) std::rethrow_exception(failure);
    return state_->exit_code;
}

}  // namespace qrgate
