// Group commit: statements submitted within a turn of the io_context travel as one pipeline with one Sync.
// Owned by the PgDatabase of open_pg_database; I/O thread only. Errors: as pg_database.hpp says of `submit`.
// Statements of one group that have a joined form travel as one statement (pg_joined.hpp), unless they are
// alone; what is refused together is run again in its own form.
// Invariant: an answer is handed out only after its Sync came back. A group that was refused is run again,
// every member alone in its own transaction, so that a failing member harms no neighbour; one that lost a
// deadlock or a serialization race gets two tries more. What was sent when the connection was lost is in
// doubt; what was not, waits for the next connection.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "storage/pg_connection.hpp"
#include "storage/pg_database.hpp"
#include "storage/task.hpp"

namespace qrgate {

class PgGroup : public std::enable_shared_from_this<PgGroup> {
public:
    // A group for reading cannot write.
    PgGroup(Executor executor, PgOptions options, PgUse use);
    // `on_connected` is called after each new connection.
    void start(std::function<void()> on_connected);
    Task<Result<PgRows>> submit(PgStatement statement, PgValues values);
    // Statements that wait or run.
    std::size_t load() const noexcept { return queue_.size() + running_now_; }
    bool connected() const noexcept { return running_ && !down_ && connection_ != nullptr; }
    // Takes no more, finishes what is queued, at most until `deadline`, then closes.
    Task<void> close(PgTime deadline);
    // As close, without waiting: what is in flight becomes in_doubt.
    void abandon();

private:
    struct Member {
        Member(Executor executor, PgStatement statement, PgValues values);
        PgCall call;
        PgTime submitted{};
        PgTime deadline{};
        Timer bell;  // never rings; cancelled when answered or late
        bool answered = false;
        bool late = false;
        bool sent = false;
        bool abandoned = false;  // its submitter has gone: not to be run (again)
    };
    using Members = std::vector<std::shared_ptr<Member>>;
    // Members whose statements are run as one.
    struct Joint;

    Task<void> work();
    Task<void> connect();
    Task<void> serve();
    Task<void> run_group(Members members);
    Task<Members> run_alone(Members members);
    Task<void> pause(PgTime until);
    Members take();
    void put_back(Members members);
    static std::vector<Joint> join(const Members& members);
    static void share_out(Joint& joint);
    void answer(Member& member, Result<PgRows> result);
    void answer_all(const Members& members, Errc errc);
    void refuse_queue(Errc errc);
    void wake();
    void watch_deadlines();
    void forget_answered();

    Executor executor_;
    void tell(std::string_view line) const {
        if (options_.tell) options_.tell(line);
    }

    PgOptions options_;
    PgUse use_;
    std::function<void()> on_connected_;
    std::deque<std::shared_ptr<Member>> queue_;
    // Who is not answered (and who was, behind one of them), by deadline: all have the same time, so one
    // timer does for the first of them. It is left running when that one is answered, and looks again when it
    // rings.
    std::deque<std::shared_ptr<Member>> unanswered_;
    Timer watch_;
    bool watching_ = false;
    std::unique_ptr<PgConnection> connection_;
    Timer pause_;
    Timer finished_;  // never rings; cancelled when the worker has ended
    std::chrono::milliseconds back_off_{0};
    std::size_t running_now_ = 0;
    bool idle_ = false;  // the worker waits for somebody to submit
    bool down_ = false;  // the last attempt to connect failed
    bool closing_ = false;
    bool running_ = false;
};

}  // namespace qrgate
