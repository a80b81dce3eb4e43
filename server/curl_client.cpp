#include "server/curl_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "storage/task.hpp"

namespace qrgate {

namespace {

constexpr int wait_ms = 1000;  // the most between two looks; new calls and the end wake it up

// One call on its way: what curl points into must stay where it is until the transfer is taken out.
struct Transfer {
    HttpCall call = {};
    HttpReply reply = {};
    curl_slist* headers = nullptr;
    CURL* easy = nullptr;
    std::function<void(Result<HttpReply>)> finish = {};  // posts to the home executor

    ~Transfer() {
        curl_slist_free_all(headers);
        if (easy != nullptr) curl_easy_cleanup(easy);
    }
};

std::size_t take_answer(char* octets, std::size_t size, std::size_t count, void* transfer_of) {
    Transfer& transfer = *static_cast<Transfer*>(transfer_of);
    const std::size_t more = size * count;
    if (transfer.reply.body.size() + more > transfer.call.answer_limit) return 0;  // curl breaks it off
    transfer.reply.body.append(octets, more);
    return more;
}

bool is_clean(std::string_view text) {
    return std::ranges::none_of(text,
                                [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// A line break in a header would be a header of somebody else's making.
bool add_headers(Transfer& transfer) {
    auto add = [&transfer](const std::string& line) {
        curl_slist* longer = curl_slist_append(transfer.headers, line.c_str());
        if (longer != nullptr) transfer.headers = longer;
        return longer != nullptr;
    };
    bool added = add("Expect:");  // no 100-continue: gateways answer it badly
    // Without a value curl leaves the header out, also its own of that name.
    for (const auto& [name, value] : transfer.call.headers)
        added = added && is_clean(name) && is_clean(value) &&
                add(value.empty() ? name + ":" : name + ": " + value);
    return added;
}

bool set_rules(CURL* easy, std::chrono::milliseconds deadline) {
    const long ms = static_cast<long>(std::max<std::int64_t>(deadline.count(), 1));
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&  // empty: none, whatever http_proxy says
           curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, "qrgate") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms) == CURLE_OK;
}

bool set_request(CURL* easy, const HttpCall& call) {
    if (curl_easy_setopt(easy, CURLOPT_URL, call.url.c_str()) != CURLE_OK) return false;
    if (call.method == "GET") return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    return is_clean(call.method) && curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.method.c_str()) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size())) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.body.c_str()) == CURLE_OK;
}

bool prepare(Transfer& transfer) {
    transfer.easy = curl_easy_init();
    return transfer.easy != nullptr && add_headers(transfer) &&
           set_rules(transfer.easy, transfer.call.deadline) && set_request(transfer.easy, transfer.call) &&
           curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, transfer.headers) == CURLE_OK &&
           curl_easy_setopt(transfer.easy, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(transfer.easy, CURLOPT_WRITEDATA, static_cast<void*>(&transfer)) == CURLE_OK;
}

Result<HttpReply> outcome_of(Transfer& transfer, CURLcode code) {
    if (code == CURLE_OPERATION_TIMEDOUT) return Errc::timed_out;
    if (code != CURLE_OK) return Errc::busy;
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.reply.status = static_cast<int>(status);
    return std::move(transfer.reply);
}

}  // namespace

struct CurlClient::State {
    State(Executor executor, std::size_t most) : home(std::move(executor)), limit(most) {}

    // Takes the transfer only when there is room.
    bool push(std::unique_ptr<Transfer>& transfer);
    void run();
    bool take_new();  // false: stopping
    void finish_done();
    void finish(std::unique_ptr<Transfer> transfer, Result<HttpReply> outcome);

    Executor home;
    std::size_t limit;
    std::mutex mutex;
    std::deque<std::unique_ptr<Transfer>> fresh;  // under mutex
    std::size_t taken = 0;                        // under mutex: fresh and running
    bool stopping = false;                        // under mutex
    CURLM* multi = nullptr;
    std::map<CURL*, std::unique_ptr<Transfer>> running;  // the thread's own
    std::thread thread;
};

bool CurlClient::State::push(std::unique_ptr<Transfer>& transfer) {
    const std::lock_guard lock(mutex);
    if (stopping || taken >= limit) return false;
    ++taken;
    fresh.push_back(std::move(transfer));
    curl_multi_wakeup(multi);
    return true;
}

void CurlClient::State::finish(std::unique_ptr<Transfer> transfer, Result<HttpReply> outcome) {
    {
        const std::lock_guard lock(mutex);
        --taken;
    }
    auto tell = std::move(transfer->finish);
    transfer.reset();
    tell(std::move(outcome));
}

bool CurlClient::State::take_new() {
    std::deque<std::unique_ptr<Transfer>> all;
    bool go_on = true;
    {
        const std::lock_guard lock(mutex);
        all.swap(fresh);
        go_on = !stopping;
    }
    for (auto& transfer : all) {
        const bool ready =
            go_on && prepare(*transfer) && curl_multi_add_handle(multi, transfer->easy) == CURLM_OK;
        if (!ready) {
            finish(std::move(transfer), Errc::busy);
        } else {
            CURL* easy = transfer->easy;
            running[easy] = std::move(transfer);
        }
    }
    return go_on;
}

void CurlClient::State::finish_done() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode code = message->data.result;
        auto node = running.extract(message->easy_handle);
        curl_multi_remove_handle(multi, node.key());
        Result<HttpReply> outcome = outcome_of(*node.mapped(), code);
        finish(std::move(node.mapped()), std::move(outcome));
    }
}

void CurlClient::State::run() {
    while (take_new()) {
        int still = 0;
        curl_multi_perform(multi, &still);
        finish_done();
        curl_multi_poll(multi, nullptr, 0, wait_ms, nullptr);
    }
    for (auto& [easy, transfer] : running) {
        curl_multi_remove_handle(multi, easy);
        finish(std::move(transfer), Errc::busy);
    }
    running.clear();
}

CurlClient::CurlClient(Executor home, std::size_t limit)
    : state_(std::make_unique<State>(std::move(home), limit)) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);  // once for the process
    state_->multi = started == CURLE_OK ? curl_multi_init() : nullptr;
    if (state_->multi == nullptr) throw std::runtime_error("cannot start libcurl");
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

CurlClient::~CurlClient() {
    stop();
    curl_multi_cleanup(state_->multi);
}

void CurlClient::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
        curl_multi_wakeup(state_->multi);
    }
    if (state_->thread.joinable()) state_->thread.join();
}

Task<Result<HttpReply>> CurlClient::call(HttpCall call) {
    auto submit = [state = state_.get()](auto handler, HttpCall wanted) {
        // std::function copies; the handler only moves. The guard keeps the home context running meanwhile.
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto transfer = std::make_unique<Transfer>();
        transfer->call = std::move(wanted);
        transfer->finish = [shared, home = state->home,
                            guard = asio::make_work_guard(state->home)](Result<HttpReply> outcome) mutable {
            // The last reference goes along: a coroutine's handler must not be destroyed on curl's thread.
            asio::post(home, [handler = std::move(shared), outcome = std::move(outcome)]() mutable {
                std::move (*handler)(std::move(outcome));
            });
        };
        shared.reset();
        if (!state->push(transfer)) transfer->finish(Errc::busy);
    };
    co_return co_await asio::async_initiate<const asio::deferred_t&, void(Result<HttpReply>)>(
        submit, asio::deferred, std::move(call));
}

}  // namespace qrgate
