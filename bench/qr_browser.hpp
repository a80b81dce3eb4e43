// A browser that waits for a phone (docs/protocol.md section 4): pre-session, WebSocket, the codes it shows,
// what it is told, and the redeem at the end. Its socket is Boost.Beast's, none of the server's code. For
// tens of thousands that only wait, WaitingBrowsers is the cheaper one. Shared by its load and by its own
// reader; one thread. Plain HTTP and TLS. Faults are texts to be counted, empty when it went well.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "bench/http_client.hpp"
#include "storage/task.hpp"

namespace qrgate::bench {

class QrBrowser : public std::enable_shared_from_this<QrBrowser> {
public:
    using Time = std::chrono::steady_clock::time_point;

    QrBrowser(Executor executor, Target target, std::string source = {});
    ~QrBrowser();

    // Pre-session (kept where there is one), socket, and the first message.
    Task<std::string> open();
    // Whether the server has said so since open(); waits for it until `deadline`.
    Task<bool> told(std::string type, Time deadline);
    // By a connection of its own, or by one that many share (as behind a proxy).
    Task<Reply> redeem();
    Task<Reply> redeem_by(HttpClient& shared);
    Task<Reply> session();
    // The person leaves: the socket without a word, the cookies stay.
    void leave();
    // A new browser: nothing of the old one.
    void forget();

    bool connected() const noexcept;
    // Rings when the socket has ended, or at the deadline. Whether it has ended.
    Task<bool> ended(Time deadline);
    const std::string& token() const noexcept { return token_; }
    const std::string& state() const noexcept { return state_; }  // the last message's type
    Time told_at() const noexcept { return told_at_; }            // when it arrived
    int close_code() const noexcept { return close_code_; }       // 0: none was sent

private:
    struct Socket;
    static Task<void> read(std::shared_ptr<QrBrowser> self, std::shared_ptr<Socket> socket);
    void heard(std::string_view text);

    Executor executor_;
    Target target_;
    std::string source_;
    HttpClient client_;
    std::shared_ptr<Socket> socket_;
    Timer bell_;
    std::string token_{};
    std::string state_{};
    Time told_at_{};
    int close_code_ = 0;
};

}  // namespace qrgate::bench
